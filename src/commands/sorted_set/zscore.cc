// ZCARD, ZSCORE, ZMSCORE, ZRANK, ZREVRANK, ZCOUNT, ZLEXCOUNT.
#include "base/text.h"
#include "commands/collections.h"
#include "commands/sorted_set/ranges.h"

namespace gyre::commands {
namespace {

using data::SortedSet;
using exec::Request;

Status zcard(Request& request, store::Shard& shard, resp::Reply& reply) {
  GYRE_TRY_LET(set, find_value<SortedSet>(request, shard));
  reply.integer(set == nullptr ? 0 : static_cast<int64_t>(set->size()));
  return {};
}

void reply_score(resp::Reply& reply, const SortedSet* set, std::string_view name) {
  const SortedSet::Place place = set == nullptr ? SortedSet::Place() : set->find(name);
  place ? reply.number(place.score()) : reply.null();
}

Status zscore(Request& request, store::Shard& shard, resp::Reply& reply) {
  GYRE_TRY_LET(set, find_value<SortedSet>(request, shard));
  reply_score(reply, set, request.arg(2));
  return {};
}

Status zmscore(Request& request, store::Shard& shard, resp::Reply& reply) {
  GYRE_TRY_LET(set, find_value<SortedSet>(request, shard));
  reply.array(request.size() - 2);
  for (const std::string_view name : request.args(2)) {
    reply_score(reply, set, name);
  }
  return {};
}

Status reply_rank(Request& request, store::Shard& shard, resp::Reply& reply, bool is_reverse) {
  if (request.size() > 4) {
    const std::string_view name = request.command->full_name;
    return exec::format_error("ERR wrong number of arguments for '%.*s' command",
                              static_cast<int>(name.size()), name.data());
  }
  const bool has_score = request.size() == 4;
  if (has_score && !base::equals_ignore_case(request.arg(3), "WITHSCORE")) {
    return fail(exec::errors::syntax);
  }
  GYRE_TRY_LET(set, find_value<SortedSet>(request, shard));
  const SortedSet::Place place = set == nullptr ? SortedSet::Place() : set->find(request.arg(2));
  if (!place) {
    has_score ? reply.null_array() : reply.null();
    return {};
  }
  const size_t rank = set->rank(place);
  if (has_score) {
    reply.array(2);
  }
  reply.integer(static_cast<int64_t>(is_reverse ? set->size() - 1 - rank : rank));
  if (has_score) {
    reply.number(place.score());
  }
  return {};
}

Status zrank(Request& request, store::Shard& shard, resp::Reply& reply) {
  return reply_rank(request, shard, reply, false);
}

Status zrevrank(Request& request, store::Shard& shard, resp::Reply& reply) {
  return reply_rank(request, shard, reply, true);
}

Status count(Request& request, store::Shard& shard, resp::Reply& reply, RangeBy by) {
  GYRE_TRY_LET(range, parse_range(by, request.arg(2), request.arg(3)));
  GYRE_TRY_LET(set, find_value<SortedSet>(request, shard));
  reply.integer(set == nullptr ? 0 : static_cast<int64_t>(range.find(*set).count));
  return {};
}

Status zcount(Request& request, store::Shard& shard, resp::Reply& reply) {
  return count(request, shard, reply, RangeBy::score);
}

Status zlexcount(Request& request, store::Shard& shard, resp::Reply& reply) {
  return count(request, shard, reply, RangeBy::name);
}

constexpr uint32_t kFlags = exec::kReadonly | exec::kFast;
constexpr exec::KeySpec kMeasuredKey[] = {{.flags = "RO"}};
constexpr std::string_view kRankCost = "O(log(N)) where N is the size of the sorted set";
constexpr exec::Change kRankHistory[] = {{"7.2.0", "`WITHSCORE`."}};

constexpr exec::Command row(std::string_view name, std::string_view since,
                            std::string_view complexity, std::string_view summary,
                            std::string_view syntax, exec::Handler handler) {
  return {.name = name,
          .since = since,
          .group = exec::Group::sorted_set,
          .complexity = complexity,
          .summary = summary,
          .syntax = syntax,
          .flags = kFlags,
          .keys = exec::kReadKey,
          .shape = exec::owner(handler)};
}

constexpr exec::Command with_history(exec::Command row, std::span<const exec::Change> history) {
  row.history = history;
  return row;
}

constexpr exec::Command kRows[] = {
    {.name = "ZCARD",
     .since = "1.2.0",
     .group = exec::Group::sorted_set,
     .complexity = "O(1)",
     .summary = "Returns the number of members of a sorted set.",
     .syntax = "key",
     .flags = kFlags,
     .keys = kMeasuredKey,
     .shape = exec::owner(zcard)},
    row("ZSCORE", "1.2.0", "O(1)", "Returns the score of a member of a sorted set.", "key member",
        zscore),
    row("ZMSCORE", "6.2.0", "O(N) where N is the number of members asked for",
        "Returns the scores of several members of a sorted set.", "key member [member ...]",
        zmscore),
    with_history(row("ZRANK", "2.0.0", kRankCost,
                     "Returns how many members of a sorted set come before one.",
                     "key member [WITHSCORE]", zrank),
                 kRankHistory),
    with_history(row("ZREVRANK", "2.0.0", kRankCost,
                     "Returns how many members of a sorted set come after one.",
                     "key member [WITHSCORE]", zrevrank),
                 kRankHistory),
    row("ZCOUNT", "2.0.0", kRankCost, "Counts the members with scores within a range.",
        "key min:double max:double", zcount),
    row("ZLEXCOUNT", "2.8.9", kRankCost,
        "Counts the members with names within a range, where all scores are equal.", "key min max",
        zlexcount),
};

}  // namespace

extern const exec::Rows sorted_set_zscore{kRows};

}  // namespace gyre::commands
