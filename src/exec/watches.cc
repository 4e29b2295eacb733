#include "exec/watches.h"

#include "base/assert.h"

namespace gyre::exec {

Watch* Watches::add(uint16_t db, const store::Key& key) {
  shard_.db(db).peek(key);
  auto watch = std::make_unique<Watch>();
  watch->name = key.name;
  watch->hash = key.hash;
  watch->db = db;
  watch->core = shard_.core();
  return by_hash_.emplace(key.hash, std::move(watch))->second.get();
}

void Watches::remove(Watch& watch) {
  const auto range = by_hash_.equal_range(watch.hash);
  for (auto at = range.first; at != range.second; ++at) {
    if (at->second.get() == &watch) {
      by_hash_.erase(at);
      return;
    }
  }
  GYRE_UNREACHABLE();
}

bool Watches::is_changed(const Watch& watch) {
  shard_.db(watch.db).peek(watch.key());  // if its time has come, that is noted here
  return watch.is_changed;
}

void Watches::note_change(uint16_t db, const store::Key& key) {
  const auto range = by_hash_.equal_range(key.hash);
  for (auto at = range.first; at != range.second; ++at) {
    Watch& watch = *at->second;
    watch.is_changed |= watch.db == db && watch.name == key.name;
  }
}

void Watches::note_emptying(store::Keyspace& db, store::Keyspace* instead) {
  for (const auto& [hash, watch] : by_hash_) {
    if (watch->db == db.index() && !watch->is_changed) {
      const store::Key key = watch->key();
      watch->is_changed |=
          db.peek(key) != nullptr || (instead != nullptr && instead->peek(key) != nullptr);
    }
  }
}

}  // namespace gyre::exec
