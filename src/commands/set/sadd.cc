// SADD, SREM, SCARD.
#include "commands/collections.h"

namespace gyre::commands {
namespace {

using data::Element;
using data::Set;
using store::Event;

constexpr Event kAdded{'s', "sadd"};
constexpr Event kRemoved{'s', "srem"};
constexpr Event kLastRemoved{'s', "srem", &Event::del};

Status sadd(exec::Request& request, store::Shard& shard, resp::Reply& reply) {
  GYRE_TRY_LET(set, find_or_make_value<Set>(request, shard));
  const data::Limits& limits = shard.options().limits;
  set->reserve(request.size() - 2, Element::of(request.arg(2)), limits);
  int64_t added = 0;
  for (const std::string_view member : request.args(2)) {
    added += set->add(Element::of(member), limits) ? 1 : 0;
  }
  if (added > 0) {
    shard.commit(shard.db(request.db), request.key, kAdded);
  }
  reply.integer(added);
  return {};
}

Status srem(exec::Request& request, store::Shard& shard, resp::Reply& reply) {
  GYRE_TRY_LET(set, find_value_for_write<Set>(request, shard));
  int64_t removed = 0;
  for (size_t i = 2; i < request.size() && set != nullptr; ++i) {
    removed += set->remove(Element::of(request.arg(i))) ? 1 : 0;
  }
  if (removed > 0) {
    commit_removal(shard, shard.db(request.db), request.key, *set, kRemoved, kLastRemoved);
  }
  reply.integer(removed);
  return {};
}

Status scard(exec::Request& request, store::Shard& shard, resp::Reply& reply) {
  GYRE_TRY_LET(set, find_value<Set>(request, shard));
  reply.integer(set == nullptr ? 0 : static_cast<int64_t>(set->size()));
  return {};
}

constexpr exec::KeySpec kInsertedKey[] = {{.flags = "RW insert"}};
constexpr exec::KeySpec kDeletedKey[] = {{.flags = "RW delete"}};
constexpr exec::KeySpec kMeasuredKey[] = {{.flags = "RO"}};
constexpr exec::Change kManyMembers[] = {{"2.4.0", "More than one `member`."}};

constexpr exec::Command kRows[] = {
    {.name = "SADD",
     .since = "1.0.0",
     .group = exec::Group::set,
     .complexity = "O(N) where N is the number of members given",
     .summary = "Adds members to a set; creates a missing key.",
     .syntax = "key member [member ...]",
     .history = kManyMembers,
     .flags = exec::kWrite | exec::kDenyoom | exec::kFast,
     .keys = kInsertedKey,
     .shape = exec::owner(sadd),
     .repeat = exec::Repeat::same},
    {.name = "SREM",
     .since = "1.0.0",
     .group = exec::Group::set,
     .complexity = "O(N) where N is the number of members given",
     .summary = "Removes members from a set; the key goes with the last one.",
     .syntax = "key member [member ...]",
     .history = kManyMembers,
     .flags = exec::kWrite | exec::kFast,
     .keys = kDeletedKey,
     .shape = exec::owner(srem),
     .repeat = exec::Repeat::same},
    {.name = "SCARD",
     .since = "1.0.0",
     .group = exec::Group::set,
     .complexity = "O(1)",
     .summary = "Returns the number of members of a set.",
     .syntax = "key",
     .flags = exec::kReadonly | exec::kFast,
     .keys = kMeasuredKey,
     .shape = exec::owner(scard)},
};

}  // namespace

extern const exec::Rows set_sadd{kRows};

}  // namespace gyre::commands
