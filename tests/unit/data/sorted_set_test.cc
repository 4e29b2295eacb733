// Tests of data/sorted_set.h against a plain map: both encodings, the way between them, memory.
#include "data/sorted_set.h"

#include <algorithm>
#include <cmath>
#include <cstdint>
#include <limits>
#include <map>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include <gtest/gtest.h>

#include "base/heap.h"
#include "base/random.h"
#include "data/sorted_set_algebra.h"

namespace gyre::data {
namespace {

using Ranking = std::vector<std::pair<double, std::string>>;

// A sorted set beside a map of what must be in it.
struct Pair {
  void put(const std::string& name, double score) {
    const SortedSet::Place place = set.find(name);
    const auto known = model.find(name);
    ASSERT_EQ(static_cast<bool>(place), known != model.end()) << name;
    if (place) {
      ASSERT_EQ(known->second, place.score()) << name;
      set.set_score(place, name, score);
    } else {
      set.insert(place, name, score, limits);
    }
    model[name] = score;
  }
  void remove(const std::string& name) {
    const SortedSet::Place place = set.find(name);
    ASSERT_EQ(static_cast<bool>(place), model.erase(name) == 1) << name;
    if (place) {
      set.erase(place);
    }
  }
  Ranking ranking() const {
    Ranking sorted;
    for (const auto& [name, score] : model) {
      sorted.emplace_back(score, name);
    }
    std::sort(sorted.begin(), sorted.end());
    return sorted;
  }
  void compare(base::Random& random) const {
    set.check();
    const Ranking expected = ranking();
    ASSERT_EQ(set.size(), expected.size());
    Ranking found;
    const auto keep = [&](std::string_view name, double score) {
      found.emplace_back(score, std::string(name));
    };
    set.for_each(keep);
    ASSERT_EQ(found, expected);
    if (expected.empty()) {
      return;
    }
    const size_t first = random.below(expected.size());
    const size_t count = random.below(expected.size() - first + 1);
    const auto begin = expected.begin() + static_cast<ptrdiff_t>(first);
    found.clear();
    set.ascend(first, count, keep);
    ASSERT_EQ(found, Ranking(begin, begin + static_cast<ptrdiff_t>(count)));
    found.clear();
    set.descend(first, first + 1, keep);
    ASSERT_EQ(found, Ranking(expected.rend() - static_cast<ptrdiff_t>(first) - 1, expected.rend()));
    const auto& [score, name] = expected[first];
    ASSERT_EQ(set.rank(set.find(name)), first);
    for (const bool is_behind : {false, true}) {
      ASSERT_EQ(set.count_below(Probe::of_score(score, is_behind)),
                std::count_if(expected.begin(), expected.end(), [&](const auto& member) {
                  return is_behind ? member.first <= score : member.first < score;
                }));
    }
  }

