// What depends on the type of a value: the only place that knows which class keeps which type.
#pragma once

#include <new>
#include <utility>

#include "base/assert.h"
#include "data/hash.h"
#include "data/list.h"
#include "data/set.h"
#include "data/sorted_set.h"
#include "data/stream.h"
#include "store/entry.h"

namespace gyre::store {

// The type of keys whose value is a T.
template <typename T>
inline constexpr Type kTypeOf = Type::string;
template <>
inline constexpr Type kTypeOf<data::List> = Type::list;
template <>
inline constexpr Type kTypeOf<data::Hash> = Type::hash;
template <>
inline constexpr Type kTypeOf<data::Set> = Type::set;
template <>
inline constexpr Type kTypeOf<data::SortedSet> = Type::zset;
template <>
inline constexpr Type kTypeOf<data::Stream> = Type::stream;

// Calls visit(value) with the collection of an entry in Form::value: data::Set& and so on.
template <typename Visit>
decltype(auto) visit_value(Entry& entry, Visit&& visit) {
  switch (entry.type()) {
    case Type::list:
      return visit(entry.value<data::List>());
    case Type::hash:
      return visit(entry.value<data::Hash>());
    case Type::set:
      return visit(entry.value<data::Set>());
    case Type::zset:
      return visit(entry.value<data::SortedSet>());
    case Type::stream:
      return visit(entry.value<data::Stream>());
    default:
      GYRE_UNREACHABLE();
  }
}
template <typename Visit>
decltype(auto) visit_value(const Entry& entry, Visit&& visit) {
  return visit_value(const_cast<Entry&>(entry), [&](const auto& value) { return visit(value); });
}

// An entry that holds a collection.
template <typename T>
Entry* make_value(std::string_view key, T&& value, int64_t expire_at_ms) {
  using Value = std::remove_cvref_t<T>;
  static_assert(kTypeOf<Value> != Type::string);
  Entry* entry = Entry::make_unset(key, kTypeOf<Value>, expire_at_ms);
  new (&entry->value<Value>()) Value(std::forward<T>(value));
  return entry;
}

// A value of more blocks of memory than this is freed in slices.
inline constexpr size_t kDrainMin = 64;

// Blocks of memory of an entry that holds a collection.
inline size_t pieces_of(const Entry& entry) {
  return visit_value(entry, [](const auto& value) { return value.pieces(); });
}

}  // namespace gyre::store
