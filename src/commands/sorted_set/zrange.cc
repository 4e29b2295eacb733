// ZRANGE and its old forms.
#include "commands/sorted_set/zrange.h"

#include <utility>

#include "base/number.h"
#include "base/text.h"
#include "commands/collections.h"
#include "commands/in_steps.h"

namespace gyre::commands {

using data::SortedSet;

namespace {

struct Options {
  RangeQuery query;
  RangeForm form;  // loses what may be said once

  // Reads the option at an argument; its last argument, or an error.
  Result<size_t> parse(const exec::Request& request, size_t at);
};

Result<size_t> Options::parse(const exec::Request& request, size_t at) {
  const std::string_view option = request.arg(at);
  if (form.has_scores && base::equals_ignore_case(option, "WITHSCORES")) {
    query.has_scores = true;
  } else if (base::equals_ignore_case(option, "LIMIT") && at + 2 < request.size()) {
    const auto offset = base::parse_int64(request.arg(at + 1));
    const auto limit = base::parse_int64(request.arg(at + 2));
    if (!offset || !limit) {
      return fail(exec::errors::not_integer);
    }
    query.offset = *offset;
    query.limit = *limit;
    return at + 2;
  } else if (form.has_reverse && base::equals_ignore_case(option, "REV")) {
    query.is_reverse = true;
    form.has_reverse = false;
  } else if (form.has_by && base::equals_ignore_case(option, "BYLEX")) {
    form.by = RangeBy::name;
    form.has_by = false;
  } else if (form.has_by && base::equals_ignore_case(option, "BYSCORE")) {
    form.by = RangeBy::score;
    form.has_by = false;
  } else {
    return fail(exec::errors::syntax);
  }
  return at;
}

}  // namespace

Result<RangeQuery> parse_range_query(const exec::Request& request, size_t key,
                                     const RangeForm& form) {
  Options options{.query = {.is_reverse = form.is_reverse}, .form = form};
  for (size_t at = key + 3; at < request.size(); ++at) {
    GYRE_TRY_LET(last, options.parse(request, at));
    at = last;
  }
  RangeQuery& query = options.query;
  if (query.limit != -1 && options.form.by == RangeBy::rank) {
    return fail(
        "ERR syntax error, LIMIT is only supported in combination with either BYSCORE or "
        "BYLEX");
  }
  if (query.has_scores && options.form.by == RangeBy::name) {
    return fail("ERR syntax error, WITHSCORES not supported in combination with BYLEX");
  }
  std::string_view low = request.arg(key + 1);
  std::string_view high = request.arg(key + 2);
  if (query.is_reverse && options.form.by != RangeBy::rank) {
    std::swap(low, high);
  }
  GYRE_TRY_LET(range, parse_range(options.form.by, low, high));
  query.range = range;
  return query;
}

RankSpan RangeQuery::find(const SortedSet& set) const {
  RankSpan span = range.find(set, is_reverse);
  if (range.by == RangeBy::rank) {
    return span;
  }
  if (offset < 0 || static_cast<uint64_t>(offset) >= span.count) {
    return {};
  }
  const size_t left = span.count - static_cast<size_t>(offset);
  const size_t taken = limit < 0 ? left : std::min(left, static_cast<size_t>(limit));
  return {is_reverse ? span.first + left - taken : span.first + static_cast<size_t>(offset), taken};
}

namespace {

struct RangeWalk {
  using Value = SortedSet;
  static constexpr size_t kPart = kPartInOrder;
  RankSpan span;
  bool is_reverse;
  bool has_scores;

