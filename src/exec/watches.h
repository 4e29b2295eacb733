// Watches: keys of one core that clients watch between WATCH and EXEC.
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <unordered_map>

#include "store/shard.h"

namespace gyre::exec {

// One key, as one client watches it. Made, changed and destroyed on the core that owns the key;
// the client's own core keeps a pointer, and gives it back when it loses interest.
struct Watch {
  std::string name;
  uint64_t hash = 0;
  uint16_t db = 0;
  uint16_t core = 0;
  bool is_changed = false;  // since it was made

  store::Key key() const { return {name, hash}; }
};

class Watches {
 public:
  explicit Watches(store::Shard& shard) : shard_(shard) {}
  Watches(const Watches&) = delete;
  Watches& operator=(const Watches&) = delete;

  bool empty() const { return by_hash_.empty(); }
  // A key whose time has come is removed first: its going away is no change for the watch.
  Watch* add(uint16_t db, const store::Key& key);
  void remove(Watch& watch);
  // Has the key changed, or gone because its time has come?
  bool is_changed(const Watch& watch);
  // Unix time when the key, or a field of the hash there, goes; INT64_MAX: it stays.
  int64_t deadline_ms(const Watch& watch);

  void note_change(uint16_t db, const store::Key& key);
  // See store::Observer::emptying(): a key that is in neither database does not change.
  void note_emptying(store::Keyspace& db, store::Keyspace* instead);

 private:
  store::Shard& shard_;
  std::unordered_multimap<uint64_t, std::unique_ptr<Watch>> by_hash_;
};

}  // namespace gyre::exec
