// Tests of data/expiry_index.h: notes come up on time, over any distance, jump and number of
// levels.
#include "data/expiry_index.h"

#include <algorithm>
#include <map>
#include <vector>

#include <gtest/gtest.h>

#include "base/random.h"

namespace gyre::data {
namespace {

constexpr int64_t kStart = 1'700'000'000'123;
constexpr int64_t kYear = int64_t{365} * 86'400'000;

uint64_t hash_of(uint32_t prefix) { return static_cast<uint64_t>(prefix) << 32 | 0x12345678; }

// An index whose notes are deadlines by prefix; those that come up early are noted again.
struct Clock {
  ExpiryIndex index{kStart};
  int64_t now_ms = kStart;
  std::map<uint32_t, int64_t> deadlines;
  size_t visits = 0;

  void add(uint32_t prefix, int64_t at_ms) {
    index.add(hash_of(prefix), at_ms);
    deadlines[prefix] = std::max(at_ms, now_ms - 1);
  }
  void advance(int64_t to_ms) {
    now_ms = to_ms;
    while (index.advance(now_ms, 1000, [&](uint32_t prefix) { visit(prefix); }) == 1000) {
    }
    EXPECT_EQ(index.notes(), deadlines.size());
  }
  void visit(uint32_t prefix) {
    ++visits;
    ASSERT_TRUE(deadlines.contains(prefix));
    const int64_t at_ms = deadlines[prefix];
    if (at_ms < now_ms) {
      deadlines.erase(prefix);
    } else {
      index.add(hash_of(prefix), at_ms);
    }
  }
  bool has_late() const {
    return std::any_of(deadlines.begin(), deadlines.end(), [&](const auto& item) {
      return item.second + ExpiryIndex::kTickMs < now_ms;
    });
  }
};

TEST(ExpiryIndex, every_note_comes_up_within_a_tick_of_its_deadline) {
  base::Random random(1);
  Clock clock;
  uint32_t prefix = 0;
  for (int step = 0; step < 20'000; ++step) {
    for (uint64_t i = random.below(4); i > 0; --i) {
      const int64_t far = int64_t{1} << random.below(45);  // up to a thousand years
      clock.add(prefix++, clock.now_ms - 100 + static_cast<int64_t>(random.next() % (far + 100)));
    }
    const int64_t jump = random.below(1000) == 0 ? int64_t{1} << random.below(36) : 40;
    clock.advance(clock.now_ms + static_cast<int64_t>(random.below(static_cast<uint64_t>(jump))));
    ASSERT_FALSE(clock.has_late()) << step;
  }
  clock.advance(clock.now_ms + 2000 * kYear);
  EXPECT_EQ(clock.index.notes(), 0u);
  // Each is looked at once per level it passes and every two years beyond, not over and over.
  EXPECT_LT(clock.visits, prefix * 12u);
}

TEST(ExpiryIndex, deadlines_around_the_ends_of_levels_are_kept) {
  for (const int64_t units :
       {1, 254, 255, 256, 257, 65'535, 65'536, 65'537, 16'777'215, 16'777'216, 16'777'217}) {
    for (int64_t offset = -17; offset <= 17; ++offset) {
      Clock clock;
      const int64_t at_ms = kStart + units * ExpiryIndex::kTickMs + offset;
      clock.add(1, at_ms);
      clock.advance(at_ms - 1);
      clock.advance(at_ms);
      ASSERT_EQ(clock.index.notes(), 1u) << at_ms;
      clock.advance(at_ms + ExpiryIndex::kTickMs);
      ASSERT_EQ(clock.index.notes(), 0u) << units << " " << offset;
    }
  }
}

TEST(ExpiryIndex, the_end_of_time_is_a_deadline_like_others) {
  Clock clock;
  clock.add(1, INT64_MAX);
  clock.add(2, INT64_MAX - 1);
  clock.add(3, 0);
  clock.advance(kStart + 16);
  EXPECT_EQ(clock.deadlines.size(), 2u);
  clock.advance(kStart + 100'000 * kYear);
  EXPECT_EQ(clock.deadlines.size(), 2u);
}

TEST(ExpiryIndex, advance_obeys_its_budget) {
  ExpiryIndex index(kStart);
  for (uint32_t i = 0; i < 1000; ++i) {
    index.add(hash_of(i), kStart + 100);
  }
  size_t visits = 0;
  const auto visit = [&](uint32_t) { ++visits; };
  EXPECT_EQ(index.advance(kStart + 1000, 7, visit), 7u);
  EXPECT_EQ(visits, 7u);
  EXPECT_EQ(index.notes(), 993u);
  EXPECT_EQ(index.advance(kStart + 1000, 0, visit), 0u);
  EXPECT_EQ(index.advance(kStart + 1000, 5000, visit), 993u);
}

TEST(ExpiryIndex, only_earlier_slots_need_a_note) {
  const ExpiryIndex index(kStart);
  EXPECT_TRUE(index.needs_note(-1, kStart + 1000));
  EXPECT_FALSE(index.needs_note(kStart + 1000, kStart + 2000));
  EXPECT_FALSE(index.needs_note(kStart + 1000, kStart + 1000));
  EXPECT_TRUE(index.needs_note(kStart + 1000, kStart + 900));
  EXPECT_FALSE(index.needs_note(kStart - 5, kStart - 500));  // both are due as it is
}

TEST(ExpiryIndex, a_note_costs_about_four_bytes) {
  ExpiryIndex index(kStart);
  base::Random random(2);
  for (uint32_t i = 0; i < 1'000'000; ++i) {
    index.add(random.next(), kStart + static_cast<int64_t>(random.below(3'600'000)));
  }
  EXPECT_LT(index.memory(), 5'000'000u);
  const ExpiryIndex empty(kStart);
  EXPECT_LT(empty.memory(), 9000u);
}

TEST(ExpiryIndex, drop_some_frees_in_slices) {
  ExpiryIndex index(kStart);
  base::Random random(2);
  for (uint32_t i = 0; i < 100'000; ++i) {
    index.add(random.next(), kStart + static_cast<int64_t>(random.below(uint64_t{1} << 40)));
  }
  index.advance(kStart + 5'000'000, 10, [](uint32_t) {});  // part of it is due
  size_t before = index.memory();
  int slices = 0;
  while (!index.drop_some(4)) {
    ASSERT_LE(before - index.memory(), 4 * 4096u);
    before = index.memory();
    ++slices;
  }
  EXPECT_GT(slices, 20);
  EXPECT_EQ(index.notes(), 0u);
  EXPECT_EQ(index.memory(), ExpiryIndex(kStart).memory());
  index.add(1, kStart + 5'000'100);  // good as new
  EXPECT_EQ(index.advance(kStart + 6'000'000, 10, [](uint32_t) {}), 1u);
}

TEST(ExpiryIndex, knows_when_time_was_set_back) {
  ExpiryIndex index(kStart);
  index.advance(kStart + 100'000, 1, [](uint32_t) {});
  EXPECT_FALSE(index.is_ahead_of(kStart + 99'500));
  EXPECT_TRUE(index.is_ahead_of(kStart + 90'000));
}

TEST(ExpiryIndex, next_ms_is_no_later_than_any_deadline_and_wakes_in_time) {
  base::Random random(7);
  ExpiryIndex index(kStart);
  EXPECT_EQ(index.next_ms(), INT64_MAX);
  std::multiset<int64_t> deadlines;
  int64_t now_ms = kStart;
  for (int i = 0; i < 3000; ++i) {
    const int64_t at_ms =
        now_ms + static_cast<int64_t>(random.below(uint64_t{1} << random.below(36)));
    index.add(static_cast<uint64_t>(i) << 32, at_ms);
    deadlines.insert(at_ms);
    ASSERT_LE(index.next_ms(), *deadlines.begin());
    if (i % 10 == 0) {
      // As if nothing but next_ms() told when to look.
      now_ms = std::max(now_ms, index.next_ms() + 2 * ExpiryIndex::kTickMs);
      std::vector<uint32_t> due;
      index.advance(now_ms, SIZE_MAX, [&](uint32_t) { due.push_back(0); });
      deadlines.clear();
      index = ExpiryIndex(now_ms);
      EXPECT_FALSE(due.empty());
    }
  }
}

TEST(ExpiryIndex, moves_with_its_notes) {
  ExpiryIndex index(kStart);
  index.add(hash_of(5), kStart + 50);
  ExpiryIndex other(kStart + 1'000'000);
  other.swap(index);
  EXPECT_EQ(index.notes(), 0u);
  ExpiryIndex moved(std::move(other));
  EXPECT_EQ(moved.advance(kStart + 100, 10, [](uint32_t prefix) { EXPECT_EQ(prefix, 5u); }), 1u);
}

}  // namespace
}  // namespace gyre::data
