// Tests of ring/timer.h against a list of deadlines: nothing early, nothing late, nothing twice.
#include "ring/timer.h"

#include <algorithm>
#include <deque>
#include <vector>

#include <gtest/gtest.h>

#include "base/random.h"

namespace gyre::ring {
namespace {

constexpr uint64_t kStart = 123'456'789;

// What the wheel tells its timers; `now` is the time of the advance() that runs.
struct Log {
  uint64_t now_ms = kStart;
  std::vector<struct TestTimer*> fired;
};

struct TestTimer : Timer {
  Log* log = nullptr;
  uint64_t wanted_ms = 0;
  bool is_expected = false;
};

void note(Timer& timer) {
  auto& self = static_cast<TestTimer&>(timer);
  EXPECT_FALSE(self.is_armed());
  EXPECT_TRUE(self.is_expected);
  EXPECT_LE(self.wanted_ms, self.log->now_ms);
  self.is_expected = false;
  self.log->fired.push_back(&self);
}

TEST(TimerWheel, fires_each_timer_when_its_time_has_come) {
  base::Random random(1);
  Log log;
  TimerWheel wheel(kStart);
  std::vector<TestTimer> timers(300);
  for (TestTimer& timer : timers) {
    timer.fire = note;
    timer.log = &log;
  }
  size_t fired = 0;
  for (int step = 0; step < 40'000; ++step) {
    for (int i = 0; i < 3; ++i) {
      TestTimer& timer = timers[random.below(timers.size())];
      if (timer.is_armed()) {
        wheel.cancel(timer);
        timer.is_expected = false;
        EXPECT_FALSE(timer.is_armed());
      } else {
        const uint64_t horizon = uint64_t{1} << random.below(30);
        timer.wanted_ms = log.now_ms - 3 + random.below(horizon + 3);
        timer.is_expected = true;
        wheel.add(timer, timer.wanted_ms);
      }
    }
    // The next deadline is never slept through.
    uint64_t earliest = log.now_ms + 1'000'000;
    for (const TestTimer& timer : timers) {
      if (timer.is_armed()) {
        earliest = std::min(earliest, std::max(timer.wanted_ms, log.now_ms + 1));
      }
    }
    ASSERT_LE(wheel.next_deadline_ms(log.now_ms + 1'000'000), earliest);
    ASSERT_GT(wheel.next_deadline_ms(log.now_ms + 1'000'000), log.now_ms);
    const uint64_t jump = random.below(200) == 0 ? uint64_t{1} << random.below(31) : 70;
    log.now_ms += 1 + random.below(jump);
    wheel.advance(log.now_ms);
    for (const TestTimer& timer : timers) {
      ASSERT_EQ(timer.is_armed(), timer.is_expected);
      ASSERT_TRUE(!timer.is_armed() || timer.wanted_ms > log.now_ms)
          << log.now_ms - timer.wanted_ms << " ms late";
    }
    fired += log.fired.size();
    log.fired.clear();
  }
  EXPECT_GT(fired, 10'000u);
}

TEST(TimerWheel, deadlines_in_the_past_fire_at_the_next_advance) {
  Log log;
  TimerWheel wheel(kStart);
  TestTimer timer;
  timer.fire = note;
  timer.log = &log;
  timer.is_expected = true;
  wheel.add(timer, 5);
  EXPECT_EQ(wheel.next_deadline_ms(kStart + 100), kStart + 1);
  wheel.advance(kStart);
  EXPECT_TRUE(timer.is_armed());
  wheel.advance(kStart + 1);
  EXPECT_FALSE(timer.is_armed());
}

TEST(TimerWheel, a_timer_may_add_and_cancel_others_while_it_fires) {
  static TimerWheel* wheel = nullptr;
  static std::vector<int> fired;
  static TestTimer victim;
  static TestTimer later;
  static TestTimer again;
  TimerWheel made(kStart);
  wheel = &made;
  fired.clear();
  TestTimer first;
  first.fire = [](Timer&) {
    fired.push_back(1);
    wheel->cancel(victim);
    wheel->add(later, kStart + 10);  // the same time: it still comes
  };
  victim.fire = [](Timer&) { fired.push_back(2); };
  later.fire = [](Timer&) { fired.push_back(3); };
  again.fire = [](Timer& timer) {
    fired.push_back(4);
    if (std::count(fired.begin(), fired.end(), 4) < 3) {
      wheel->add(timer, kStart + 1);  // in the past
    }
  };
  made.add(first, kStart + 10);
  made.add(victim, kStart + 10);
  made.add(again, kStart + 20);
  made.advance(kStart + 19);
  EXPECT_EQ(fired, (std::vector<int>{1, 3}));
  made.advance(kStart + 30);
  EXPECT_EQ(fired, (std::vector<int>{1, 3, 4, 4, 4}));
}

TEST(TimerWheel, an_idle_wheel_lets_the_core_sleep) {
  TimerWheel wheel(kStart);
  EXPECT_EQ(wheel.next_deadline_ms(kStart + 100), kStart + 100);
  TestTimer timer;
  wheel.add(timer, kStart + 50);
  EXPECT_EQ(wheel.next_deadline_ms(kStart + 100), kStart + 50);
  EXPECT_EQ(wheel.next_deadline_ms(kStart + 20), kStart + 20);
  wheel.cancel(timer);
  // The slot is looked at once for nothing, no more.
  wheel.advance(kStart + 50);
  EXPECT_EQ(wheel.next_deadline_ms(kStart + 150), kStart + 150);
}

TEST(TimerWheel, a_far_deadline_costs_few_looks) {
  Log log;
  TimerWheel wheel(0);
  TestTimer timer;
  timer.fire = note;
  timer.log = &log;
  timer.is_expected = true;
  timer.wanted_ms = uint64_t{30} * 86'400'000;
  wheel.add(timer, timer.wanted_ms);
  int looks = 0;
  uint64_t now_ms = 0;
  while (timer.is_armed()) {
    now_ms = wheel.next_deadline_ms(UINT64_MAX);
    log.now_ms = now_ms;
    wheel.advance(now_ms);
    ASSERT_LT(++looks, 1000);
  }
  EXPECT_EQ(now_ms, timer.wanted_ms);
}

}  // namespace
}  // namespace gyre::ring
