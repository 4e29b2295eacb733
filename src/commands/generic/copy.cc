// COPY, MOVE.
#include "base/text.h"
#include "commands/database_argument.h"
#include "exec/carry.h"

namespace gyre::commands {
namespace {

using exec::Carry;
using store::Entry;
using store::Event;

constexpr uint32_t kFrom = 1;  // positions of the keys
constexpr uint32_t kTo = 2;
constexpr Error kSameObject{"ERR source and destination objects are the same"};

struct CopyOptions {
  uint16_t db = 0;  // of the copy
  bool may_replace = false;
};

Result<CopyOptions> parse_copy(const exec::Request& request, const store::Shard& shard) {
  CopyOptions options{.db = request.db};
  for (size_t i = 3; i < request.size(); ++i) {
    if (base::equals_ignore_case(request.arg(i), "REPLACE")) {
      options.may_replace = true;
    } else if (base::equals_ignore_case(request.arg(i), "DB") && i + 1 < request.size()) {
      GYRE_TRY_LET(db, parse_database(request.arg(++i), shard));
      options.db = db;
    } else {
      return fail(exec::errors::syntax);
    }
  }
  if (options.db == request.db && request.arg(kFrom) == request.arg(kTo)) {
    return fail(kSameObject);
  }
  return options;
}

Status copy_read(exec::Request& request, store::Shard& shard, Carry& carry) {
  GYRE_TRY_LET(options, parse_copy(request, shard));
  for (const exec::KeyRef& ref : request.keys) {
    const store::Key key = request.key_at(ref);
    Carry::Item& item = carry.at(ref.position);
    if (ref.position == kTo) {
      item.exists = shard.db(options.db).peek(key) != nullptr;
      continue;
    }
    const Entry* entry = shard.db(request.db).find(key);
    if (entry != nullptr) {
      if (entry->form() == store::Form::blob) {
        resp::framed(*entry->blob());  // now, because from here on two cores may reply with it
      }
      item.entry = Entry::clone(*entry, request.arg(kTo), entry->expire_at_ms());
    }
  }
  return {};
}

Status copy_write(exec::Request& request, store::Shard& shard, Carry& carry, resp::Reply& reply) {
  const exec::KeyRef& ref = request.keys.back();
  if (ref.position != kTo) {
    return {};
  }
  GYRE_TRY_LET(options, parse_copy(request, shard));
  if (carry.at(kFrom).entry == nullptr || (carry.at(kTo).exists && !options.may_replace)) {
    reply.integer(0);
    return {};
  }
  store::Keyspace& db = shard.db(options.db);
  const store::Key key = request.key_at(ref);
  db.put(key, carry.take(kFrom));
  shard.commit(db, key, Event::copy_to);
  reply.integer(1);
  return {};
}

Status move(exec::Request& request, store::Shard& shard, resp::Reply& reply) {
  GYRE_TRY_LET(to, parse_database(request.arg(2), shard));
  if (to == request.db) {
    return fail(kSameObject);
  }
  store::Keyspace& from_db = shard.db(request.db);
  store::Keyspace& to_db = shard.db(to);
  const Entry* present = from_db.find_for_write(request.key);
  if (present == nullptr || to_db.peek(request.key) != nullptr) {
    reply.integer(0);
    return {};
  }
  const uint32_t access = present->access();
  Entry* entry = from_db.detach(request.key);
  to_db.put(request.key, entry);
  entry->set_access(access);
  shard.commit(from_db, request.key, Event::move_from);
  shard.commit(to_db, request.key, Event::move_to);
  reply.integer(1);
  return {};
}

constexpr exec::KeySpec kCopyKeys[] = {
    {.flags = "RO access"},
    {.flags = "OW update", .index = 2},
};

constexpr exec::Command kRows[] = {
    {.name = "COPY",
     .since = "6.2.0",
     .group = exec::Group::generic,
     .complexity = "O(1) for strings, O(N) for N elements of anything else",
     .summary = "Makes a second key with the value and expiry of a first one.",
     .syntax = "source destination [DB destination-db] [REPLACE]",
     .flags = exec::kWrite | exec::kDenyoom,
     .categories = "keyspace",
     .keys = kCopyKeys,
     .shape = exec::gather(copy_read, copy_write)},
    {.name = "MOVE",
     .since = "1.0.0",
     .group = exec::Group::generic,
     .complexity = "O(1)",
     .summary = "Moves a key to another database if it does not exist there.",
     .syntax = "key db",
     .flags = exec::kWrite | exec::kFast,
     .categories = "keyspace",
     .keys = exec::kUpdateKey,
     .shape = exec::owner(move)},
};

}  // namespace

extern const exec::Rows generic_copy{kRows};

}  // namespace gyre::commands
