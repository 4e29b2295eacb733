// FieldTable: the table of a large hash, which knows which of its fields expire when.
#pragma once

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <memory>

#include "data/expiry_index.h"
#include "data/field.h"
#include "data/hash_table.h"

namespace gyre::data {

// As for the keys of a keyspace, an ExpiryIndex holds notes of the hashes of fields that expire;
// a table without such fields has none. Notes that are stale because their fields are gone, or
// have other deadlines, are dropped now and then: a new index is made by a walk over the table
// that goes on a step with every note added, and the old one stays good until the walk has ended.
class FieldTable : public HashTable<FieldTraits> {
 public:
  using Base = HashTable<FieldTraits>;

  // The field with this name goes to another deadline, or to none (kNoExpiry). `now_ms` is the
  // time when the index begins, if there is none yet.
  void set_expiry(const Place& place, uint64_t hash, int64_t expire_at_ms, int64_t now_ms);
  // Destroys a field.
  void erase(const Place& place);
  // Gives a field another value. It keeps its expiry.
  void set_value(const Place& place, std::string_view value);

  // Fields that expire.
  size_t expiring() const { return expiry_ == nullptr ? 0 : expiry_->count; }
  // None is due before this; INT64_MAX if none expires.
  int64_t next_expiry_ms() const { return expiring() == 0 ? INT64_MAX : expiry_->next_ms; }
  // Removes fields whose time has come, and calls visit(name) for each before it goes. `budget` is
  // for notes and fields looked at; returns how many it were.
  template <typename Visit>
  size_t expire(int64_t now_ms, size_t budget, Visit&& visit);

  // How far the index has moved in time, Unix ms; 0 if there is none.
  int64_t index_now_ms() const { return expiry_ == nullptr ? 0 : expiry_->index.now_ms(); }
  // Bytes of the index.
  size_t expiry_memory() const;
  // What freeing the index takes, in times of what freeing a field takes, about.
  size_t expiry_pieces() const { return expiry_memory() / kPieceBytes; }
  // Frees up to about `budget` pieces of the index of a table that is no longer used, and returns
  // how many it were; there is no index any more if it were less.
  size_t drain_expiry(size_t budget);

 private:
  static constexpr size_t kPieceBytes = 4096 / ExpiryIndex::kDropCost;

  struct Expiry {
    explicit Expiry(int64_t now_ms) : index(now_ms) {}

    ExpiryIndex index;
    std::unique_ptr<ExpiryIndex> old;      // while a walk makes a new one
    std::unique_ptr<ExpiryIndex> dropped;  // the one of the last walk, freed in slices
    uint64_t cursor = 0;                   // of the walk
    size_t count = 0;
    int64_t next_ms = INT64_MAX;
  };

  void count_off(Field field);
  void renew_some(int64_t now_ms);
  Field find_due(uint32_t prefix, int64_t now_ms, int64_t& next_ms) const;
  template <typename Visit>
  size_t expire_from(ExpiryIndex& index, int64_t now_ms, size_t budget, Visit& visit);

  std::unique_ptr<Expiry> expiry_;
};

template <typename Visit>
size_t FieldTable::expire(int64_t now_ms, size_t budget, Visit&& visit) {
  if (expiry_ == nullptr) {
    return 0;
  }
  size_t used = expire_from(expiry_->index, now_ms, budget, visit);
  if (expiry_->old != nullptr && used < budget) {
    used += expire_from(*expiry_->old, now_ms, budget - used, visit);
  }
  expiry_->next_ms = expiry_->index.next_ms();
  if (expiry_->old != nullptr) {
    expiry_->next_ms = std::min(expiry_->next_ms, expiry_->old->next_ms());
  }
  return used;
}

template <typename Visit>
size_t FieldTable::expire_from(ExpiryIndex& index, int64_t now_ms, size_t budget, Visit& visit) {
  size_t used = 0;
  while (used < budget) {
    uint32_t prefix = 0;
    if (index.advance(now_ms, 1, [&](uint32_t noted) { prefix = noted; }) == 0) {
      break;
    }
    ++used;
    int64_t next_ms = INT64_MAX;
    for (;;) {
      const Field due = find_due(prefix, now_ms, next_ms);
      if (due.bits() == 0) {
        break;
      }
      visit(due.name());
      erase(find({due.name(), name_hash(due.name())}));
      ++used;
    }
    // What the walk has passed has a note in the new index already.
    if (next_ms != INT64_MAX && (&index == &expiry_->index || prefix >= expiry_->cursor >> 32)) {
      expiry_->index.add(static_cast<uint64_t>(prefix) << 32, next_ms);
    }
  }
  return used;
}

}  // namespace gyre::data
