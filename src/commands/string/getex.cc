// GETEX, GETDEL, DELIFEQ: read a string and change the fate of its key.
#include "commands/string/options.h"
#include "commands/string/strings.h"

namespace gyre::commands {
namespace {

using store::Entry;
using store::Event;

Status getex(exec::Request& request, store::Shard& shard, resp::Reply& reply) {
  GYRE_TRY_LET(options, parse_string_options(request, 2, StringOptions::kPersist));
  GYRE_TRY_LET(entry, find_string(request, shard));
  if (entry == nullptr) {
    reply.null();
    return {};
  }
  int64_t expire_at_ms = Entry::kNever;
  if (options.when != When::never) {
    GYRE_TRY_LET(deadline, deadline_of(options.when, options.time, request, shard));
    expire_at_ms = deadline;
  }
  GYRE_TRY(reply_string(*entry, reply));
  store::Keyspace& db = shard.db(request.db);
  if (is_absolute(options.when) && expire_at_ms <= shard.now_ms()) {
    db.erase(request.key);
    shard.commit(db, request.key, Event::del);
  } else if (options.when != When::never) {
    db.set_expiry(request.key, expire_at_ms);
    shard.commit(db, request.key, Event::expire);
  } else if (options.has(StringOptions::kPersist) && entry->has_expiry()) {
    db.set_expiry(request.key, Entry::kNever);
    shard.commit(db, request.key, Event::persist);
  }
  return {};
}

Status getdel(exec::Request& request, store::Shard& shard, resp::Reply& reply) {
  GYRE_TRY_LET(entry, find_string(request, shard));
  if (entry == nullptr) {
    reply.null();
    return {};
  }
  GYRE_TRY(reply_string(*entry, reply));
  store::Keyspace& db = shard.db(request.db);
  db.erase(request.key);
  shard.commit(db, request.key, Event::del);
  return {};
}

Status delifeq(exec::Request& request, store::Shard& shard, resp::Reply& reply) {
  GYRE_TRY_LET(entry, find_string_for_write(request, shard));
  Scratch scratch;
  if (entry == nullptr || string_bytes(*entry, scratch) != request.arg(2)) {
    reply.integer(0);
    return {};
  }
  store::Keyspace& db = shard.db(request.db);
  db.erase(request.key);
  shard.commit(db, request.key, Event::del);
  reply.integer(1);
  return {};
}

constexpr exec::KeySpec kReadAndTimedKey[] = {
    {.flags = "RW access update", .notes = "Writes because it may change the expiry"}};
constexpr exec::KeySpec kTakenKey[] = {{.flags = "RW access delete"}};
constexpr exec::KeySpec kDeletedKey[] = {{.flags = "RM delete"}};

constexpr exec::Command kRows[] = {
    {.name = "GETEX",
     .since = "6.2.0",
     .group = exec::Group::string,
     .complexity = "O(1)",
     .summary = "Returns the string at a key and sets when the key expires.",
     .syntax = "key [EX seconds|PX milliseconds|EXAT unix-time-seconds|"
               "PXAT unix-time-milliseconds|PERSIST]",
     .flags = exec::kWrite | exec::kFast,
     .keys = kReadAndTimedKey,
     .shape = exec::owner(getex)},
    {.name = "GETDEL",
     .since = "6.2.0",
     .group = exec::Group::string,
     .complexity = "O(1)",
     .summary = "Returns the string at a key and removes the key.",
     .syntax = "key",
     .flags = exec::kWrite | exec::kFast,
     .keys = kTakenKey,
     .shape = exec::owner(getdel)},
    {.name = "DELIFEQ",
     .since = "9.0.0",
     .group = exec::Group::string,
     .complexity = "O(1)",
     .summary = "Removes a key if it holds the given string.",
     .syntax = "key value",
     .flags = exec::kWrite | exec::kFast,
     .keys = kDeletedKey,
     .shape = exec::owner(delifeq)},
};

}  // namespace

extern const exec::Rows string_getex{kRows};

}  // namespace gyre::commands
