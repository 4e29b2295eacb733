// TrackingTable: which clients may have cached which keys of this core.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "data/hash_table.h"
#include "store/shard.h"

namespace gyre::exec {

// A client that caches what it reads, on whatever core: its number, and its core in the low bits.
enum class Tracker : uint64_t { none = 0 };

constexpr Tracker make_tracker(uint64_t client_id, uint16_t core) {
  return static_cast<Tracker>(client_id << 16 | core);
}
constexpr uint64_t client_of(Tracker tracker) { return static_cast<uint64_t>(tracker) >> 16; }
constexpr uint16_t core_of(Tracker tracker) { return static_cast<uint16_t>(tracker); }

struct TrackedKey {
  std::string name;
  std::vector<Tracker> trackers;  // in ascending order
};

// Databases play no part: a name stands for the keys of all of them. Nobody is taken out who caches
// no more, as finding all of a client's keys would cost more than telling it about one too many.
class TrackingTable {
 public:
  TrackingTable() = default;
  TrackingTable(const TrackingTable&) = delete;
  TrackingTable& operator=(const TrackingTable&) = delete;

  void remember(const store::Key& key, Tracker tracker);
  // Forgets a key; returns who has to hear of it.
  std::vector<Tracker> take(const store::Key& key);
  // The same for a key that chance chooses. REQUIRES: there are keys.
  TrackedKey take_any(uint64_t random);
  // Forgets all. free_some() gives the memory back.
  void clear();
  // Frees so many keys at most of those cleared; true if more are left.
  bool free_some(size_t count);

  bool empty() const { return table_.size() == 0; }
  size_t keys() const { return table_.size(); }
  // Clients over all keys.
  size_t items() const { return items_; }

 private:
  struct Traits : data::PointerTraits<TrackedKey> {
    using Name = store::Key;
    uint64_t hash(const TrackedKey& key) const { return store::key_hash(key.name); }
    bool has_name(const TrackedKey& key, const Name& name) const { return key.name == name.name; }
    void destroy(TrackedKey* key) const { delete key; }
  };
  using Table = data::HashTable<Traits>;

  Table table_;
  size_t items_ = 0;
  std::vector<Table> cleared_;
};

}  // namespace gyre::exec
