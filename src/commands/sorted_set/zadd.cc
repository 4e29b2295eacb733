// ZADD, ZINCRBY.
#include <cmath>
#include <vector>

#include "base/number.h"
#include "base/text.h"
#include "commands/collections.h"

namespace gyre::commands {
namespace {

using data::SortedSet;
using exec::Request;
using store::Event;

constexpr Event kAdded{'z', "zadd"};
constexpr Event kIncremented{'z', "zincr"};

struct AddOptions {
  bool is_nx = false;
  bool is_xx = false;
  bool is_gt = false;
  bool is_lt = false;
  bool is_ch = false;
  bool is_incr = false;
  size_t first = 2;  // argument of the first score
  size_t pairs = 0;
};

// Reads one option; false if it is none.
bool parse_option(std::string_view text, AddOptions& options) {
  const struct {
    std::string_view name;
    bool& flag;
  } known[] = {{"NX", options.is_nx}, {"XX", options.is_xx}, {"CH", options.is_ch},
               {"GT", options.is_gt}, {"LT", options.is_lt}, {"INCR", options.is_incr}};
  for (const auto& option : known) {
    if (base::equals_ignore_case(text, option.name)) {
      return option.flag = true;
    }
  }
  return false;
}

Result<AddOptions> parse_add(const Request& request, bool is_incr) {
  AddOptions options{.is_incr = is_incr};
  while (options.first < request.size() && parse_option(request.arg(options.first), options)) {
    ++options.first;
  }
  const size_t left = request.size() - options.first;
  options.pairs = left / 2;
  if (left == 0 || left % 2 != 0) {
    return fail(exec::errors::syntax);
  }
  if (options.is_nx && options.is_xx) {
    return fail("ERR XX and NX options at the same time are not compatible");
  }
  if (options.is_nx + options.is_gt + options.is_lt > 1) {
    return fail("ERR GT, LT, and/or NX options at the same time are not compatible");
  }
  if (options.is_incr && options.pairs > 1) {
    return fail("ERR INCR option supports a single increment-element pair");
  }
  return options;
}

enum class Outcome : uint8_t { refused, same, updated, added, not_a_number };

// Gives a member a score as far as the options allow it; `score` is what it has then.
Outcome add(SortedSet& set, std::string_view name, double& score, const AddOptions& options,
            const data::Limits& limits) {
  const SortedSet::Place place = set.find(name);
  if (!place) {
    if (options.is_xx) {
      return Outcome::refused;
    }
    set.insert(place, name, score, limits);
    return Outcome::added;
  }
  if (options.is_nx) {
    return Outcome::refused;
  }
  const double before = place.score();
  if (options.is_incr) {
    score += before;
    if (std::isnan(score)) {
      return Outcome::not_a_number;
    }
  }
  if ((options.is_gt && score <= before) || (options.is_lt && score >= before)) {
    return Outcome::refused;
  }
  if (score == before) {
    return Outcome::same;
  }
  set.set_score(place, name, score);
  return Outcome::updated;
}

Status add_one(Request& request, store::Shard& shard, resp::Reply& reply, const AddOptions& options,
               SortedSet& set, double score) {
  const Outcome outcome =
      add(set, request.arg(options.first + 1), score, options, shard.options().limits);
  if (outcome == Outcome::not_a_number) {
    return fail("ERR resulting score is not a number (NaN)");
  }
  const bool is_changed = outcome == Outcome::updated || outcome == Outcome::added;
  if (is_changed) {
    shard.commit(shard.db(request.db), request.key, options.is_incr ? kIncremented : kAdded);
  }
  if (!options.is_incr) {
    reply.integer(outcome == Outcome::added || (options.is_ch && is_changed) ? 1 : 0);
  } else if (outcome == Outcome::refused) {
    reply.null();
  } else {
    reply.number(score);
  }
  return {};
}

void add_many(Request& request, store::Shard& shard, resp::Reply& reply, const AddOptions& options,
              SortedSet& set, const std::vector<double>& scores) {
  const data::Limits& limits = shard.options().limits;
  set.reserve(options.pairs, request.arg(options.first + 1).size(), limits);
  int64_t added = 0;
  int64_t updated = 0;
  for (size_t i = 0; i < options.pairs; ++i) {
    double score = scores[i];
    const Outcome outcome =
        add(set, request.arg(options.first + 2 * i + 1), score, options, limits);
    added += outcome == Outcome::added ? 1 : 0;
    updated += outcome == Outcome::updated ? 1 : 0;
  }
  if (added + updated > 0) {
    shard.commit(shard.db(request.db), request.key, kAdded);
  }
  reply.integer(options.is_ch ? added + updated : added);
}

// All scores are read before anything is looked up.
Status zadd_with(Request& request, store::Shard& shard, resp::Reply& reply, bool is_incr) {
  GYRE_TRY_LET(options, parse_add(request, is_incr));
  std::vector<double> scores;  // of several pairs
  double score = 0;
  for (size_t i = 0; i < options.pairs; ++i) {
    const auto number = base::parse_double(request.arg(options.first + 2 * i));
    if (!number) {
      return fail(exec::errors::not_float);
    }
    score = *number;
    if (options.pairs > 1) {
      scores.push_back(score);
    }
  }
  GYRE_TRY_LET(set, find_value_for_write<SortedSet>(request, shard));
  if (set == nullptr) {
    if (options.is_xx) {
      options.is_incr ? reply.null() : reply.integer(0);
      return {};
    }
    set = &make_value<SortedSet>(shard.db(request.db), request.key);
  }
  if (options.pairs == 1) {
    return add_one(request, shard, reply, options, *set, score);
  }
  add_many(request, shard, reply, options, *set, scores);
  return {};
}

Status zadd(Request& request, store::Shard& shard, resp::Reply& reply) {
  return zadd_with(request, shard, reply, false);
}

Status zincrby(Request& request, store::Shard& shard, resp::Reply& reply) {
  return zadd_with(request, shard, reply, true);
}

constexpr uint32_t kFlags = exec::kWrite | exec::kDenyoom | exec::kFast;

constexpr exec::KeySpec kAddedKey[] = {{.flags = "RW update"}};
constexpr exec::Change kAddHistory[] = {{"2.4.0", "More than one member."},
                                        {"3.0.2", "`XX`, `NX`, `CH` and `INCR`."},
                                        {"6.2.0", "`GT` and `LT`."}};

constexpr exec::Command kRows[] = {
    {.name = "ZADD",
     .since = "1.2.0",
     .group = exec::Group::sorted_set,
     .complexity = "O(log(N)) for each member, where N is the size of the sorted set",
     .summary = "Adds members to a sorted set, or changes their scores; creates a missing key.",
     .syntax = "key [NX|XX] [GT|LT] [CH] [INCR] score:double member [score:double member ...]",
     .history = kAddHistory,
     .flags = kFlags,
     .keys = kAddedKey,
     .shape = exec::owner(zadd),
     .repeat = exec::Repeat::same},
    {.name = "ZINCRBY",
     .since = "1.2.0",
     .group = exec::Group::sorted_set,
     .complexity = "O(log(N)) where N is the size of the sorted set",
     .summary = "Adds to the score of a member, which counts as zero if it is missing.",
     .syntax = "key increment member",
     .flags = kFlags,
     .keys = exec::kUpdateKey,
     .shape = exec::owner(zincrby),
     .repeat = exec::Repeat::same},
};

}  // namespace

extern const exec::Rows sorted_set_zadd{kRows};

}  // namespace gyre::commands
