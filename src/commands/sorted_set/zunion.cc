// ZUNION, ZINTER, ZDIFF, their STORE forms, ZINTERCARD.
#include <utility>

#include "base/number.h"
#include "base/text.h"
#include "commands/sorted_set/operands.h"
#include "commands/sorted_set/ranges.h"

namespace gyre::commands {
namespace {

using data::Aggregate;
using data::ScoredOperation;
using data::ScoredSource;
using data::SortedSet;
using exec::Carry;
using exec::Request;
using store::Event;
using store::Shard;

struct CombineOptions {
  Aggregate aggregate = Aggregate::sum;
  bool has_scores = false;
};

Result<Aggregate> parse_aggregate(std::string_view text) {
  if (base::equals_ignore_case(text, "SUM")) {
    return Aggregate::sum;
  }
  if (base::equals_ignore_case(text, "MIN")) {
    return Aggregate::min;
  }
  if (base::equals_ignore_case(text, "MAX")) {
    return Aggregate::max;
  }
  return fail(exec::errors::syntax);
}

Status parse_weights(const Request& request, size_t first, std::vector<ScoredSource>& sources) {
  for (size_t i = 0; i < sources.size(); ++i) {
    const auto weight = base::parse_double(request.arg(first + i));
    if (!weight) {
      return fail("ERR weight value is not a float");
    }
    sources[i].weight = *weight;
  }
  return {};
}

// Reads the options from argument `at` on; weights go to the sources.
Result<CombineOptions> parse_combine(const Request& request, size_t at, ScoredOperation operation,
                                     bool is_stored, std::vector<ScoredSource>& sources) {
  CombineOptions options;
  const bool has_weights = operation != ScoredOperation::difference;
  while (at < request.size()) {
    const std::string_view option = request.arg(at++);
    const size_t left = request.size() - at;
    if (has_weights && left >= sources.size() && base::equals_ignore_case(option, "WEIGHTS")) {
      GYRE_TRY(parse_weights(request, at, sources));
      at += sources.size();
    } else if (has_weights && left >= 1 && base::equals_ignore_case(option, "AGGREGATE")) {
      GYRE_TRY_LET(aggregate, parse_aggregate(request.arg(at++)));
      options.aggregate = aggregate;
    } else if (!is_stored && base::equals_ignore_case(option, "WITHSCORES")) {
      options.has_scores = true;
    } else {
      return fail(exec::errors::syntax);
    }
  }
  return options;
}

constexpr size_t kCount = 1;       // argument of the number of keys
constexpr size_t kStoreCount = 2;  // behind a destination
constexpr uint32_t kDestination = 1;

template <size_t kCountAt>
Status read(Request& request, Shard& shard, Carry& carry) {
  return read_sources(request, shard, carry, kCountAt);
}

template <ScoredOperation kOperation>
Status answer(Request& request, Shard& shard, Carry& carry, resp::Reply& reply) {
  if (!owns_key(request, kCount + 1)) {
    return {};
  }
  GYRE_TRY_LET(count, parse_source_count(request, kCount));
  std::vector<ScoredSource> sources = gathered_sources(carry, kCount, count);
  GYRE_TRY_LET(options, parse_combine(request, kCount + 1 + count, kOperation, false, sources));
  // It is only there to be read in order, so it need not be small.
  constexpr data::Limits kLimits{.sorted_set_pack_entries = 0};
  SortedSet result = data::combine(kOperation, sources, options.aggregate, kLimits);
  reply_members(reply, result.size(), options.has_scores);
  result.for_each([&](std::string_view name, double score) {
    reply_member(reply, name, score, options.has_scores);
  });
  shard.discard(store::make_value("", std::move(result), store::Entry::kNever));
  return {};
}

template <ScoredOperation kOperation, const Event& kEvent>
Status store_result(Request& request, Shard& shard, Carry& carry, resp::Reply& reply) {
  if (!owns_key(request, kDestination)) {
    return {};
  }
  GYRE_TRY_LET(count, parse_source_count(request, kStoreCount));
  std::vector<ScoredSource> sources = gathered_sources(carry, kStoreCount, count);
  GYRE_TRY_LET(options, parse_combine(request, kStoreCount + 1 + count, kOperation, true, sources));
  SortedSet result = data::combine(kOperation, sources, options.aggregate, shard.options().limits);
  const size_t size = result.size();
  store::Keyspace& db = shard.db(request.db);
  const store::Key key{request.arg(kDestination), carry.at(kDestination).hash};
  if (size > 0) {
    db.put(key, store::make_value(key.name, std::move(result), store::Entry::kNever));
    shard.commit(db, key, kEvent);
  } else if (db.erase(key)) {
    shard.commit(db, key, Event::del);
  }
  reply.integer(static_cast<int64_t>(size));
  return {};
}

Status zintercard(Request& request, Shard& shard, Carry& carry, resp::Reply& reply) {
  if (!owns_key(request, kCount + 1)) {
    return {};
  }
  GYRE_TRY_LET(count, parse_source_count(request, kCount));
  int64_t limit = 0;
  for (size_t at = kCount + 1 + count; at < request.size(); at += 2) {
    if (!base::equals_ignore_case(request.arg(at), "LIMIT") || at + 1 == request.size()) {
      return fail(exec::errors::syntax);
    }
    const auto number = base::parse_int64(request.arg(at + 1));
    if (!number || *number < 0) {
      return fail("ERR LIMIT can't be negative");
    }
    limit = *number;
  }
  reply.integer(static_cast<int64_t>(
      data::count_common(gathered_sources(carry, kCount, count), static_cast<size_t>(limit))));
  return {};
}

constexpr Event kUnionStored{'z', "zunionstore"};
constexpr Event kInterStored{'z', "zinterstore"};
constexpr Event kDiffStored{'z', "zdiffstore"};

constexpr exec::KeySpec kSources[] = {
    {.flags = "RO access", .find = exec::KeySpec::Find::keynum},
};
constexpr exec::KeySpec kStoreKeys[] = {
    {.flags = "OW update"},
    {.flags = "RO access", .index = 2, .find = exec::KeySpec::Find::keynum},
};

constexpr std::string_view kUnionCost =
    "O(N)+O(M*log(M)) where N is the number of members of all sets and M that of the result";
constexpr std::string_view kInterCost =
    "O(N*K)+O(M*log(M)) where N is the size of the smallest of K sets and M that of the result";
constexpr std::string_view kDiffCost =
    "O(N*K)+O(M*log(M)) where N is the size of the first of K sets and M that of the result";

constexpr exec::Command reading(std::string_view name, std::string_view complexity,
                                std::string_view summary, std::string_view syntax,
                                exec::GatherWrite write) {
  return {.name = name,
          .since = "6.2.0",
          .group = exec::Group::sorted_set,
          .complexity = complexity,
          .summary = summary,
          .syntax = syntax,
          .flags = exec::kReadonly | exec::kMovablekeys,
          .keys = kSources,
          .shape = exec::gather(read<kCount>, write)};
}

constexpr exec::Command storing(std::string_view name, std::string_view since,
                                std::string_view complexity, std::string_view summary,
                                std::string_view syntax, exec::GatherWrite write) {
  return {.name = name,
          .since = since,
          .group = exec::Group::sorted_set,
          .complexity = complexity,
          .summary = summary,
          .syntax = syntax,
          .flags = exec::kWrite | exec::kDenyoom | exec::kMovablekeys,
          .keys = kStoreKeys,
          .shape = exec::gather(read<kStoreCount>, write)};
}

constexpr exec::Command kRows[] = {
    reading("ZUNION", kUnionCost, "Returns the members of several sorted sets.",
            "numkeys key [key ...] [WEIGHTS weight:integer [weight:integer ...]] [AGGREGATE "
            "SUM|MIN|MAX] "
            "[WITHSCORES]",
            answer<ScoredOperation::unification>),
    reading("ZINTER", kInterCost, "Returns the members that several sorted sets have in common.",
            "numkeys key [key ...] [WEIGHTS weight:integer [weight:integer ...]] [AGGREGATE "
            "SUM|MIN|MAX] "
            "[WITHSCORES]",
            answer<ScoredOperation::intersection>),
    reading("ZDIFF", kDiffCost, "Returns the members of a sorted set that others do not have.",
            "numkeys key [key ...] [WITHSCORES]", answer<ScoredOperation::difference>),
    storing("ZUNIONSTORE", "2.0.0", kUnionCost, "Stores the members of several sorted sets.",
            "destination numkeys key [key ...] [WEIGHTS weight:integer [weight:integer ...]] "
            "[AGGREGATE SUM|MIN|MAX]",
            store_result<ScoredOperation::unification, kUnionStored>),
    storing("ZINTERSTORE", "2.0.0", kInterCost,
            "Stores the members that several sorted sets have in common.",
            "destination numkeys key [key ...] [WEIGHTS weight:integer [weight:integer ...]] "
            "[AGGREGATE SUM|MIN|MAX]",
            store_result<ScoredOperation::intersection, kInterStored>),
    storing("ZDIFFSTORE", "6.2.0", kDiffCost,
            "Stores the members of a sorted set that others do not have.",
            "destination numkeys key [key ...]",
            store_result<ScoredOperation::difference, kDiffStored>),
    {.name = "ZINTERCARD",
     .since = "7.0.0",
     .group = exec::Group::sorted_set,
     .complexity = "O(N*K) where N is the size of the smallest of K sets",
     .summary = "Counts the members that several sorted sets have in common.",
     .syntax = "numkeys key [key ...] [LIMIT limit]",
     .flags = exec::kReadonly | exec::kMovablekeys,
     .keys = kSources,
     .shape = exec::gather(read<kCount>, zintercard)},
};

}  // namespace

extern const exec::Rows sorted_set_zunion{kRows};

}  // namespace gyre::commands
