// HRANDFIELD.
#include <algorithm>
#include <limits>

#include "base/number.h"
#include "base/text.h"
#include "commands/hash/hashes.h"

namespace gyre::commands {
namespace {

using data::Element;
using data::Hash;

constexpr int64_t kMax = std::numeric_limits<int64_t>::max();

struct Draw {
  int64_t count = 0;  // negative: a field may come more than once
  bool has_values = false;
};

Result<Draw> parse_draw(const exec::Request& request) {
  Draw draw;
  const auto number = base::parse_int64(request.arg(2));
  if (!number) {
    return fail(exec::errors::not_integer);
  }
  if (*number < -kMax) {
    return exec::format_error("ERR value is out of range, value must between %ld and %ld", -kMax,
                              kMax);
  }
  if (request.size() > 4 ||
      (request.size() == 4 && !base::equals_ignore_case(request.arg(3), "WITHVALUES"))) {
    return fail(exec::errors::syntax);
  }
  draw.count = *number;
  draw.has_values = request.size() == 4;
  if (draw.count < -kDrawMax || (draw.has_values && draw.count > kMax / 2)) {
    return fail("ERR value is out of range");
  }
  return draw;
}

// Fields by chance, any number of times.
struct DrawWalk {
  using Value = Hash;
  static constexpr size_t kPart = kPartByChance;
  HashWalk shown;
  size_t left;
  base::Random& random;

  bool step(const Hash& hash, size_t count, resp::Reply& reply) {
    count = std::min(count, left);
    left -= count;
    hash.draw(count, shown.now_ms, random,
              [&](const Element& name, const Element& value) { shown.show(name, value, reply); });
    return left > 0;
  }
};

Status hrandfield_many(exec::Request& request, store::Shard& shard, resp::Reply& reply) {
  GYRE_TRY_LET(draw, parse_draw(request));
  GYRE_TRY_LET(hash, find_hash(request, shard));
  const int64_t now_ms = shard.now_ms();
  const size_t live = hash == nullptr ? 0 : hash->count_live(now_ms);
  size_t count = 0;
  if (live > 0) {
    count = draw.count < 0 ? static_cast<size_t>(-draw.count)
                           : std::min(static_cast<size_t>(draw.count), live);
  }
  // RESP3 has a pair for each field, RESP2 one behind the other.
  const bool has_pairs = draw.has_values && reply.is_resp3();
  reply.array(draw.has_values && !has_pairs ? count * 2 : count);
  if (count == 0) {
    return {};
  }
  const HashWalk walk{.now_ms = now_ms, .has_values = draw.has_values, .has_pairs = has_pairs};
  if (draw.count < 0) {
    return reply_in_steps(request, shard, reply, *hash, DrawWalk{walk, count, shard.random()});
  }
  if (count == live) {
    return reply_in_steps(request, shard, reply, *hash, walk);
  }
  hash->sample(count, now_ms, shard.random(),
               [&](const Element& name, const Element& value) { walk.show(name, value, reply); });
  return {};
}

Status hrandfield(exec::Request& request, store::Shard& shard, resp::Reply& reply) {
  if (request.size() > 2) {
    return hrandfield_many(request, shard, reply);
  }
  GYRE_TRY_LET(hash, find_hash(request, shard));
  if (hash == nullptr || hash->count_live(shard.now_ms()) == 0) {
    reply.null();
    return {};
  }
  hash->draw(1, shard.now_ms(), shard.random(),
             [&](const Element& name, const Element&) { reply_element(reply, name); });
  return {};
}

constexpr exec::Command kRows[] = {
    {.name = "HRANDFIELD",
     .since = "6.2.0",
     .group = exec::Group::hash,
     .complexity = "O(N) where N is the number of fields asked for",
     .summary = "Returns fields of a hash by chance.",
     .syntax = "key [count [WITHVALUES]]",
     .flags = exec::kReadonly,
     .keys = exec::kReadKey,
     .shape = exec::owner(hrandfield),
     .tips = "nondeterministic_output"},
};

}  // namespace

extern const exec::Rows hash_hrandfield{kRows};

}  // namespace gyre::commands
