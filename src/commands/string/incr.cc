// INCR, DECR, INCRBY, DECRBY, INCRBYFLOAT.
#include <cmath>
#include <limits>

#include "base/number.h"
#include "commands/string/strings.h"

namespace gyre::commands {
namespace {

using store::Entry;
using store::Event;

Status add(exec::Request& request, store::Shard& shard, resp::Reply& reply, int64_t delta) {
  store::Keyspace& db = shard.db(request.db);
  Entry* entry = db.find_for_write(request.key);
  const bool is_integer = entry != nullptr && entry->form() == store::Form::integer;
  int64_t value = 0;
  if (is_integer) [[likely]] {
    value = entry->integer();
  } else if (entry != nullptr) {
    if (entry->type() != store::Type::string) {
      return fail(exec::errors::wrong_type);
    }
    Scratch scratch;
    const auto number = base::parse_int64(string_bytes(*entry, scratch));
    if (!number) {
      return fail(exec::errors::not_integer);
    }
    value = *number;
  }
  if (__builtin_add_overflow(value, delta, &value)) [[unlikely]] {
    return fail(exec::errors::overflow);
  }
  if (is_integer) [[likely]] {
    entry->set_integer(value);
  } else {
    const int64_t expire_at_ms = entry != nullptr ? entry->expire_at_ms() : Entry::kNever;
    db.put(request.key, Entry::make_integer(request.key.name, value, expire_at_ms));
  }
  shard.commit(db, request.key, Event::incrby);
  reply.integer(value);
  return {};
}

Status incr(exec::Request& request, store::Shard& shard, resp::Reply& reply) {
  return add(request, shard, reply, 1);
}

Status decr(exec::Request& request, store::Shard& shard, resp::Reply& reply) {
  return add(request, shard, reply, -1);
}

Status incrby(exec::Request& request, store::Shard& shard, resp::Reply& reply) {
  const auto delta = base::parse_int64(request.arg(2));
  if (!delta) {
    return fail(exec::errors::not_integer);
  }
  return add(request, shard, reply, *delta);
}

Status decrby(exec::Request& request, store::Shard& shard, resp::Reply& reply) {
  const auto delta = base::parse_int64(request.arg(2));
  if (!delta) {
    return fail(exec::errors::not_integer);
  }
  if (*delta == std::numeric_limits<int64_t>::min()) {
    return fail("ERR decrement would overflow");
  }
  return add(request, shard, reply, -*delta);
}

Status incrbyfloat(exec::Request& request, store::Shard& shard, resp::Reply& reply) {
  GYRE_TRY_LET(entry, find_string_for_write(request, shard));
  long double value = 0;
  int64_t expire_at_ms = Entry::kNever;
  if (entry != nullptr) {
    Scratch scratch;
    const auto number = base::parse_long_double(string_bytes(*entry, scratch));
    if (!number) {
      return fail(exec::errors::not_float);
    }
    value = *number;
    expire_at_ms = entry->expire_at_ms();
  }
  const auto delta = base::parse_long_double(request.arg(2));
  if (!delta) {
    return fail(exec::errors::not_float);
  }
  value += *delta;
  if (!std::isfinite(value)) {
    return fail("ERR increment would produce NaN or Infinity");
  }
  char text[base::kLongDoubleCharsMax];
  const std::string_view shown{text, base::format_long_double_human(text, value)};
  store::Keyspace& db = shard.db(request.db);
  store_text(db, request.key, shown, expire_at_ms);
  shard.commit(db, request.key, Event::incrbyfloat);
  reply.bulk(shown);
  return {};
}

constexpr uint32_t kFlags = exec::kWrite | exec::kDenyoom | exec::kFast;

constexpr exec::Command kRows[] = {
    {.name = "INCR",
     .since = "1.0.0",
     .group = exec::Group::string,
     .complexity = "O(1)",
     .summary = "Adds one to the integer at a key; a missing key counts as zero.",
     .syntax = "key",
     .flags = kFlags,
     .keys = exec::kUpdateKey,
     .shape = exec::owner(incr),
     .repeat = exec::Repeat::same},
    {.name = "DECR",
     .since = "1.0.0",
     .group = exec::Group::string,
     .complexity = "O(1)",
     .summary = "Takes one from the integer at a key; a missing key counts as zero.",
     .syntax = "key",
     .flags = kFlags,
     .keys = exec::kUpdateKey,
     .shape = exec::owner(decr),
     .repeat = exec::Repeat::same},
    {.name = "INCRBY",
     .since = "1.0.0",
     .group = exec::Group::string,
     .complexity = "O(1)",
     .summary = "Adds a number to the integer at a key; a missing key counts as zero.",
     .syntax = "key increment",
     .flags = kFlags,
     .keys = exec::kUpdateKey,
     .shape = exec::owner(incrby),
     .repeat = exec::Repeat::same},
    {.name = "DECRBY",
     .since = "1.0.0",
     .group = exec::Group::string,
     .complexity = "O(1)",
     .summary = "Takes a number from the integer at a key; a missing key counts as zero.",
     .syntax = "key decrement",
     .flags = kFlags,
     .keys = exec::kUpdateKey,
     .shape = exec::owner(decrby),
     .repeat = exec::Repeat::same},
    {.name = "INCRBYFLOAT",
     .since = "2.6.0",
     .group = exec::Group::string,
     .complexity = "O(1)",
     .summary = "Adds to the floating point number at a key; a missing key counts as zero.",
     .syntax = "key increment:double",
     .flags = kFlags,
     .keys = exec::kUpdateKey,
     .shape = exec::owner(incrbyfloat)},
};

}  // namespace

extern const exec::Rows string_incr{kRows};

}  // namespace gyre::commands
