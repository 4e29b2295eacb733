// SMEMBERS, SISMEMBER, SMISMEMBER, SSCAN: reading one set.
#include <vector>

#include "commands/scan_options.h"
#include "commands/set/set_walk.h"

namespace gyre::commands {
namespace {

using data::Element;
using data::Set;

Status smembers(exec::Request& request, store::Shard& shard, resp::Reply& reply) {
  GYRE_TRY_LET(set, find_value<Set>(request, shard));
  if (set == nullptr) {
    reply.set(0);
    return {};
  }
  reply.set(set->size());
  return reply_in_steps(request, shard, reply, *set, SetWalk{});
}

Status sismember(exec::Request& request, store::Shard& shard, resp::Reply& reply) {
  GYRE_TRY_LET(set, find_value<Set>(request, shard));
  reply.integer(set != nullptr && set->contains(Element::of(request.arg(2))) ? 1 : 0);
  return {};
}

Status smismember(exec::Request& request, store::Shard& shard, resp::Reply& reply) {
  GYRE_TRY_LET(set, find_value<Set>(request, shard));
  reply.array(request.size() - 2);
  for (const std::string_view member : request.args(2)) {
    reply.integer(set != nullptr && set->contains(Element::of(member)) ? 1 : 0);
  }
  return {};
}

Status sscan(exec::Request& request, store::Shard& shard, resp::Reply& reply) {
  GYRE_TRY_LET(place, parse_scan_cursor(request.arg(2)));
  GYRE_TRY_LET(set, find_value<Set>(request, shard));
  if (set == nullptr) {
    reply_scan_nothing(reply);  // whatever the options are
    return {};
  }
  GYRE_TRY_LET(options, parse_scan_options(request));
  std::vector<Element> found;
  place = set->scan(place, options.count, [&](const Element& element) {
    if (options.matches(element)) {
      found.push_back(element);
    }
  });
  reply_scan_cursor(reply, place);
  reply.array(found.size());
  for (const Element& element : found) {
    reply_element(reply, element);
  }
  return {};
}

constexpr exec::KeySpec kSearchedKey[] = {{.flags = "RO"}};

constexpr exec::Command kRows[] = {
    {.name = "SMEMBERS",
     .since = "1.0.0",
     .group = exec::Group::set,
     .complexity = "O(N) where N is the number of members",
     .summary = "Returns all members of a set.",
     .syntax = "key",
     .flags = exec::kReadonly,
     .keys = exec::kReadKey,
     .shape = exec::owner(smembers),
     .tips = "nondeterministic_output_order"},
    {.name = "SISMEMBER",
     .since = "1.0.0",
     .group = exec::Group::set,
     .complexity = "O(1)",
     .summary = "Tells whether a set has a member.",
     .syntax = "key member",
     .flags = exec::kReadonly | exec::kFast,
     .keys = kSearchedKey,
     .shape = exec::owner(sismember)},
    {.name = "SMISMEMBER",
     .since = "6.2.0",
     .group = exec::Group::set,
     .complexity = "O(N) where N is the number of members asked for",
     .summary = "Tells of several members whether a set has them.",
     .syntax = "key member [member ...]",
     .flags = exec::kReadonly | exec::kFast,
     .keys = exec::kReadKey,
     .shape = exec::owner(smismember)},
    {.name = "SSCAN",
     .since = "2.8.0",
     .group = exec::Group::set,
     .complexity = "O(1) for every call, O(N) for a walk over all N members",
     .summary = "Walks over the members of a set in steps.",
     .syntax = "key cursor [MATCH pattern] [COUNT count]",
     .flags = exec::kReadonly,
     .keys = exec::kReadKey,
     .shape = exec::owner(sscan),
     .tips = "nondeterministic_output"},
};

}  // namespace

extern const exec::Rows set_smembers{kRows};

}  // namespace gyre::commands
