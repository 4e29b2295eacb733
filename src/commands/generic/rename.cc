// RENAME, RENAMENX.
#include "exec/carry.h"
#include "exec/request.h"

namespace gyre::commands {
namespace {

using exec::Carry;
using store::Entry;
using store::Event;

constexpr uint32_t kFrom = 1;  // positions of the keys
constexpr uint32_t kTo = 2;

bool is_same_key(const exec::Request& request) { return request.arg(kFrom) == request.arg(kTo); }

// The value leaves its key already here, so that nothing has to be copied, however large it is.
// Nobody can look before `write` has put it somewhere: both keys are locked.
Status rename_read(exec::Request& request, store::Shard& shard, Carry& carry) {
  store::Keyspace& db = shard.db(request.db);
  for (const exec::KeyRef& ref : request.keys) {
    const store::Key key = request.key_at(ref);
    Carry::Item& item = carry.at(ref.position);
    if (ref.position == kTo) {
      item.exists = db.peek(key) != nullptr;
      continue;
    }
    if (db.find_for_write(key) == nullptr) {
      return fail(exec::errors::no_such_key);
    }
    if (!is_same_key(request)) {
      item.entry = db.detach(key);
    }
  }
  return {};
}

// A key gets an entry that was another's, or its own again. When it was used stays as it is.
void put_moved(store::Keyspace& db, const store::Key& key, Entry* entry) {
  const uint32_t access = entry->access();
  db.put(key, entry);
  entry->set_access(access);
}

// `may_replace` is false if the new key has to be free.
Status write_renamed(exec::Request& request, store::Shard& shard, Carry& carry, bool may_replace) {
  store::Keyspace& db = shard.db(request.db);
  const bool is_done = may_replace || !carry.at(kTo).exists;
  for (const exec::KeyRef& ref : request.keys) {
    const store::Key key = request.key_at(ref);
    if (ref.position == kFrom) {
      if (is_done) {
        shard.commit(db, key, Event::rename_from);
      } else {
        put_moved(db, key, carry.take(kFrom));
      }
    } else if (is_done) {
      put_moved(db, key, Entry::rename(carry.take(kFrom), key.name));
      shard.commit(db, key, Event::rename_to);
    }
  }
  return {};
}

// The core of the new key answers.
bool has_answer(const exec::Request& request) { return request.keys.back().position == kTo; }

Status rename(exec::Request& request, store::Shard& shard, Carry& carry, resp::Reply& reply) {
  if (!is_same_key(request)) {
    GYRE_TRY(write_renamed(request, shard, carry, true));
  }
  if (has_answer(request)) {
    reply.ok();
  }
  return {};
}

Status renamenx(exec::Request& request, store::Shard& shard, Carry& carry, resp::Reply& reply) {
  if (!is_same_key(request)) {
    GYRE_TRY(write_renamed(request, shard, carry, false));
  }
  if (has_answer(request)) {
    reply.integer(is_same_key(request) || carry.at(kTo).exists ? 0 : 1);
  }
  return {};
}

constexpr exec::KeySpec kRenamedKeys[] = {
    {.flags = "RW access delete"},
    {.flags = "OW update", .index = 2},
};
constexpr exec::KeySpec kInsertedKeys[] = {
    {.flags = "RW access delete"},
    {.flags = "OW insert", .index = 2},
};
constexpr exec::Change kHistory[] = {{"3.2.0", "No error if both keys are the same."}};

constexpr exec::Command kRows[] = {
    {.name = "RENAME",
     .since = "1.0.0",
     .group = exec::Group::generic,
     .complexity = "O(1), plus the size of a value that is replaced",
     .summary = "Gives a key another name, and replaces what had that name.",
     .syntax = "key newkey",
     .flags = exec::kWrite,
     .categories = "keyspace",
     .keys = kRenamedKeys,
     .shape = exec::gather(rename_read, rename)},
    {.name = "RENAMENX",
     .since = "1.0.0",
     .group = exec::Group::generic,
     .complexity = "O(1)",
     .summary = "Gives a key another name if nothing has that name.",
     .syntax = "key newkey",
     .history = kHistory,
     .flags = exec::kWrite | exec::kFast,
     .categories = "keyspace",
     .keys = kInsertedKeys,
     .shape = exec::gather(rename_read, renamenx)},
};

}  // namespace

extern const exec::Rows generic_rename{kRows};

}  // namespace gyre::commands
