// Tests of data/ranked.h against a sorted array: order, ranks, bounds, updates, ranges, memory.
#include "data/ranked.h"

#include <algorithm>
#include <cmath>
#include <limits>
#include <string>
#include <vector>

#include <gtest/gtest.h>

#include "base/heap.h"
#include "base/random.h"

namespace gyre::data {
namespace {

bool is_less(Scored a, Scored b) {
  return a.score() != b.score() ? a.score() < b.score() : a.name() < b.name();
}

// A tree beside a sorted array of the same members.
struct Pair {
  ~Pair() {
    for (const Scored member : model) {
      Scored::destroy(member);
    }
  }
  void insert(std::string_view name, double score) {
    const Scored member = Scored::make(name, score);
    const auto place = std::lower_bound(model.begin(), model.end(), member, is_less);
    if (place != model.end() && !is_less(member, *place)) {
      Scored::destroy(member);
      return;
    }
    model.insert(place, member);
    tree.insert(member);
  }
  void erase(size_t index) {
    tree.erase(model[index]);
    Scored::destroy(model[index]);
    model.erase(model.begin() + static_cast<ptrdiff_t>(index));
  }
  void set_score(size_t index, double score) {
    const Scored member = model[index];
    const std::string name(member.name());
    const Scored wanted = Scored::make(name, score);
    const auto place = std::lower_bound(model.begin(), model.end(), wanted, is_less);
    const bool is_taken = place != model.end() && !is_less(wanted, *place);
    Scored::destroy(wanted);
    if (is_taken && place->bits() != member.bits()) {
      return;  // Names are unique in a sorted set, not in this model.
    }
    model.erase(model.begin() + static_cast<ptrdiff_t>(index));
    tree.set_score(member, score);
    model.insert(std::lower_bound(model.begin(), model.end(), member, is_less), member);
  }
  void erase_range(size_t index, size_t count) {
    std::vector<uint64_t> erased;
    tree.erase_range(index, count, [&](Scored member) { erased.push_back(member.bits()); });
    ASSERT_EQ(erased.size(), count);
    for (size_t i = 0; i < count; ++i) {
      ASSERT_EQ(erased[i], model[index + i].bits());
      Scored::destroy(model[index + i]);
    }
    const auto first = model.begin() + static_cast<ptrdiff_t>(index);
    model.erase(first, first + static_cast<ptrdiff_t>(count));
  }
  uint64_t below(auto&& is_below) const {
    return static_cast<uint64_t>(std::count_if(model.begin(), model.end(), is_below));
  }
  void compare_bounds(double score) const {
    ASSERT_EQ(tree.count_below(Probe::of_score(score, false)),
              below([&](Scored member) { return member.score() < score; }));
    ASSERT_EQ(tree.count_below(Probe::of_score(score, true)),
              below([&](Scored member) { return member.score() <= score; }));
  }
  void compare(base::Random& random) const {
    tree.check();
    ASSERT_EQ(tree.size(), model.size());
    if (model.empty()) {
      return;
    }
    const size_t first = random.below(model.size());
    const size_t count = random.below(model.size() - first + 1);
    std::vector<uint64_t> up;
    std::vector<uint64_t> down;
    tree.ascend(first, count, [&](Scored member) { up.push_back(member.bits()); });
    tree.descend(model.size() - 1 - first, count,
                 [&](Scored member) { down.push_back(member.bits()); });
    ASSERT_EQ(up.size(), count);
    ASSERT_EQ(down.size(), count);
    for (size_t i = 0; i < count; ++i) {
      ASSERT_EQ(up[i], model[first + i].bits());
      ASSERT_EQ(down[i], model[model.size() - 1 - first - i].bits());
    }
    const size_t rank = random.below(model.size());
    ASSERT_EQ(tree.rank(model[rank]), rank);
    ASSERT_EQ(tree.at(rank).bits(), model[rank].bits());
    compare_bounds(model[rank].score());
    compare_bounds(std::nextafter(model[rank].score(), -1e300));
    compare_bounds(0);
    compare_bounds(std::numeric_limits<double>::infinity());
    compare_bounds(-std::numeric_limits<double>::infinity());
  }

