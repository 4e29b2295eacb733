// EXPIRE, PEXPIRE, EXPIREAT, PEXPIREAT.
#include "base/number.h"
#include "base/text.h"
#include "commands/expiry_options.h"

namespace gyre::commands {
namespace {

using store::Entry;
using store::Event;

// On which present expiry the new one may follow.
struct Conditions {
  bool nx = false;  // none
  bool xx = false;  // one
  bool gt = false;  // an earlier one
  bool lt = false;  // a later one, or none
};

Result<Conditions> parse_conditions(const exec::Request& request) {
  Conditions conditions;
  for (const std::string_view arg : request.args(3)) {
    if (base::equals_ignore_case(arg, "NX")) {
      conditions.nx = true;
    } else if (base::equals_ignore_case(arg, "XX")) {
      conditions.xx = true;
    } else if (base::equals_ignore_case(arg, "GT")) {
      conditions.gt = true;
    } else if (base::equals_ignore_case(arg, "LT")) {
      conditions.lt = true;
    } else {
      return exec::format_error("ERR Unsupported option %.*s", static_cast<int>(arg.size()),
                                arg.data());
    }
  }
  if (conditions.nx && (conditions.xx || conditions.gt || conditions.lt)) {
    return fail("ERR NX and XX, GT or LT options at the same time are not compatible");
  }
  if (conditions.gt && conditions.lt) {
    return fail("ERR GT and LT options at the same time are not compatible");
  }
  return conditions;
}

bool are_met(const Conditions& conditions, const Entry& entry, int64_t expire_at_ms) {
  const int64_t present_ms = entry.expire_at_ms();
  const bool has_expiry = entry.has_expiry();
  return !(conditions.nx && has_expiry) && !(conditions.xx && !has_expiry) &&
         !(conditions.gt && (!has_expiry || expire_at_ms <= present_ms)) &&
         !(conditions.lt && has_expiry && expire_at_ms >= present_ms);
}

// Unix ms of the moment. Unlike with SET the past is allowed: it removes the key.
Result<int64_t> parse_moment(When when, const exec::Request& request, const store::Shard& shard) {
  const auto number = base::parse_int64(request.arg(2));
  if (!number) {
    return fail(exec::errors::not_integer);
  }
  int64_t at_ms = *number;
  if ((is_seconds(when) && __builtin_mul_overflow(at_ms, 1000, &at_ms)) ||
      (!is_absolute(when) && __builtin_add_overflow(at_ms, shard.now_ms(), &at_ms))) {
    return bad_expire_time(request);
  }
  return at_ms;
}

Status expire_at(When when, exec::Request& request, store::Shard& shard, resp::Reply& reply) {
  GYRE_TRY_LET(conditions, parse_conditions(request));
  GYRE_TRY_LET(at_ms, parse_moment(when, request, shard));
  store::Keyspace& db = shard.db(request.db);
  const Entry* entry = db.find_for_write(request.key);
  if (entry == nullptr || !are_met(conditions, *entry, at_ms)) {
    reply.integer(0);
    return {};
  }
  if (at_ms <= shard.now_ms()) {
    db.erase(request.key);
    shard.commit(db, request.key, Event::del);
  } else {
    db.set_expiry(request.key, at_ms);
    shard.commit(db, request.key, Event::expire);
  }
  reply.integer(1);
  return {};
}

Status expire(exec::Request& request, store::Shard& shard, resp::Reply& reply) {
  return expire_at(When::ex, request, shard, reply);
}

Status pexpire(exec::Request& request, store::Shard& shard, resp::Reply& reply) {
  return expire_at(When::px, request, shard, reply);
}

Status expireat(exec::Request& request, store::Shard& shard, resp::Reply& reply) {
  return expire_at(When::exat, request, shard, reply);
}

Status pexpireat(exec::Request& request, store::Shard& shard, resp::Reply& reply) {
  return expire_at(When::pxat, request, shard, reply);
}

constexpr exec::KeySpec kExpiringKey[] = {{.flags = "RW update"}};
constexpr exec::Change kHistory[] = {{"7.0.0", "`NX`, `XX`, `GT` and `LT`."}};

constexpr exec::Command kRows[] = {
    {.name = "EXPIRE",
     .since = "1.0.0",
     .group = exec::Group::generic,
     .complexity = "O(1)",
     .summary = "Lets a key expire after a number of seconds.",
     .syntax = "key seconds [NX|XX|GT|LT]",
     .history = kHistory,
     .flags = exec::kWrite | exec::kFast,
     .categories = "keyspace",
     .keys = kExpiringKey,
     .shape = exec::owner(expire)},
    {.name = "PEXPIRE",
     .since = "2.6.0",
     .group = exec::Group::generic,
     .complexity = "O(1)",
     .summary = "Lets a key expire after a number of milliseconds.",
     .syntax = "key milliseconds [NX|XX|GT|LT]",
     .history = kHistory,
     .flags = exec::kWrite | exec::kFast,
     .categories = "keyspace",
     .keys = kExpiringKey,
     .shape = exec::owner(pexpire)},
    {.name = "EXPIREAT",
     .since = "1.2.0",
     .group = exec::Group::generic,
     .complexity = "O(1)",
     .summary = "Lets a key expire at a Unix time in seconds.",
     .syntax = "key unix-time-seconds [NX|XX|GT|LT]",
     .history = kHistory,
     .flags = exec::kWrite | exec::kFast,
     .categories = "keyspace",
     .keys = kExpiringKey,
     .shape = exec::owner(expireat)},
    {.name = "PEXPIREAT",
     .since = "2.6.0",
     .group = exec::Group::generic,
     .complexity = "O(1)",
     .summary = "Lets a key expire at a Unix time in milliseconds.",
     .syntax = "key unix-time-milliseconds [NX|XX|GT|LT]",
     .history = kHistory,
     .flags = exec::kWrite | exec::kFast,
     .categories = "keyspace",
     .keys = kExpiringKey,
     .shape = exec::owner(pexpireat)},
};

}  // namespace

extern const exec::Rows generic_expire{kRows};

}  // namespace gyre::commands
