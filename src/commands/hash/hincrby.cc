// HINCRBY, HINCRBYFLOAT.
#include <cmath>

#include "base/number.h"
#include "commands/hash/hashes.h"

namespace gyre::commands {
namespace {

using data::Digits;
using data::Hash;

constexpr store::Event kIncremented{'h', "hincrby"};
constexpr store::Event kIncrementedFloat{'h', "hincrbyfloat"};

// Stores the new value of a field, which keeps its expiry.
void store_value(exec::Request& request, store::Shard& shard, Hash* hash, std::string_view value,
                 const store::Event& event) {
  if (hash == nullptr) {
    hash = &make_value<Hash>(shard.db(request.db), request.key);
  }
  HashChange change(request, shard, *hash);
  hash->set(request.arg(2), value, shard.now_ms(), shard.options().limits, true);
  change.commit(event);
}

Status hincrby(exec::Request& request, store::Shard& shard, resp::Reply& reply) {
  const auto delta = base::parse_int64(request.arg(3));
  if (!delta) {
    return fail(exec::errors::not_integer);
  }
  GYRE_TRY_LET(hash, find_hash_for_write(request, shard));
  int64_t value = 0;
  if (const auto found =
          hash != nullptr ? hash->find(request.arg(2), shard.now_ms()) : std::nullopt) {
    Digits digits;
    const auto number = base::parse_int64(found->value.text(digits));
    if (!number) {
      return fail("ERR hash value is not an integer");
    }
    value = *number;
  }
  if (__builtin_add_overflow(value, *delta, &value)) {
    return fail(exec::errors::overflow);
  }
  char text[base::kIntCharsMax];
  store_value(request, shard, hash, {text, base::format_int64(text, value)}, kIncremented);
  reply.integer(value);
  return {};
}

Status hincrbyfloat(exec::Request& request, store::Shard& shard, resp::Reply& reply) {
  const auto delta = base::parse_long_double(request.arg(3));
  if (!delta) {
    return fail(exec::errors::not_float);
  }
  if (!std::isfinite(*delta)) {
    return fail("ERR value is NaN or Infinity");
  }
  GYRE_TRY_LET(hash, find_hash_for_write(request, shard));
  long double value = 0;
  if (const auto found =
          hash != nullptr ? hash->find(request.arg(2), shard.now_ms()) : std::nullopt) {
    Digits digits;
    const auto number = base::parse_long_double(found->value.text(digits));
    if (!number) {
      return fail("ERR hash value is not a float");
    }
    value = *number;
  }
  value += *delta;
  if (!std::isfinite(value)) {
    return fail("ERR increment would produce NaN or Infinity");
  }
  char text[base::kLongDoubleCharsMax];
  const std::string_view shown{text, base::format_long_double_human(text, value)};
  store_value(request, shard, hash, shown, kIncrementedFloat);
  reply.bulk(shown);
  return {};
}

constexpr uint32_t kFlags = exec::kWrite | exec::kDenyoom | exec::kFast;

constexpr exec::Command kRows[] = {
    {.name = "HINCRBY",
     .since = "2.0.0",
     .group = exec::Group::hash,
     .complexity = "O(1)",
     .summary = "Adds to the integer in a field of a hash; a missing one counts as zero.",
     .syntax = "key field increment",
     .flags = kFlags,
     .keys = exec::kUpdateKey,
     .shape = exec::owner(hincrby),
     .repeat = exec::Repeat::same},
    {.name = "HINCRBYFLOAT",
     .since = "2.6.0",
     .group = exec::Group::hash,
     .complexity = "O(1)",
     .summary = "Adds to the floating point number in a field of a hash.",
     .syntax = "key field increment",
     .flags = kFlags,
     .keys = exec::kUpdateKey,
     .shape = exec::owner(hincrbyfloat),
     .repeat = exec::Repeat::same},
};

}  // namespace

extern const exec::Rows hash_hincrby{kRows};

}  // namespace gyre::commands
