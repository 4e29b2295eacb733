// ZREM, ZREMRANGEBYRANK, ZREMRANGEBYSCORE, ZREMRANGEBYLEX.
#include "commands/collections.h"
#include "commands/sorted_set/ranges.h"

namespace gyre::commands {
namespace {

using data::SortedSet;
using exec::Request;
using store::Event;

constexpr Event kRemoved{'z', "zrem"};
constexpr Event kLastRemoved{'z', "zrem", &Event::del};

Status zrem(Request& request, store::Shard& shard, resp::Reply& reply) {
  GYRE_TRY_LET(set, find_value_for_write<SortedSet>(request, shard));
  int64_t removed = 0;
  for (size_t i = 2; i < request.size() && set != nullptr; ++i) {
    if (const SortedSet::Place place = set->find(request.arg(i))) {
      set->erase(place);
      ++removed;
    }
  }
  if (removed > 0) {
    commit_removal(shard, shard.db(request.db), request.key, *set, kRemoved, kLastRemoved);
  }
  reply.integer(removed);
  return {};
}

Status remove_range(Request& request, store::Shard& shard, resp::Reply& reply, RangeBy by,
                    const Event& event, const Event& last) {
  GYRE_TRY_LET(range, parse_range(by, request.arg(2), request.arg(3)));
  GYRE_TRY_LET(set, find_value_for_write<SortedSet>(request, shard));
  const RankSpan span = set == nullptr ? RankSpan{} : range.find(*set);
  reply.integer(static_cast<int64_t>(span.count));
  if (span.count == 0) {
    return {};
  }
  store::Keyspace& db = shard.db(request.db);
  if (span.count == set->size()) {
    db.erase(request.key);  // a large one slice by slice
    shard.commit(db, request.key, last);
    return {};
  }
  set->erase_range(span.first, span.count);
  shard.commit(db, request.key, event);
  return {};
}

constexpr Event kByRank{'z', "zremrangebyrank"};
constexpr Event kLastByRank{'z', "zremrangebyrank", &Event::del};
constexpr Event kByScore{'z', "zremrangebyscore"};
constexpr Event kLastByScore{'z', "zremrangebyscore", &Event::del};
constexpr Event kByName{'z', "zremrangebylex"};
constexpr Event kLastByName{'z', "zremrangebylex", &Event::del};

Status zremrangebyrank(Request& request, store::Shard& shard, resp::Reply& reply) {
  return remove_range(request, shard, reply, RangeBy::rank, kByRank, kLastByRank);
}

Status zremrangebyscore(Request& request, store::Shard& shard, resp::Reply& reply) {
  return remove_range(request, shard, reply, RangeBy::score, kByScore, kLastByScore);
}

Status zremrangebylex(Request& request, store::Shard& shard, resp::Reply& reply) {
  return remove_range(request, shard, reply, RangeBy::name, kByName, kLastByName);
}

constexpr exec::KeySpec kDeletedKey[] = {{.flags = "RW delete"}};
constexpr exec::Change kManyMembers[] = {{"2.4.0", "More than one `member`."}};

constexpr exec::Command ranged(std::string_view name, std::string_view since,
                               std::string_view summary, std::string_view syntax,
                               exec::Handler handler) {
  return {.name = name,
          .since = since,
          .group = exec::Group::sorted_set,
          .complexity =
              "O(log(N)+M) where N is the size of the sorted set and M the number of "
              "members removed",
          .summary = summary,
          .syntax = syntax,
          .flags = exec::kWrite,
          .keys = kDeletedKey,
          .shape = exec::owner(handler),
          .repeat = exec::Repeat::same};
}

constexpr exec::Command kRows[] = {
    {.name = "ZREM",
     .since = "1.2.0",
     .group = exec::Group::sorted_set,
     .complexity = "O(M*log(N)) where N is the size of the sorted set and M the number of members "
                   "given",
     .summary = "Removes members from a sorted set; the key goes with the last one.",
     .syntax = "key member [member ...]",
     .history = kManyMembers,
     .flags = exec::kWrite | exec::kFast,
     .keys = kDeletedKey,
     .shape = exec::owner(zrem),
     .repeat = exec::Repeat::same},
    ranged("ZREMRANGEBYRANK", "2.0.0", "Removes the members with ranks within a range.",
           "key start stop", zremrangebyrank),
    ranged("ZREMRANGEBYSCORE", "1.2.0", "Removes the members with scores within a range.",
           "key min:double max:double", zremrangebyscore),
    ranged("ZREMRANGEBYLEX", "2.8.9",
           "Removes the members with names within a range, where all scores are equal.",
           "key min max", zremrangebylex),
};

}  // namespace

extern const exec::Rows sorted_set_zrem{kRows};

}  // namespace gyre::commands
