// Tests of base/clock.h: units, direction, and the rate of ticks before and after calibration.
#include "base/clock.h"

#include <ctime>

#include <gtest/gtest.h>

namespace gyre::base {
namespace {

TEST(Clock, wall_clocks_agree_in_their_units) {
  const int64_t seconds = std::time(nullptr);
  const int64_t us = unix_us();
  const int64_t ms = unix_ms();
  EXPECT_GE(us / 1'000'000, seconds);
  EXPECT_LE(us / 1'000'000, seconds + 5);
  EXPECT_GE(ms, us / 1'000);
  EXPECT_LE(ms, us / 1'000 + 5'000);
}

TEST(Clock, monotonic_clock_never_steps_back) {
  uint64_t last = mono_ns();
  for (int i = 0; i < 10'000; ++i) {
    const uint64_t now = mono_ns();
    ASSERT_GE(now, last);
    last = now;
  }
  EXPECT_LE(last / 1'000, mono_us());
}

// The span of a busy wait must be the same by ticks and by the monotonic clock.
void expect_ticks_follow_the_clock() {
  const uint64_t ticks_begin = ticks_now();
  const uint64_t ns_begin = mono_ns();
  while (mono_ns() - ns_begin < 20'000'000) {
  }
  const uint64_t ns = mono_ns() - ns_begin;
  const uint64_t by_ticks = ticks_to_ns(ticks_now() - ticks_begin);
  // The thread may lose its core between two readings, hence the room upwards.
  EXPECT_GE(by_ticks, ns - ns / 500);
  EXPECT_LE(by_ticks, ns + ns / 4);
}

TEST(Clock, ticks_are_right_without_and_with_calibration) {
  clock_detail::tick_scale = {};
  expect_ticks_follow_the_clock();
  calibrate_ticks();
  expect_ticks_follow_the_clock();
}

TEST(Clock, long_spans_do_not_overflow) {
  calibrate_ticks();
  const uint64_t year_ticks = static_cast<uint64_t>(
      (static_cast<unsigned __int128>(365ull * 24 * 3600 * 1'000'000'000) << 32) /
      clock_detail::tick_scale.ns_per_tick);
  const uint64_t days = ticks_to_ns(year_ticks) / (24ull * 3600 * 1'000'000'000);
  EXPECT_GE(days, 364u);
  EXPECT_LE(days, 365u);
}

}  // namespace
}  // namespace gyre::base