  bool step(const SortedSet& set, size_t count, resp::Reply& reply) {
    const size_t taken = std::min(count, span.count);
    span.count -= taken;
    const RankSpan part{is_reverse ? span.first + span.count : span.first, taken};
    span.first += is_reverse ? 0 : taken;
    visit_span(set, part, is_reverse, [&](std::string_view name, double score) {
      reply_member(reply, name, score, has_scores);
    });
    return span.count > 0;
  }
};

template <const RangeForm& kForm>
Status answer_range(exec::Request& request, store::Shard& shard, resp::Reply& reply) {
  GYRE_TRY_LET(query, parse_range_query(request, 1, kForm));
  GYRE_TRY_LET(set, find_value<SortedSet>(request, shard));
  if (set == nullptr) {
    reply.array(0);
    return {};
  }
  const RankSpan span = query.find(*set);
  reply_members(reply, span.count, query.has_scores);
  RangeWalk walk{span, query.is_reverse, query.has_scores};
  constexpr size_t kFew = 128;
  if (span.count <= kFew) {
    walk.step(*set, span.count, reply);
    return {};
  }
  return reply_in_steps(request, shard, reply, *set, walk);
}

constexpr RangeForm kAny{.has_by = true, .has_reverse = true, .has_scores = true};
constexpr RangeForm kReverse{.is_reverse = true, .has_scores = true};
constexpr RangeForm kByScore{.by = RangeBy::score, .has_scores = true};
constexpr RangeForm kReverseByScore{.by = RangeBy::score, .is_reverse = true, .has_scores = true};
// WITHSCORES is known, to be refused.
constexpr RangeForm kByName{.by = RangeBy::name, .has_scores = true};
constexpr RangeForm kReverseByName{.by = RangeBy::name, .is_reverse = true, .has_scores = true};

constexpr exec::Change kRangeHistory[] = {{"6.2.0", "`REV`, `BYSCORE`, `BYLEX` and `LIMIT`."}};

constexpr exec::Command row(std::string_view name, std::string_view since, std::string_view summary,
                            std::string_view syntax, exec::Handler handler,
                            std::string_view replaced_by) {
  return {.name = name,
          .since = since,
          .group = exec::Group::sorted_set,
          .complexity =
              "O(log(N)+M) where N is the size of the sorted set and M the number of "
              "members returned",
          .summary = summary,
          .syntax = syntax,
          .history = replaced_by.empty() ? std::span<const exec::Change>(kRangeHistory)
                                         : std::span<const exec::Change>(),
          .flags = exec::kReadonly,
          .keys = exec::kReadKey,
          .shape = exec::owner(handler),
          .deprecated_since = replaced_by.empty() ? "" : "6.2.0",
          .replaced_by = replaced_by};
}

constexpr exec::Command kRows[] = {
    row("ZRANGE", "1.2.0", "Returns the members within a range of ranks, scores or names.",
        "key start:string stop:string [BYSCORE|BYLEX] [REV] [LIMIT offset count] [WITHSCORES]",
        answer_range<kAny>, ""),
    row("ZREVRANGE", "1.2.0", "Returns the members within a range of ranks, the last one first.",
        "key start stop [WITHSCORES]", answer_range<kReverse>, "`ZRANGE` with `REV`"),
    row("ZRANGEBYSCORE", "1.0.5", "Returns the members with scores within a range.",
        "key min:double max:double [WITHSCORES] [LIMIT offset count]", answer_range<kByScore>,
        "`ZRANGE` with `BYSCORE`"),
    row("ZREVRANGEBYSCORE", "2.2.0",
        "Returns the members with scores within a range, the last one first.",
        "key max:double min:double [WITHSCORES] [LIMIT offset count]",
        answer_range<kReverseByScore>, "`ZRANGE` with `REV` and `BYSCORE`"),
    row("ZRANGEBYLEX", "2.8.9",
        "Returns the members with names within a range, where all scores are equal.",
        "key min max [LIMIT offset count]", answer_range<kByName>, "`ZRANGE` with `BYLEX`"),
    row("ZREVRANGEBYLEX", "2.8.9",
        "Returns the members with names within a range, the last one first.",
        "key max min [LIMIT offset count]", answer_range<kReverseByName>,
        "`ZRANGE` with `REV` and `BYLEX`"),
};

}  // namespace

extern const exec::Rows sorted_set_zrange{kRows};

}  // namespace gyre::commands
