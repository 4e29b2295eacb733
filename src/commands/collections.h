// What the commands of collections share: finding the value of a type, making one, removing an
// empty one, and reading values of several cores.
#pragma once

#include <utility>

#include "data/element.h"
#include "exec/carry.h"
#include "exec/request.h"
#include "resp/reply.h"
#include "store/shard.h"
#include "store/value.h"

namespace gyre::commands {

// The collection in an entry; null for no entry, WRONGTYPE for another type.
template <typename T>
Result<T*> value_in(store::Entry* entry) {
  if (entry == nullptr) {
    return nullptr;
  }
  if (entry->type() != store::kTypeOf<T>) [[unlikely]] {
    return fail(exec::errors::wrong_type);
  }
  return &entry->value<T>();
}

// The collection at the request's key, to read it; null if there is none. Good, like an entry,
// until the next call that takes a key.
template <typename T>
Result<T*> find_value(const exec::Request& request, store::Shard& shard) {
  return value_in<T>(shard.db(request.db).find(request.key));
}
// The same to change it.
template <typename T>
Result<T*> find_value_for_write(const exec::Request& request, store::Shard& shard) {
  return value_in<T>(shard.db(request.db).find_for_write(request.key));
}
// Stores an empty collection under a key that does not exist. The caller puts something into it.
template <typename T>
T& make_value(store::Keyspace& db, const store::Key& key) {
  store::Entry* entry = store::make_value(key.name, T(), store::Entry::kNever);
  db.put(key, entry);
  return entry->value<T>();
}
template <typename T>
Result<T*> find_or_make_value(const exec::Request& request, store::Shard& shard) {
  GYRE_TRY_LET(value, find_value_for_write<T>(request, shard));
  return value != nullptr ? value : &make_value<T>(shard.db(request.db), request.key);
}

// Commits that elements were removed. The key goes with its last one: then the event is `last`,
// which is announced like `event` and goes on to Event::del.
template <typename T>
void commit_removal(store::Shard& shard, store::Keyspace& db, const store::Key& key, const T& value,
                    const store::Event& event, const store::Event& last) {
  const bool is_empty = value.size() == 0;
  if (is_empty) {
    db.erase(key);
  }
  shard.commit(db, key, is_empty ? last : event);
}

// Is this the core that owns the key at an argument's position? Of a gather command.
inline bool owns_key(const exec::Request& request, uint32_t position) {
  for (const exec::KeyRef& ref : request.keys) {
    if (ref.position == position) {
      return true;
    }
  }
  return false;
}

// Of the keys of a gather command the first that exists, as the cores have told; else the first.
inline const exec::Carry::Item& first_existing(const exec::Carry& carry) {
  for (const exec::Carry::Item& item : carry.items) {
    if (item.exists) {
      return item;
    }
  }
  return carry.items[0];
}

// The read step of a gather command that only looks at a set or sorted set: leaves a copy of a
// small one for the core that writes, which costs less than keeping the locks longer, and lends a
// large one.
inline void gather_value(exec::Carry& carry, uint32_t position, const store::Entry* entry) {
  exec::Carry::Item& item = carry.at(position);
  if (entry == nullptr) {
    return;
  }
  item.type = entry->type();
  if (carry.is_here || store::pieces_of(*entry) > store::kDrainMin) {
    item.lent = entry->type() == store::Type::set
                    ? static_cast<const void*>(&entry->value<data::Set>())
                    : &entry->value<data::SortedSet>();
  } else {
    item.entry = store::Entry::clone(*entry, "", store::Entry::kNever);
  }
}
// The write step: that value, of item.type; null if there is none.
template <typename T>
const T* gathered_value(const exec::Carry::Item& item) {
  return item.entry != nullptr ? &item.entry->value<T>() : static_cast<const T*>(item.lent);
}

// More elements than this are not drawn by chance at once (they may repeat, so a small collection
// does not bound them): it would be gigabytes of reply, whoever asked.
inline constexpr int64_t kDrawMax = int64_t{1} << 27;

inline void reply_element(resp::Reply& reply, const data::Element& element) {
  if (element.is_number()) {
    reply.bulk_integer(element.number());
  } else {
    reply.bulk(element.bytes());
  }
}

}  // namespace gyre::commands
