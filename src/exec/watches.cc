#include "exec/watches.h"

#include <algorithm>

#include "base/assert.h"
#include "store/value.h"

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

int64_t Watches::deadline_ms(const Watch& watch) {
  const store::Entry* entry = shard_.db(watch.db).peek(watch.key());
  if (entry == nullptr) {
    return INT64_MAX;
  }
  const int64_t key_ms = entry->has_expiry() ? entry->expire_at_ms() : INT64_MAX;
  const int64_t fields_ms =
      entry->type() == store::Type::hash ? entry->value<data::Hash>().next_expiry_ms() : INT64_MAX;
  return std::min(key_ms, fields_ms);
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
