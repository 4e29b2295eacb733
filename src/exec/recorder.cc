#include "exec/recorder.h"

#include <algorithm>

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
  for (size_t i = 0; i < pending_count_; ++i) {
    Pending& known = pending_[i];
    if (known.hash == key.hash && known.db == db.index() && known.name == key.name) {
      known.is_expiry_alone &= is_expiry_alone;
      return;
    }
  }
  if (pending_count_ == pending_.size()) {
    pending_.emplace_back();
  }
  Pending& pending = pending_[pending_count_++];
  pending.db = db.index();
  pending.hash = key.hash;
  pending.is_expiry_alone = is_expiry_alone;
  pending.name = key.name;
}

uint64_t Recorder::next_group_id() {
  // Time runs faster than groups do, and every core has numbers of its own.
  constexpr int kCoreBits = 10;
  const auto now_us = static_cast<uint64_t>(shard_.wall_ms()) * 1000;
  last_group_ = std::max(last_group_ + 1, now_us);
  return last_group_ << kCoreBits | shard_.core();
}

void Recorder::say(uint16_t db, std::span<const std::string_view> args) {
  if (is_on()) {
    has_said_ = true;
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
  if (repeat == Repeat::state) {
    return false;
  }
  if (repeat == Repeat::plain && request.argc != static_cast<uint32_t>(request.command->arity) &&
      request.argc != static_cast<uint32_t>(-request.command->arity)) {
    return false;
  }
  for (size_t i = 0; i < pending_count_; ++i) {
    if (pending_[i].hash != request.key.hash) {
      return false;
    }
  }
  return true;
}

void Recorder::close(const Request* request) {
  if (has_said_) {
    // The handler has said it all.
  } else if (request != nullptr && repeats(*request)) {
    journal_.append(request->db, request->args(0));
  } else {
    for (size_t i = 0; i < pending_count_; ++i) {
      record_state(pending_[i]);
    }
  }
  has_said_ = false;
  pending_count_ = 0;
}

void Recorder::record_state(const Pending& pending) {
  store::Keyspace& db = shard_.db(pending.db);
  const store::Key key{pending.name, pending.hash};
  const store::Entry* entry = db.look(key);  // if it is due, its end is taken down when it comes
  if (entry == nullptr) {
    journal_.append(pending.db, {"DEL", key.name});
    return;
  }
  char time[base::kIntCharsMax];
  const int64_t expire_at_ms = entry->expire_at_ms();
  const bool is_expiring = expire_at_ms >= 0;
  const std::string_view at{time, base::format_int64(time, is_expiring ? expire_at_ms : 0)};
  if (pending.is_expiry_alone) {
    if (is_expiring) {
      journal_.append(pending.db, {"PEXPIREAT", key.name, at});
    } else {
      journal_.append(pending.db, {"PERSIST", key.name});
    }
  } else if (entry->type() == store::Type::string) {
    char digits[base::kIntCharsMax];
    const std::string_view text = text_of(*entry, digits);
    if (is_expiring) {
      journal_.append(pending.db, {"SET", key.name, text, "PXAT", at});
    } else {
      journal_.append(pending.db, {"SET", key.name, text});
    }
  } else {
    journal_.append(pending.db,
                    {"RESTORE", key.name, at, payloads_->payload(*entry), "REPLACE", "ABSTTL"});
  }
}

}  // namespace gyre::exec
