// ZRANGESTORE.
#include <utility>

#include "commands/collections.h"
#include "commands/sorted_set/zrange.h"

namespace gyre::commands {
namespace {

using data::SortedSet;
using exec::Carry;
using exec::Request;
using store::Event;

constexpr uint32_t kTo = 1;  // positions of the keys
constexpr uint32_t kFrom = 2;
constexpr Event kStored{'z', "zrangestore"};
constexpr RangeForm kForm{.has_by = true, .has_reverse = true};

// Leaves what is to be stored, an empty set included.
Status read_range(Request& request, store::Shard& shard, Carry& carry) {
  GYRE_TRY_LET(query, parse_range_query(request, kFrom, kForm));
  for (const exec::KeyRef& ref : request.keys) {
    if (ref.position != kFrom) {
      continue;
    }
    store::Entry* entry = shard.db(request.db).find(request.key_at(ref), !request.no_touch());
    GYRE_TRY_LET(set, value_in<SortedSet>(entry));
    SortedSet found;
    if (set != nullptr) {
      const data::Limits& limits = shard.options().limits;
      const RankSpan span = query.find(*set);
      if (query.range.by == RangeBy::rank && span.count > 0) {
        found.reserve(span.count, 0, limits);  // as Redis does, for otherwise a score of -0 is lost
      }
      // Upwards in any case: it is the same set.
      visit_span(*set, span, false,
                 [&](std::string_view name, double score) { found.append(name, score, limits); });
    }
    carry.at(kFrom).entry =
        store::make_value(request.arg(kTo), std::move(found), store::Entry::kNever);
  }
  return {};
}

Status store_range(Request& request, store::Shard& shard, Carry& carry, resp::Reply& reply) {
  const exec::KeyRef& ref = request.keys[0];
  if (ref.position != kTo) {
    return {};
  }
  store::Keyspace& db = shard.db(request.db);
  const store::Key key = request.key_at(ref);
  const size_t size = carry.at(kFrom).entry->value<SortedSet>().size();
  if (size > 0) {
    db.put(key, carry.take(kFrom));
    shard.commit(db, key, kStored);
  } else if (db.erase(key)) {
    shard.commit(db, key, Event::del);
  }
  reply.integer(static_cast<int64_t>(size));
  return {};
}

constexpr exec::KeySpec kKeys[] = {
    {.flags = "OW update"},
    {.flags = "RO access", .index = 2},
};

constexpr exec::Command kRows[] = {
    {.name = "ZRANGESTORE",
     .since = "6.2.0",
     .group = exec::Group::sorted_set,
     .complexity = "O(log(N)+M) where N is the size of the sorted set and M the number of members "
                   "stored",
     .summary = "Stores the members within a range of ranks, scores or names under another key.",
     .syntax = "dst:key src:key min max [BYSCORE|BYLEX] [REV] [LIMIT offset count]",
     .flags = exec::kWrite | exec::kDenyoom,
     .keys = kKeys,
     .shape = exec::gather(read_range, store_range)},
};

}  // namespace

extern const exec::Rows sorted_set_zrangestore{kRows};

}  // namespace gyre::commands
