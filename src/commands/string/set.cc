// SET, SETNX, SETEX, PSETEX, GETSET.
#include "commands/string/options.h"
#include "commands/string/strings.h"

namespace gyre::commands {
namespace {

using store::Entry;
using store::Event;

bool has_value(const Entry& entry, std::string_view value) {
  Scratch scratch;
  return string_bytes(entry, scratch) == value;
}

// May SET store, given what the key holds now? WRONGTYPE if IFEQ meets something else than a
// string.
Result<bool> is_met(const StringOptions& options, const Entry* present) {
  if (options.has(StringOptions::kNx)) {
    return present == nullptr;
  }
  if (options.has(StringOptions::kXx)) {
    return present != nullptr;
  }
  if (options.has(StringOptions::kIfEq)) {
    if (present == nullptr) {
      return false;
    }
    if (present->type() != store::Type::string) {
      return fail(exec::errors::wrong_type);
    }
    return has_value(*present, options.match);
  }
  return true;
}

[[gnu::noinline]] Status set_with_options(exec::Request& request, store::Shard& shard,
                                          resp::Reply& reply) {
  GYRE_TRY_LET(options,
               parse_string_options(request, 3,
                                    StringOptions::kNx | StringOptions::kXx | StringOptions::kGet |
                                        StringOptions::kKeepTtl | StringOptions::kIfEq));
  int64_t expire_at_ms = Entry::kNever;
  if (options.when != When::never) {
    GYRE_TRY_LET(deadline, deadline_of(options.when, options.time, request, shard));
    expire_at_ms = deadline;
  }
  store::Keyspace& db = shard.db(request.db);
  const Entry* present = db.find_for_write(request.key);
  if (options.has(StringOptions::kGet) && present != nullptr &&
      present->type() != store::Type::string) {
    return fail(exec::errors::wrong_type);
  }
  GYRE_TRY_LET(may_store, is_met(options, present));
  const bool is_get = options.has(StringOptions::kGet);
  if (is_get && present != nullptr) {
    GYRE_TRY(reply_string(*present, reply));
  } else if (is_get || !may_store) {
    reply.null();
  }
  if (!may_store) {
    return {};
  }
  if (options.has(StringOptions::kKeepTtl) && present != nullptr) {
    expire_at_ms = present->expire_at_ms();
  }
  store_string(db, request.key, request.arg(2), expire_at_ms, request.take_blob(2));
  shard.commit(db, request.key, options.when == When::never ? Event::set : Event::set_expiring);
  if (!is_get) {
    reply.ok();
  }
  return {};
}

Status set(exec::Request& request, store::Shard& shard, resp::Reply& reply) {
  if (request.size() > 3) {
    return set_with_options(request, shard, reply);
  }
  store::Keyspace& db = shard.db(request.db);
  store_string(db, request.key, request.arg(2), Entry::kNever, request.take_blob(2));
  shard.commit(db, request.key, Event::set);
  reply.ok();
  return {};
}

Status setnx(exec::Request& request, store::Shard& shard, resp::Reply& reply) {
  store::Keyspace& db = shard.db(request.db);
  if (db.find_for_write(request.key) != nullptr) {
    reply.integer(0);
    return {};
  }
  store_string(db, request.key, request.arg(2), Entry::kNever, request.take_blob(2));
  shard.commit(db, request.key, Event::set);
  reply.integer(1);
  return {};
}

Status set_for(When when, exec::Request& request, store::Shard& shard, resp::Reply& reply) {
  GYRE_TRY_LET(deadline, deadline_of(when, request.arg(2), request, shard));
  store::Keyspace& db = shard.db(request.db);
  store_string(db, request.key, request.arg(3), deadline, request.take_blob(3));
  shard.commit(db, request.key, Event::set_expiring);
  reply.ok();
  return {};
}

Status setex(exec::Request& request, store::Shard& shard, resp::Reply& reply) {
  return set_for(When::ex, request, shard, reply);
}

Status psetex(exec::Request& request, store::Shard& shard, resp::Reply& reply) {
  return set_for(When::px, request, shard, reply);
}

Status getset(exec::Request& request, store::Shard& shard, resp::Reply& reply) {
  store::Keyspace& db = shard.db(request.db);
  const Entry* present = db.find_for_write(request.key);
  if (present == nullptr) {
    reply.null();
  } else {
    GYRE_TRY(reply_string(*present, reply));
  }
  store_string(db, request.key, request.arg(2), Entry::kNever, request.take_blob(2));
  shard.commit(db, request.key, Event::set);
  return {};
}

constexpr exec::KeySpec kSetKey[] = {
    {.flags = "RW access update variable_flags", .notes = "Reads the old value only for `GET`"}};
constexpr exec::KeySpec kInsertedKey[] = {{.flags = "OW insert"}};
constexpr exec::KeySpec kOverwrittenKey[] = {{.flags = "OW update"}};
constexpr exec::Change kSetHistory[] = {
    {"2.6.12", "`EX`, `PX`, `NX` and `XX`."},
    {"6.0.0", "`KEEPTTL`."},
    {"6.2.0", "`GET`, `EXAT` and `PXAT`."},
    {"7.0.0", "`NX` and `GET` go together."},
};

constexpr exec::Command kRows[] = {
    {.name = "SET",
     .since = "1.0.0",
     .group = exec::Group::string,
     .complexity = "O(1)",
     .summary = "Makes a key hold a string, whatever it held before.",
     .syntax = "key value [NX|XX|IFEQ comparison-value] [GET] [EX seconds|PX milliseconds|"
               "EXAT unix-time-seconds|PXAT unix-time-milliseconds|KEEPTTL]",
     .history = kSetHistory,
     .flags = exec::kWrite | exec::kDenyoom,
     .keys = kSetKey,
     .shape = exec::owner(set),
     .repeat = exec::Repeat::plain},
    {.name = "SETNX",
     .since = "1.0.0",
     .group = exec::Group::string,
     .complexity = "O(1)",
     .summary = "Makes a key hold a string if the key does not exist.",
     .syntax = "key value",
     .flags = exec::kWrite | exec::kDenyoom | exec::kFast,
     .keys = kInsertedKey,
     .shape = exec::owner(setnx),
     .deprecated_since = "2.6.12",
     .replaced_by = "`SET` with the `NX` argument"},
    {.name = "SETEX",
     .since = "2.0.0",
     .group = exec::Group::string,
     .complexity = "O(1)",
     .summary = "Makes a key hold a string for a number of seconds.",
     .syntax = "key seconds value",
     .flags = exec::kWrite | exec::kDenyoom,
     .keys = kOverwrittenKey,
     .shape = exec::owner(setex),
     .deprecated_since = "2.6.12",
     .replaced_by = "`SET` with the `EX` argument"},
    {.name = "PSETEX",
     .since = "2.6.0",
     .group = exec::Group::string,
     .complexity = "O(1)",
     .summary = "Makes a key hold a string for a number of milliseconds.",
     .syntax = "key milliseconds value",
     .flags = exec::kWrite | exec::kDenyoom,
     .keys = kOverwrittenKey,
     .shape = exec::owner(psetex),
     .deprecated_since = "2.6.12",
     .replaced_by = "`SET` with the `PX` argument"},
    {.name = "GETSET",
     .since = "1.0.0",
     .group = exec::Group::string,
     .complexity = "O(1)",
     .summary = "Makes a key hold a string and returns the string it held.",
     .syntax = "key value",
     .flags = exec::kWrite | exec::kDenyoom | exec::kFast,
     .keys = exec::kUpdateKey,
     .shape = exec::owner(getset),
     .deprecated_since = "6.2.0",
     .replaced_by = "`SET` with the `!GET` argument"},
};

}  // namespace

extern const exec::Rows string_set{kRows};

}  // namespace gyre::commands
