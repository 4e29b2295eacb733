#include "exec/recorder.h"

#include <algorithm>

#include "base/assert.h"
#include "base/clock.h"
#include "base/number.h"

namespace gyre::exec {
namespace {

std::string_view text_of(const store::Entry& entry, char* digits) {
  switch (entry.form()) {
    case store::Form::integer:
      return {digits, base::format_int64(digits, entry.integer())};
    case store::Form::blob:
      return entry.blob()->view();
    default:
      return entry.inlined();
  }
}

}  // namespace

void Recorder::note(store::Keyspace& db, const store::Key& key, const store::Event& event) {
  if (!is_on()) {
    return;
  }
  if (&event == &store::Event::expired) {
    journal_.append(db.index(), {"DEL", key.name});
    return;
  }
  if (&event == &store::Event::hexpired || &event == &store::Event::hexpired_last) {
    return;  // every field was taken down by itself
  }
  const bool is_expiry_alone = &event == &store::Event::expire || &event == &store::Event::persist;
  if (request_ != nullptr && key.name.data() == request_->key.name.data() &&
      db.index() == request_->db) [[likely]] {
    noted_ |= is_expiry_alone ? kOwnExpiry : kOwnValue;
  } else {
    note_other(db, key, is_expiry_alone);
  }
}

void Recorder::note_other(store::Keyspace& db, const store::Key& key, bool is_expiry_alone) {
  for (Pending& known : pending_) {
    if (known.hash == key.hash && known.db == db.index() && name_of(known) == key.name) {
      known.is_expiry_alone &= is_expiry_alone;
      return;
    }
  }
  pending_.push_back({.db = db.index(),
                      .hash = key.hash,
                      .is_expiry_alone = is_expiry_alone,
                      .name_at = names_.size(),
                      .name_size = key.name.size()});
  names_.insert(names_.end(), key.name.begin(), key.name.end());
  noted_ |= kOthers;
}

uint64_t Recorder::next_group_id() {
  // Time runs faster than groups do, and every core has numbers of its own.
  constexpr int kCoreBits = 10;
  const auto now_us = static_cast<uint64_t>(shard_.wall_ms()) * 1000;
  last_group_ = std::max(last_group_ + 1, now_us);
  return last_group_ << kCoreBits | shard_.core();
}

// The command stands in the file of the first core, which comes first in its generation. What
// stands in those of the others does nothing, but says that the group is about all keys: whichever
// part is lost, nothing that came afterwards counts.
void Recorder::say_for_all(const AtomicGroup& group, uint16_t db,
                           std::initializer_list<std::string_view> args) {
  if (!is_on()) {
    return;
  }
  end_step();
  if (group.id == 0) {
    GYRE_ASSERT(shard_.core() == 0);
    journal_.append(db, args);
    return;
  }
  journal_.cut();
  begin_part(group);
  if (shard_.core() == 0) {
    journal_.append(db, args);
  } else {
    journal_.append(0, {"SWAPDB", "0", "0"});
  }
  end_part(group);
}

void Recorder::say(uint16_t db, std::span<const std::string_view> args) {
  if (is_on()) {
    noted_ |= kSaid;
    journal_.append(db, args);
  }
}

void Recorder::note_field_expired(store::Keyspace& db, const store::Key& key,
                                  std::string_view field) {
  if (is_on()) {
    journal_.append(db.index(), {"HDEL", key.name, field});
  }
}

// Whether the same command, run again on the same state, does the same to all that was changed.
bool Recorder::repeats(const Request& request) const {
  const Repeat repeat = request.command->repeat;
  if (repeat == Repeat::same && pending_.empty()) [[likely]] {
    return true;
  }
  if (repeat == Repeat::state) {
    return false;
  }
  if (repeat == Repeat::plain && request.argc != static_cast<uint32_t>(request.command->arity) &&
      request.argc != static_cast<uint32_t>(-request.command->arity)) {
    return false;
  }
  return std::all_of(pending_.begin(), pending_.end(),
                     [&](const Pending& pending) { return pending.hash == request.key.hash; });
}

void Recorder::close(const Request* request) {
  if ((noted_ & kSaid) != 0) {
    // The handler has said it all.
  } else if (request != nullptr && repeats(*request)) {
    journal_.append(request->db, request->args(0));
  } else {
    if ((noted_ & (kOwnExpiry | kOwnValue)) != 0) {
      GYRE_ASSERT(request != nullptr);
      record_state(request->db, request->key, (noted_ & kOwnValue) == 0);
    }
    for (const Pending& pending : pending_) {
      record_state(pending.db, {name_of(pending), pending.hash}, pending.is_expiry_alone);
    }
  }
  ++writes_;
  noted_ = 0;
  if (!pending_.empty()) [[unlikely]] {
    pending_.clear();
    names_.clear();
  }
}

void Recorder::record_state(uint16_t db_index, const store::Key& key, bool is_expiry_alone) {
  store::Keyspace& db = shard_.db(db_index);
  const store::Entry* entry = db.look(key);  // if it is due, its end is taken down when it comes
  if (entry == nullptr) {
    journal_.append(db_index, {"DEL", key.name});
    return;
  }
  char time[base::kIntCharsMax];
  const int64_t expire_at_ms = entry->expire_at_ms();
  const bool is_expiring = expire_at_ms >= 0;
  const std::string_view at{time, base::format_int64(time, is_expiring ? expire_at_ms : 0)};
  if (is_expiry_alone) {
    if (is_expiring) {
      journal_.append(db_index, {"PEXPIREAT", key.name, at});
    } else {
      journal_.append(db_index, {"PERSIST", key.name});
    }
  } else if (entry->type() == store::Type::string) {
    char digits[base::kIntCharsMax];
    const std::string_view text = text_of(*entry, digits);
    if (is_expiring) {
      journal_.append(db_index, {"SET", key.name, text, "PXAT", at});
    } else {
      journal_.append(db_index, {"SET", key.name, text});
    }
  } else {
    journal_.append(db_index,
                    {"RESTORE", key.name, at, payloads_->payload(*entry), "REPLACE", "ABSTTL"});
  }
}

}  // namespace gyre::exec
