// Keyspace: one database of one core: the keys, their expiry, and how they are found and replaced.
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <vector>

#include "data/expiry_index.h"
#include "store/entry.h"
#include "store/table.h"

namespace gyre::store {

class Shard;

// A key whose time has come does not exist for any caller: every lookup removes it first, as a
// write of its own, or passes over it while the shard may not expire keys. Entries may move when
// they change, so a pointer is good until the next call that takes a Key.
class Keyspace {
 public:
  Keyspace(Shard& shard, uint16_t index);
  Keyspace(const Keyspace&) = delete;
  Keyspace& operator=(const Keyspace&) = delete;

  uint16_t index() const { return index_; }
  // Counts keys whose time has come but which nobody has looked at yet, as Redis does.
  size_t size() const { return table_.size(); }
  size_t expiring() const { return expiring_; }

  // For reading: counts a hit or a miss and notes the access unless `touch` is false or the client
  // does not touch keys. Null if absent.
  Entry* find(const Key& key, bool touch = true);
  // For changing: notes the access, counts nothing.
  Entry* find_for_write(const Key& key);
  // For giving it another value: the new value has been used just now, whoever stores it.
  Entry* find_to_replace(const Key& key);
  // Whoever changes a value that find() or peek() gave says so before. All that follows here does
  // it by itself.
  void before_change(const Key& key);
  // Without any effect on counters or access times.
  Entry* peek(const Key& key);
  // The same, whether its time has come or not.
  const Entry* look(const Key& key) {
    const Table::Place place = locate(key);
    return place ? place.item() : nullptr;
  }

  // Stores an entry made for this key, instead of the present one if there is one.
  void put(const Key& key, Entry* fresh);
  // True if the key existed. Nothing is committed: the caller knows which event it was.
  bool erase(const Key& key);
  // Like erase, but hands the entry over; null if the key is absent.
  Entry* detach(const Key& key);
  // Gives an existing key an expiry (Unix ms) or, with Entry::kNever, takes it away.
  void set_expiry(const Key& key, int64_t expire_at_ms);
  // The hash at a key was changed so that its first field to expire is another one: what
  // Hash::next_expiry_ms() said before and says now. Before the key is erased, if it is.
  void note_fields(const Key& key, int64_t before_ms, int64_t after_ms);
  // Removes fields of the hash at a key whose time has come, `budget` of them at most; false if
  // they were the last ones, and the key is gone.
  bool expire_fields(const Key& key, size_t budget);

  // Removes keys whose time has come and keeps the index of expiries small; returns how much of the
  // budget it used. A unit is a look at one note or entry. What is left comes up at the next call.
  size_t expire_some(size_t budget);

  Table& table() { return table_; }
  const Table& table() const { return table_; }
  // Hashes with fields that expire.
  size_t fields_expiring() const { return fields_expiring_; }
  // Notes in the index of expiries and its bytes.
  size_t expiry_notes() const { return expiry_.notes() + (old_ ? old_->notes() : 0); }
  size_t expiry_memory() const;
  // Takes all keys out at once; the caller drains the table it gets. Used by FLUSHDB.
  Table take_all();
  // Exchanges contents with another keyspace of the same core.
  void swap(Keyspace& other);

  void prefetch_slots(uint64_t hash) const { table_.prefetch_slots(hash); }
  void prefetch_entry(uint64_t hash) const { table_.prefetch_item(hash); }

 private:
  // Stale notes are dropped when there are more than twice as many notes as expiring keys, and more
  // of them than this and an eighth of all keys: the walk that makes a new index looks at all.
  static constexpr size_t kNotesMin = 4096;

  Table::Place locate(const Key& key);
  void count_expiry(const Key& key, int64_t before_ms, int64_t after_ms);
  void count_off(const Key& key, const Entry& entry);
  Entry* find_due(uint32_t prefix, std::optional<uint64_t> handled, Key& due, int64_t& next_ms);
  bool is_gone(const Key& key, const Table::Place& place);
  size_t expire_due(data::ExpiryIndex& index, size_t budget);
  void expire_prefix(uint32_t prefix, bool is_renoted, size_t fields);
  void renew_if_needed();
  void drop_notes();
  size_t renew_some(size_t budget);

  Shard& shard_;
  uint16_t index_;
  Table table_;
  data::ExpiryIndex expiry_;
  size_t expiring_ = 0;
  size_t fields_expiring_ = 0;
  // While a walk over the table makes a new index, the notes of the old one stay good: a key that
  // the walk has not met yet may have its only note there.
  std::unique_ptr<data::ExpiryIndex> old_;
  uint64_t walk_cursor_ = 0;
  std::vector<std::unique_ptr<data::ExpiryIndex>> dropped_;  // to be freed in slices
  // The last lookup's place, for the write that follows it; void after any change of the table.
  Table::Place last_;
  uint64_t last_hash_ = 0;
};

}  // namespace gyre::store