  Limits limits;
  SortedSet set;
  std::map<std::string, double> model;
};

double random_score(base::Random& random) {
  switch (random.below(8)) {
    case 0:
      return random.below(2) == 0 ? 0.0 : -0.0;
    case 1:
      return static_cast<double>(random.below(64)) / 4;
    case 2:
      return static_cast<double>(static_cast<int64_t>(random.next()) >> random.below(64));
    case 3:
      return std::ldexp(random.unit() - 0.5, static_cast<int>(random.below(2000)) - 1000);
    case 4:
      return std::numeric_limits<double>::infinity() * (random.below(2) == 0 ? 1 : -1);
    default:
      return static_cast<double>(random.below(100));
  }
}

std::string random_name(base::Random& random, uint64_t names) {
  const std::string number = std::to_string(static_cast<int64_t>(random.below(names)) - 20);
  return random.below(2) == 0 ? number : std::string(random.below(20), 'x') + number;
}

// Tides again and again: sets that grow from nothing through both encodings and shrink to nothing.
TEST(SortedSet, does_as_a_map_does_in_both_encodings) {
  base::Random random(1);
  const int64_t used = base::heap_used;
  std::map<std::string, int> encodings;
  for (int round = 0; round < 250; ++round) {
    Pair pair;
    pair.limits = {.sorted_set_pack_entries = random.below(100),
                   .sorted_set_pack_value = 3 + random.below(60)};
    const uint64_t names = 1 + random.below(300);
    for (int i = 0; i < 4000; ++i) {
      const bool is_ebb = i / 1000 % 2 == 1;
      const std::string name = random_name(random, names);
      if (random.below(10) < (is_ebb ? 2 : 8)) {
        pair.put(name, random_score(random));
      } else if (is_ebb && !pair.model.empty()) {
        const std::string taken =
            std::next(pair.model.begin(), static_cast<ptrdiff_t>(random.below(pair.model.size())))
                ->first;
        pair.remove(taken);
      } else {
        pair.remove(name);
      }
      if (i % 500 == 0) {
        pair.compare(random);
        Pair copy{.limits = pair.limits, .set = pair.set.clone(), .model = pair.model};
        copy.compare(random);
        EXPECT_EQ(copy.set.encoding(), pair.set.encoding());
        ++encodings[std::string(pair.set.encoding())];
      }
    }
    const Ranking ranking = pair.ranking();
    const size_t first = random.below(ranking.size() + 1);
    const size_t count = random.below(ranking.size() - first + 1);
    pair.set.erase_range(first, count);
    for (size_t i = first; i < first + count; ++i) {
      pair.model.erase(ranking[i].second);
    }
    pair.compare(random);
  }
  EXPECT_EQ(encodings.size(), 2u);
  EXPECT_EQ(base::heap_used, used);
}

TEST(SortedSet, does_as_a_map_does_when_it_is_large) {
  base::Random random(2);
  Pair pair;
  for (int i = 0; i < 300'000; ++i) {
    const std::string name = random_name(random, 20'000);
    random.below(4) > 0 ? pair.put(name, random_score(random)) : pair.remove(name);
  }
  pair.compare(random);
}

TEST(SortedSet, changes_its_encoding_at_the_limits) {
  Pair pair;
  for (int i = 0; i < 128; ++i) {
    pair.put(std::to_string(i), i);
  }
  EXPECT_EQ(pair.set.encoding(), "listpack");
  pair.put("128", 0);
  EXPECT_EQ(pair.set.encoding(), "skiplist");

  Pair wide;
  wide.put(std::string(64, 'x'), 1);
  EXPECT_EQ(wide.set.encoding(), "listpack");
  wide.put(std::string(65, 'x'), 1);
  EXPECT_EQ(wide.set.encoding(), "skiplist");

  SortedSet large;
  large.reserve(129, 1, {});
  EXPECT_EQ(large.encoding(), "skiplist");
  SortedSet small;
  small.reserve(128, 1, {});
  EXPECT_EQ(small.encoding(), "listpack");
  small.reserve(129, 1, {});
  EXPECT_EQ(small.encoding(), "skiplist");
  SortedSet long_name;
  long_name.reserve(1, 65, {});
  EXPECT_EQ(long_name.encoding(), "skiplist");
}

TEST(SortedSet, append_makes_what_inserts_make) {
  for (const int size : {1, 100, 1000}) {
    SortedSet set;
    for (int i = 0; i < size; ++i) {
      set.append(std::to_string(10'000 + i), i / 10, {});
    }
    set.check();
    EXPECT_EQ(set.size(), static_cast<size_t>(size));
  }
}

// What combine() must make of the sources, member by member.
std::map<std::string, double> combine_plainly(ScoredOperation operation, Aggregate aggregate,
                                              const std::vector<std::map<std::string, double>>& all,
                                              const std::vector<double>& weights) {
  std::map<std::string, double> result;
  std::map<std::string, size_t> seen;
  for (size_t i = 0; i < all.size(); ++i) {
    for (const auto& [name, own] : all[i]) {
      const double score = operation == ScoredOperation::difference ? own : own * weights[i];
      ++seen[name];
      const auto [place, is_new] = result.emplace(name, score);
      if (!is_new && operation != ScoredOperation::difference) {
        double& known = place->second;
        known = aggregate == Aggregate::sum   ? known + score
                : aggregate == Aggregate::min ? std::min(known, score)
                                              : std::max(known, score);
      }
    }
  }
  std::erase_if(result, [&](const auto& member) {
    return operation == ScoredOperation::intersection ? seen[member.first] != all.size()
           : operation == ScoredOperation::difference
               ? seen[member.first] != 1 || !all[0].contains(member.first)
               : false;
  });
  return result;
}

TEST(SortedSet, combinations_are_those_of_their_members) {
  base::Random random(7);
  const int64_t used = base::heap_used;
  for (int round = 0; round < 600; ++round) {
    const size_t count = 1 + random.below(4);
    std::vector<SortedSet> sorted(count);
    std::vector<Set> plain(count);
    std::vector<ScoredSource> sources;
    std::vector<std::map<std::string, double>> models(count);
    std::vector<double> weights;
    for (size_t i = 0; i < count; ++i) {
      const bool is_plain = random.below(3) == 0;
      for (uint64_t left = random.below(300); left > 0; --left) {
        const std::string name = std::to_string(random.below(200));
        const auto score = is_plain ? 1.0 : static_cast<double>(random.below(50));
        if (!models[i].emplace(name, score).second) {
          continue;
        }
        if (is_plain) {
          plain[i].add(Element::of(name), {});
        } else {
          sorted[i].insert(sorted[i].find(name), name, score, {});
        }
      }
      sources.push_back(is_plain ? ScoredSource(&plain[i]) : ScoredSource(&sorted[i]));
      weights.push_back(static_cast<double>(random.below(4)) - 1);
      sources.back().weight = weights.back();
    }
    for (const auto operation : {ScoredOperation::intersection, ScoredOperation::unification,
                                 ScoredOperation::difference}) {
      const auto aggregate = static_cast<Aggregate>(random.below(3));
      const SortedSet result = combine(operation, sources, aggregate, {});
      const std::map<std::string, double> expected =
          combine_plainly(operation, aggregate, models, weights);
      result.check();
      ASSERT_EQ(result.size(), expected.size());
      ASSERT_EQ(result.encoding(), expected.size() > 128 ? "skiplist" : "listpack");
      for (const auto& [name, score] : expected) {
        const SortedSet::Place place = result.find(name);
        ASSERT_TRUE(place) << name;
        ASSERT_EQ(place.score(), score) << name;
      }
      if (operation == ScoredOperation::intersection) {
        EXPECT_EQ(count_common(sources, 0), expected.size());
        EXPECT_EQ(count_common(sources, 7), std::min<size_t>(expected.size(), 7));
      }
    }
  }
  EXPECT_EQ(base::heap_used, used);
}

TEST(SortedSet, scan_and_draining_go_step_by_step) {
  const int64_t used = base::heap_used;
  SortedSet set;
  for (int i = 0; i < 100'000; ++i) {
    set.append("member:" + std::to_string(100'000 + i), i, {});
  }
  std::map<std::string, double> found;
  uint64_t cursor = 0;
  do {
    size_t seen = 0;
    cursor = set.scan(cursor, 100, [&](std::string_view name, double score) {
      found.emplace(name, score);
      ++seen;
    });
    ASSERT_LE(seen, 110u);
  } while (cursor != 0);
  EXPECT_EQ(found.size(), 100'000u);
  EXPECT_EQ(found["member:100007"], 7);
  EXPECT_GT(set.pieces(), 100'800u);
  size_t steps = 0;
  for (; set.pieces() > 0; ++steps) {
    const size_t before = set.pieces();
    const size_t freed = set.drain(1000);
    ASSERT_LE(freed, 1001u);
    ASSERT_EQ(set.pieces(), before - freed);
  }
  EXPECT_GT(steps, 100u);
  EXPECT_EQ(base::heap_used, used);
}

TEST(SortedSet, chance_is_fair_to_every_member) {
  for (const int size : {1, 3, 100, 3000}) {
    SortedSet set;
    for (int i = 0; i < size; ++i) {
      set.append(std::to_string(100'000 + i), i, {});
    }
    base::Random random(5);
    std::map<std::string, int> drawn;
    set.draw(static_cast<size_t>(size) * 100, random,
             [&](std::string_view name, double) { ++drawn[std::string(name)]; });
    std::map<std::string, int> sampled;
    for (const size_t share : {static_cast<size_t>(size) / 4, static_cast<size_t>(size) / 2 + 1}) {
      for (int round = 0; round < 200; ++round) {
        std::set<std::string> different;
        set.sample(share, random, [&](std::string_view name, double score) {
          EXPECT_EQ(std::to_string(100'000 + static_cast<int>(score)), name);
          different.emplace(name);
        });
        ASSERT_EQ(different.size(), share);
        for (const std::string& name : different) {
          ++sampled[name];
        }
      }
    }
    ASSERT_EQ(drawn.size(), static_cast<size_t>(size));
    for (const auto& [name, count] : drawn) {
      EXPECT_GE(count, 50) << name;
      EXPECT_LE(count, 200) << name;
    }
    for (const auto& [name, count] : sampled) {
      EXPECT_GE(count, 80) << name;
      EXPECT_TRUE(size <= 3 || count <= 220) << name;
    }
  }
}

TEST(SortedSet, a_million_members_cost_little) {
  const int64_t used = base::heap_used;
  SortedSet set;
  base::Random random(6);
  for (int i = 0; i < 1'000'000; ++i) {
    char name[24];
    std::snprintf(name, sizeof name, "member:%09d", i);
    set.insert(set.find(name), name, static_cast<double>(random.below(1'000'000)), {});
  }
  const auto bytes = static_cast<double>(base::heap_used - used) / 1e6 - 24;
  std::printf("bytes beyond 16 of a name and 8 of a score: %.1f\n", bytes);
  EXPECT_LT(bytes, 22);
  EXPECT_NEAR(static_cast<double>(set.memory(100)), (bytes + 24) * 1e6, 2e4);
}

}  // namespace
}  // namespace gyre::data
