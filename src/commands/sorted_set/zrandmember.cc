// ZRANDMEMBER, ZSCAN.
#include <limits>
#include <string>
#include <utility>
#include <vector>

#include "base/number.h"
#include "base/text.h"
#include "commands/collections.h"
#include "commands/in_steps.h"
#include "commands/scan_options.h"
#include "commands/sorted_set/ranges.h"

namespace gyre::commands {
namespace {

using data::SortedSet;
using exec::Request;

Result<int64_t> parse_draw(const Request& request) {
  constexpr int64_t kMax = std::numeric_limits<int64_t>::max();
  const auto number = base::parse_int64(request.arg(2));
  if (!number) {
    return fail(exec::errors::not_integer);
  }
  const bool has_scores = request.size() > 3;
  if (request.size() > 4 ||
      (has_scores && !base::equals_ignore_case(request.arg(3), "WITHSCORES"))) {
    return fail(exec::errors::syntax);
  }
  if (has_scores && (*number < -(kMax / 2) || *number > kMax / 2)) {
    return fail("ERR value is out of range");
  }
  if (*number < -kDrawMax) {
    return exec::format_error("ERR value is out of range, value must between %ld and %ld", -kMax,
                              kMax);
  }
  return *number;
}

// Members by chance, any number of times.
struct DrawWalk {
  using Value = SortedSet;
  static constexpr size_t kPart = kPartByChance;
  size_t left;
  bool has_scores;
  base::Random& random;

  bool step(const SortedSet& set, size_t count, resp::Reply& reply) {
    count = std::min(count, left);
    left -= count;
    set.draw(count, random, [&](std::string_view name, double score) {
      reply_member(reply, name, score, has_scores);
    });
    return left > 0;
  }
};

Status draw_many(Request& request, store::Shard& shard, resp::Reply& reply) {
  GYRE_TRY_LET(number, parse_draw(request));
  const bool has_scores = request.size() > 3;
  GYRE_TRY_LET(set, find_value<SortedSet>(request, shard));
  if (set == nullptr) {
    reply.array(0);
    return {};
  }
  if (number < 0) {
    const auto count = static_cast<size_t>(-number);
    reply_members(reply, count, has_scores);
    return reply_in_steps(request, shard, reply, *set, DrawWalk{count, has_scores, shard.random()});
  }
  const size_t count = std::min(static_cast<size_t>(number), set->size());
  reply_members(reply, count, has_scores);
  set->sample(count, shard.random(), [&](std::string_view name, double score) {
    reply_member(reply, name, score, has_scores);
  });
  return {};
}

Status zrandmember(Request& request, store::Shard& shard, resp::Reply& reply) {
  if (request.size() > 2) {
    return draw_many(request, shard, reply);
  }
  GYRE_TRY_LET(set, find_value<SortedSet>(request, shard));
  if (set == nullptr) {
    reply.null();
  } else {
    set->draw(1, shard.random(), [&](std::string_view name, double) { reply.bulk(name); });
  }
  return {};
}

Status zscan(Request& request, store::Shard& shard, resp::Reply& reply) {
  GYRE_TRY_LET(place, parse_scan_cursor(request.arg(2)));
  GYRE_TRY_LET(set, find_value<SortedSet>(request, shard));
  if (set == nullptr) {
    reply_scan_nothing(reply);  // whatever the options are
    return {};
  }
  GYRE_TRY_LET(options, parse_scan_options(request));
  std::string names;
  std::vector<std::pair<size_t, double>> found;  // where the names end, and the scores
  place = set->scan(place, options.count, [&](std::string_view name, double score) {
    if (options.matches(data::Element::of_bytes(name))) {
      names += name;
      found.emplace_back(names.size(), score);
    }
  });
  reply_scan_cursor(reply, place);
  reply.array(found.size() * 2);
  size_t begin = 0;
  for (const auto& [end, score] : found) {
    reply.bulk(std::string_view(names).substr(begin, end - begin));
    begin = end;
    char text[base::kDoubleCharsMax];
    reply.bulk({text, base::format_double(text, score)});
  }
  return {};
}

constexpr exec::Command kRows[] = {
    {.name = "ZRANDMEMBER",
     .since = "6.2.0",
     .group = exec::Group::sorted_set,
     .complexity = "O(N*log(M)) where N is the number of members asked for and M the size of the "
                   "sorted set",
     .summary = "Returns members of a sorted set by chance.",
     .syntax = "key [count [WITHSCORES]]",
     .flags = exec::kReadonly,
     .keys = exec::kReadKey,
     .shape = exec::owner(zrandmember),
     .tips = "nondeterministic_output"},
    {.name = "ZSCAN",
     .since = "2.8.0",
     .group = exec::Group::sorted_set,
     .complexity = "O(1) for every call, O(N) for a walk over all N members",
     .summary = "Walks over the members of a sorted set in steps.",
     .syntax = "key cursor [MATCH pattern] [COUNT count]",
     .flags = exec::kReadonly,
     .keys = exec::kReadKey,
     .shape = exec::owner(zscan),
     .tips = "nondeterministic_output"},
};

}  // namespace

extern const exec::Rows sorted_set_zrandmember{kRows};

}  // namespace gyre::commands
