// Table: the hash table of one keyspace.
#pragma once

#include <cstdint>
#include <string_view>

#include "data/hash_table.h"
#include "store/entry.h"

namespace gyre::store {

// A key with its hash, computed once per command.
using Key = data::Name;

// Entries are found by their keys and destroyed with the table.
struct EntryTraits : data::PointerTraits<Entry> {
  using Name = Key;

  // `hash_of_key` recomputes the hash of a stored key when a segment splits.
  EntryTraits(uint64_t (*hash_of_key)(std::string_view key)) : hash_of(hash_of_key) {}

  uint64_t hash(const Entry& entry) const { return hash_of(entry.key()); }
  bool has_name(const Entry& entry, const Key& key) const { return entry.has_key(key.name); }
  void destroy(Entry* entry) const { Entry::destroy(entry); }

  uint64_t (*hash_of)(std::string_view key);
};

using Table = data::HashTable<EntryTraits>;

}  // namespace gyre::store
