// How the processor time of something grows with its size: what tells linear from quadratic.
#pragma once

#include <time.h>

#include <algorithm>
#include <cstddef>
#include <cstdint>

namespace gyre {

// The time that run(16 * size) takes in units of what run(size) takes: 16 if the time is in
// proportion to the size, 256 if it grows with the square. The best of several rounds counts, and
// only time on the processor, so a busy machine changes little.
template <typename Run>
int64_t growth_over_16(size_t size, Run&& run) {
  const auto time_of = [&](size_t count) {
    timespec begin;
    timespec end;
    clock_gettime(CLOCK_THREAD_CPUTIME_ID, &begin);
    run(count);
    clock_gettime(CLOCK_THREAD_CPUTIME_ID, &end);
    return (end.tv_sec - begin.tv_sec) * 1'000'000'000 + end.tv_nsec - begin.tv_nsec;
  };
  int64_t small = INT64_MAX;
  int64_t large = INT64_MAX;
  for (int round = 0; round < 7; ++round) {
    small = std::min<int64_t>(small, time_of(size));
    large = std::min<int64_t>(large, time_of(16 * size));
  }
  return large / std::max<int64_t>(small, 1);
}

inline constexpr int64_t kQuadratic = 80;  // growth_over_16() of more than this is not linear

}  // namespace gyre
