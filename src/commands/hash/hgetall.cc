// HGETALL, HKEYS, HVALS, HSCAN: reading whole hashes.
#include <vector>

#include "commands/hash/hashes.h"
#include "commands/scan_options.h"

namespace gyre::commands {
namespace {

using data::Element;
using data::Hash;

Status hgetall(exec::Request& request, store::Shard& shard, resp::Reply& reply) {
  GYRE_TRY_LET(hash, find_hash(request, shard));
  if (hash == nullptr) {
    reply.map(0);
    return {};
  }
  const int64_t now_ms = shard.now_ms();
  reply.map(hash->count_live(now_ms));
  return reply_in_steps(request, shard, reply, *hash, HashWalk{.now_ms = now_ms});
}

enum class Half : uint8_t { names, values };

Status reply_half(Half half, exec::Request& request, store::Shard& shard, resp::Reply& reply) {
  GYRE_TRY_LET(hash, find_hash(request, shard));
  if (hash == nullptr) {
    reply.array(0);
    return {};
  }
  const HashWalk walk{.now_ms = shard.now_ms(),
                      .has_names = half == Half::names,
                      .has_values = half == Half::values};
  reply.array(hash->count_live(walk.now_ms));
  return reply_in_steps(request, shard, reply, *hash, walk);
}

Status hkeys(exec::Request& request, store::Shard& shard, resp::Reply& reply) {
  return reply_half(Half::names, request, shard, reply);
}

Status hvals(exec::Request& request, store::Shard& shard, resp::Reply& reply) {
  return reply_half(Half::values, request, shard, reply);
}

Status hscan(exec::Request& request, store::Shard& shard, resp::Reply& reply) {
  GYRE_TRY_LET(place, parse_scan_cursor(request.arg(2)));
  GYRE_TRY_LET(hash, find_hash(request, shard));
  if (hash == nullptr) {
    reply_scan_nothing(reply);  // whatever the options are
    return {};
  }
  GYRE_TRY_LET(options, parse_scan_options(request, true));
  std::vector<Element> found;
  place = hash->scan(place, options.count, shard.now_ms(),
                     [&](const Element& name, const Element& value) {
                       if (options.matches(name)) {
                         found.push_back(name);
                         if (!options.has_no_values) {
                           found.push_back(value);
                         }
                       }
                     });
  reply_scan_cursor(reply, place);
  reply.array(found.size());
  for (const Element& element : found) {
    reply_element(reply, element);
  }
  return {};
}

constexpr exec::Command reading(std::string_view name, std::string_view summary,
                                exec::Handler handler) {
  return {.name = name,
          .since = "2.0.0",
          .group = exec::Group::hash,
          .complexity = "O(N) where N is the number of fields",
          .summary = summary,
          .syntax = "key",
          .flags = exec::kReadonly,
          .keys = exec::kReadKey,
          .shape = exec::owner(handler),
          .tips = "nondeterministic_output_order"};
}

constexpr exec::Change kScanHistory[] = {{"7.4.0", "`NOVALUES`."}};

constexpr exec::Command kRows[] = {
    reading("HGETALL", "Returns all fields of a hash with their values.", hgetall),
    reading("HKEYS", "Returns the names of all fields of a hash.", hkeys),
    reading("HVALS", "Returns the values of all fields of a hash.", hvals),
    {.name = "HSCAN",
     .since = "2.8.0",
     .group = exec::Group::hash,
     .complexity = "O(1) for every call, O(N) for a walk over all N fields",
     .summary = "Walks over the fields of a hash in steps.",
     .syntax = "key cursor [MATCH pattern] [COUNT count] [NOVALUES]",
     .history = kScanHistory,
     .flags = exec::kReadonly,
     .keys = exec::kReadKey,
     .shape = exec::owner(hscan),
     .tips = "nondeterministic_output"},
};

}  // namespace

extern const exec::Rows hash_hgetall{kRows};

}  // namespace gyre::commands
