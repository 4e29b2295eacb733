#include "store/keyspace.h"

#include <algorithm>
#include <utility>

#include "base/assert.h"
#include "store/cut.h"
#include "store/shard.h"
#include "store/value.h"

namespace gyre::store {
namespace {

constexpr int64_t kNone = INT64_MAX;
constexpr size_t kFieldsMin = 16;  // of one hash that go at a time, whatever the budget

// No field of the hash in an entry is due before this.
int64_t fields_deadline(const Entry& entry) {
  return entry.type() == Type::hash ? entry.value<data::Hash>().next_expiry_ms() : kNone;
}

}  // namespace

Keyspace::Keyspace(Shard& shard, uint16_t index)
    : shard_(shard), index_(index), table_(&key_hash), expiry_(shard.now_ms()) {}

void Keyspace::before_change(const Key& key) {
  if (Cut* cut = shard_.cut(); cut != nullptr) [[unlikely]] {
    cut->before_change(*this, key);
  }
}

Table::Place Keyspace::locate(const Key& key) {
  if (last_ && last_hash_ == key.hash && last_.item()->has_key(key.name)) {
    return last_;
  }
  last_ = table_.find(key);
  last_hash_ = key.hash;
  return last_;
}

// Has the key's time come? Then it is removed, if that is allowed now.
bool Keyspace::is_gone(const Key& key, const Table::Place& place) {
  if (!place.item()->is_expired(shard_.now_ms())) {
    return false;
  }
  if (!shard_.may_expire()) {
    return true;
  }
  before_change(key);
  Entry* entry = table_.take(place);
  last_ = {};
  count_off(key, *entry);
  ++shard_.stats().expired;
  shard_.commit(*this, key, Event::expired);
  shard_.discard(entry);
  return true;
}

Entry* Keyspace::peek(const Key& key) {
  const Table::Place place = locate(key);
  if (!place || is_gone(key, place)) {
    return nullptr;
  }
  return place.item();
}

Entry* Keyspace::find(const Key& key, bool touch) {
  Entry* entry = peek(key);
  if (entry == nullptr) {
    ++shard_.stats().misses;
    if (Observer* observer = shard_.observer(); observer != nullptr) {
      observer->missed(*this, key);
    }
    return nullptr;
  }
  ++shard_.stats().hits;
  if (touch) {
    shard_.note_access(*entry);
  }
  return entry;
}

Entry* Keyspace::find_for_write(const Key& key) {
  before_change(key);
  Entry* entry = peek(key);
  if (entry != nullptr) {
    shard_.note_access(*entry);
  }
  return entry;
}

Entry* Keyspace::find_to_replace(const Key& key) {
  Entry* entry = find_for_write(key);
  if (shard_.is_quiet() && entry != nullptr) [[unlikely]] {
    shard_.set_access_after(*entry, *entry);
  }
  return entry;
}

void Keyspace::count_expiry(const Key& key, int64_t before_ms, int64_t after_ms) {
  expiring_ += (after_ms >= 0 ? 1 : 0) - (before_ms >= 0 ? 1 : 0);
  if (after_ms >= 0 && expiry_.needs_note(before_ms, after_ms)) {
    expiry_.add(key.hash, after_ms);
  }
}

// The entry leaves the table.
void Keyspace::count_off(const Key& key, const Entry& entry) {
  count_expiry(key, entry.expire_at_ms(), Entry::kNever);
  note_fields(key, fields_deadline(entry), kNone);
}

void Keyspace::note_fields(const Key& key, int64_t before_ms, int64_t after_ms) {
  fields_expiring_ += (after_ms != kNone ? 1 : 0) - (before_ms != kNone ? 1 : 0);
  if (after_ms != kNone && (before_ms == kNone || expiry_.needs_note(before_ms, after_ms))) {
    expiry_.add(key.hash, after_ms);
  }
}

void Keyspace::put(const Key& key, Entry* fresh) {
  before_change(key);
  const Table::Place place = locate(key);
  if (place) {
    Entry* old = table_.replace(place, fresh);
    count_expiry(key, old->expire_at_ms(), fresh->expire_at_ms());
    note_fields(key, fields_deadline(*old), fields_deadline(*fresh));
    shard_.set_access_after(*fresh, *old);
    shard_.discard(old);
  } else {
    last_ = {};
    table_.insert(key.hash, fresh);
    count_expiry(key, Entry::kNever, fresh->expire_at_ms());
    note_fields(key, kNone, fields_deadline(*fresh));
    shard_.set_new_access(*fresh);
    if (Observer* observer = shard_.observer(); observer != nullptr) [[unlikely]] {
      observer->added(*this, key);
    }
  }
}

Entry* Keyspace::detach(const Key& key) {
  if (peek(key) == nullptr) {
    return nullptr;
  }
  before_change(key);
  const Table::Place place = locate(key);
  Entry* entry = table_.take(place);
  last_ = {};
  count_off(key, *entry);
  return entry;
}

bool Keyspace::erase(const Key& key) {
  Entry* entry = detach(key);
  if (entry == nullptr) {
    return false;
  }
  shard_.discard(entry);
  return true;
}

void Keyspace::set_expiry(const Key& key, int64_t expire_at_ms) {
  before_change(key);
  const Table::Place place = locate(key);
  GYRE_ASSERT(place);
  Entry* entry = place.item();
  const int64_t before_ms = entry->expire_at_ms();
  if (before_ms >= 0 && expire_at_ms >= 0) {
    entry->set_expire_at_ms(expire_at_ms);
  } else if (before_ms != expire_at_ms) {
    table_.replace(place, Entry::move(entry, expire_at_ms));
  }
  count_expiry(key, before_ms, expire_at_ms);
}

bool Keyspace::expire_fields(const Key& key, size_t budget) {
  before_change(key);
  const Table::Place place = locate(key);
  GYRE_ASSERT(place);
  if (shard_.is_pinned(*place.item())) {
    return true;  // whoever reads it knows which fields count; they go later
  }
  data::Hash& hash = place.item()->value<data::Hash>();
  const int64_t before_ms = hash.next_expiry_ms();
  size_t expired = 0;
  hash.expire(shard_.now_ms(), budget, [&](std::string_view field) {
    ++expired;
    if (Observer* observer = shard_.observer(); observer != nullptr) {
      observer->field_expired(*this, key, field);
    }
  });
  note_fields(key, before_ms, hash.next_expiry_ms());
  shard_.stats().expired_fields += expired;
  if (expired == 0) {
    return true;
  }
  if (hash.size() > 0) {
    shard_.commit(*this, key, Event::hexpired);
    return true;
  }
  Entry* entry = table_.take(place);
  last_ = {};
  count_off(key, *entry);
  shard_.commit(*this, key, Event::hexpired_last);
  shard_.discard(entry);
  return false;
}

// An entry with this prefix of its hash that is due, or has fields that are; null if there is none.
// In that case `next_ms` is the earliest deadline of the others. Of hashes with fields that are due
// it is the one with the lowest hash; those up to `handled` are left for the next time.
Entry* Keyspace::find_due(uint32_t prefix, std::optional<uint64_t> handled, Key& due,
                          int64_t& next_ms) {
  Entry* found = nullptr;
  const int64_t now_ms = shard_.now_ms();
  table_.visit_prefix(prefix, [&](Entry& entry) {
    const int64_t fields_ms = fields_deadline(entry);
    if (!entry.has_expiry() && fields_ms == kNone) {
      return;
    }
    const uint64_t hash = key_hash(entry.key());
    if (hash >> 32 != prefix) {
      return;
    }
    const bool is_expired = entry.is_expired(now_ms);
    if (is_expired || (fields_ms < now_ms && !(handled && hash <= *handled))) {
      if (found == nullptr || is_expired || hash < due.hash) {
        found = &entry;
        due = {entry.key(), hash};
      }
      return;
    }
    next_ms = std::min(next_ms, fields_ms);
    if (entry.has_expiry()) {
      next_ms = std::min(next_ms, entry.expire_at_ms());
    }
  });
  return found;
}

// Removes `fields` fields at most, or a few more.
void Keyspace::expire_prefix(uint32_t prefix, bool is_renoted, size_t fields) {
  // Removing changes the table, so at most one entry is removed per look. The first look suffices
  // nearly always. Hashes come in ascending order, so that each gets one turn even if none of its
  // fields may go now.
  Key due;
  std::optional<uint64_t> handled;
  const uint64_t before = shard_.stats().expired_fields;
  for (;;) {
    int64_t next_ms = kNone;
    Entry* entry = find_due(prefix, handled, due, next_ms);
    if (entry == nullptr) {
      if (next_ms != kNone && is_renoted) {
        // What is left of a hash goes as soon as there is time for it.
        const bool has_more = next_ms < shard_.now_ms() && shard_.stats().expired_fields != before;
        const uint64_t hash = static_cast<uint64_t>(prefix) << 32;
        has_more ? expiry_.add_due(hash) : expiry_.add(hash, next_ms);
      }
      return;
    }
    if (entry->is_expired(shard_.now_ms())) {
      peek(due);
    } else {
      handled = due.hash;
      const size_t removed = shard_.stats().expired_fields - before;
      expire_fields(due, std::max(fields - std::min(fields, removed), kFieldsMin));
    }
  }
}

size_t Keyspace::expire_due(data::ExpiryIndex& index, size_t budget) {
  constexpr size_t kBatch = 16;
  uint32_t prefixes[kBatch];
  size_t used = 0;
  while (used < budget) {
    size_t count = 0;
    used += index.advance(shard_.now_ms(), std::min(kBatch, budget - used),
                          [&](uint32_t prefix) { prefixes[count++] = prefix; });
    if (count == 0) {
      break;
    }
    for (size_t i = 0; i < count; ++i) {
      table_.prefetch_slots(static_cast<uint64_t>(prefixes[i]) << 32);
    }
    for (size_t i = 0; i < count; ++i) {
      table_.prefetch_item(static_cast<uint64_t>(prefixes[i]) << 32);
    }
    for (size_t i = 0; i < count; ++i) {
      // What the walk has passed has a note in the new index already.
      const bool is_renoted = &index == &expiry_ || prefixes[i] >= walk_cursor_ >> 32;
      const uint64_t fields = shard_.stats().expired_fields;
      expire_prefix(prefixes[i], is_renoted, budget - std::min(used, budget));
      used += shard_.stats().expired_fields - fields;
    }
  }
  return used;
}

size_t Keyspace::expire_some(size_t budget) {
  if (!shard_.may_expire()) {
    return 0;
  }
  renew_if_needed();
  size_t used = expire_due(expiry_, budget);
  if (old_ != nullptr && used < budget) {
    used += expire_due(*old_, budget - used);
    used += renew_some(budget - std::min(used, budget));
  }
  while (used < budget && !dropped_.empty()) {
    constexpr size_t kChunks = 4;
    if (dropped_.back()->drop_some(kChunks)) {
      dropped_.pop_back();
    }
    used += kChunks * data::ExpiryIndex::kDropCost;
  }
  return std::min(used, budget);
}

void Keyspace::renew_if_needed() {
  if (old_ != nullptr) {
    return;
  }
  const size_t notes = expiry_.notes();
  const size_t expiring = expiring_ + fields_expiring_;
  const size_t notes_max =
      std::max(2 * expiring, expiring + std::max(kNotesMin, table_.size() / 8));
  if (notes <= notes_max && !expiry_.is_ahead_of(shard_.now_ms())) {
    return;
  }
  if (expiring == 0) {
    drop_notes();
    return;
  }
  old_ = std::make_unique<data::ExpiryIndex>(shard_.now_ms());
  old_->swap(expiry_);
  walk_cursor_ = 0;
}

size_t Keyspace::renew_some(size_t budget) {
  size_t seen = 0;
  while (seen < budget) {
    constexpr size_t kStep = 16;
    walk_cursor_ = table_.scan(walk_cursor_, kStep, [&](Entry& entry) {
      ++seen;
      if (entry.has_expiry()) {
        expiry_.add(key_hash(entry.key()), entry.expire_at_ms());
      }
      if (const int64_t fields_ms = fields_deadline(entry); fields_ms != kNone) {
        expiry_.add(key_hash(entry.key()), fields_ms);
      }
    });
    if (walk_cursor_ == 0) {
      dropped_.push_back(std::move(old_));
      break;
    }
  }
  return seen;
}

// Leaves all notes to be freed in slices.
void Keyspace::drop_notes() {
  dropped_.push_back(std::make_unique<data::ExpiryIndex>(shard_.now_ms()));
  dropped_.back()->swap(expiry_);
  if (old_ != nullptr) {
    dropped_.push_back(std::move(old_));
  }
}

size_t Keyspace::expiry_memory() const {
  size_t bytes = expiry_.memory() + (old_ != nullptr ? old_->memory() : 0);
  for (const auto& index : dropped_) {
    bytes += index->memory();
  }
  return bytes;
}

Table Keyspace::take_all() {
  last_ = {};
  expiring_ = 0;
  fields_expiring_ = 0;
  drop_notes();
  return std::exchange(table_, Table(&key_hash));
}

void Keyspace::swap(Keyspace& other) {
  last_ = other.last_ = {};
  std::swap(table_, other.table_);
  expiry_.swap(other.expiry_);
  std::swap(expiring_, other.expiring_);
  std::swap(fields_expiring_, other.fields_expiring_);
  std::swap(old_, other.old_);
  std::swap(walk_cursor_, other.walk_cursor_);
  std::swap(dropped_, other.dropped_);
}

}  // namespace gyre::store