  Ranked tree;
  std::vector<Scored> model;
};

// Scores of many kinds: all the same, few, near each other, of all magnitudes.
double random_score(base::Random& random, uint64_t kind) {
  const auto number = static_cast<double>(random.below(1000));
  switch (kind) {
    case 0:
      return 7;
    case 1:
      return number - 500;
    case 2:
      return 1.7e9 + random.unit();
    case 3:
      return std::ldexp(random.unit() - 0.5, static_cast<int>(random.below(1800)) - 900);
    case 4:
      return random.below(20) > 0   ? number
             : random.below(2) == 0 ? -std::numeric_limits<double>::infinity()
                                    : std::numeric_limits<double>::infinity();
    default:
      return random.below(2) == 0 ? 0.0 : -0.0;
  }
}

std::string random_name(base::Random& random) {
  return std::string(random.below(12), static_cast<char>('a' + random.below(3))) +
         std::to_string(random.below(100'000));
}

TEST(Ranked, does_as_a_sorted_array_does) {
  base::Random random(1);
  const int64_t used = base::heap_used;
  for (uint64_t round = 0; round < 102; ++round) {
    Pair pair;
    const uint64_t kind = round % 6;
    const uint64_t churn = random.below(4);
    const int operations = round % 17 == 0 ? 100'000 : 5000;  // up to 3 or 2 levels
    for (int i = 0; i < operations; ++i) {
      const bool is_ebb = i * 4L / operations % 2 == 1;
      const uint64_t dice = random.below(10);
      if (pair.model.empty() || dice < (is_ebb ? 1 : 6)) {
        const uint64_t now = random.below(50) == 0 ? random.below(6) : kind;
        pair.insert(random_name(random), random_score(random, now));
      } else if (dice < 6 + churn) {
        pair.erase(random.below(pair.model.size()));
      } else {
        const size_t index = random.below(pair.model.size());
        const double score = pair.model[index].score();
        pair.set_score(
            index, dice % 2 == 0 ? random_score(random, kind) : std::nextafter(score, score + 1));
      }
      if (random.below(2000) == 0 && !pair.model.empty()) {
        const size_t first = random.below(pair.model.size());
        pair.erase_range(first, random.below(std::min<size_t>(pair.model.size() - first, 700) + 1));
      }
      if (i % (operations / 20) == 0) {
        pair.compare(random);
      }
    }
    pair.compare(random);
    while (!pair.model.empty()) {
      pair.erase(random.below(pair.model.size()));
    }
    pair.compare(random);
  }
  EXPECT_EQ(base::heap_used, used);
}

TEST(Ranked, finds_names_among_equal_scores) {
  base::Random random(2);
  Pair pair;
  for (int i = 0; i < 5000; ++i) {
    pair.insert(random_name(random), 0);
  }
  pair.insert("", 0);
  for (int i = 0; i < 2000; ++i) {
    const std::string name = i == 0   ? ""
                             : i == 1 ? "zzz"
                             : i == 2 ? std::string("a\0b", 3)
                                      : random_name(random);
    ASSERT_EQ(pair.tree.count_below(Probe::of_name(name, false)),
              pair.below([&](Scored member) { return member.name() < name; }));
    ASSERT_EQ(pair.tree.count_below(Probe::of_name(name, true)),
              pair.below([&](Scored member) { return member.name() <= name; }));
  }
}

// Large enough for a tree of three levels; most ends of the range lie inside of nodes.
TEST(Ranked, erases_ranges_of_any_size) {
  for (const size_t wanted : {1, 125, 126, 5000, 60'000, 100'000}) {
    Pair pair;
    base::Random random(3);
    for (int i = 0; i < 100'000; ++i) {
      const Scored member = Scored::make("m" + std::to_string(i), i);
      pair.model.push_back(member);
      pair.tree.append(member);
    }
    pair.compare(random);
    pair.erase_range(random.below(100'000 - wanted + 1), wanted);
    pair.compare(random);
  }
}

TEST(Ranked, drains_step_by_step) {
  const int64_t used = base::heap_used;
  Ranked tree;
  std::vector<Scored> members;
  for (int i = 0; i < 100'000; ++i) {
    members.push_back(Scored::make(std::to_string(i), i % 1000));
    tree.insert(members.back());
  }
  for (const Scored member : members) {
    Scored::destroy(member);
  }
  size_t steps = 0;
  for (size_t before = tree.nodes(); !tree.drain(10); before = tree.nodes(), ++steps) {
    ASSERT_EQ(tree.nodes() + 10, before);
  }
  EXPECT_GT(steps, 70u);
  EXPECT_EQ(tree.memory(), 0u);
  EXPECT_EQ(base::heap_used, used);
}

TEST(Ranked, costs_little_more_than_a_word_for_each_member) {
  for (const int order : {0, 1, 2}) {  // ascending, descending, by chance
    base::Random random(4);
    Ranked tree;
    std::vector<Scored> members;
    for (int i = 0; i < 300'000; ++i) {
      const double score = order == 0 ? i : order == 1 ? -i : random.unit();
      members.push_back(Scored::make("x", score));
      tree.insert(members.back());
    }
    tree.check();
    EXPECT_LT(static_cast<double>(tree.memory()) / 300'000, order == 0 ? 8.5 : 9.2) << order;
    for (const Scored member : members) {
      Scored::destroy(member);
    }
  }
}

TEST(Scored, keeps_every_name_beside_its_score) {
  const int64_t used = base::heap_used;
  std::vector<size_t> sizes = {254, 255, 256, 100'000};
  for (size_t size = 0; size < 70; ++size) {
    sizes.push_back(size);
  }
  for (const size_t size : sizes) {
    const std::string name(size, 'x');
    const Scored member = Scored::make(name, 1.5);
    EXPECT_EQ(member.name(), name);
    EXPECT_TRUE(member.has_name(name));
    EXPECT_FALSE(member.has_name(name + 'x'));
    EXPECT_EQ(member.score(), 1.5);
    member.set_score(-0.0);
    EXPECT_TRUE(std::signbit(member.score()));
    EXPECT_EQ(member.key(), score_key(0));
    EXPECT_EQ(member.name(), name);
    const bool has_head = size == 0 || size % 8 != 0 || size > 56;
    EXPECT_EQ(member.memory(), base::heap_class(8 + size + (has_head ? size < 255 ? 1 : 5 : 0)));
    Scored::destroy(member);
  }
  EXPECT_EQ(base::heap_used, used);
}

}  // namespace
}  // namespace gyre::data
