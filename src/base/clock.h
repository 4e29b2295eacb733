// Time: the wall clock, the monotonic clock, and a tick counter cheap enough for every command.
#pragma once

#include <cstdint>

#if defined(__x86_64__)
#include <x86intrin.h>
#endif

namespace gyre::base {

int64_t unix_ms();
int64_t unix_us();
uint64_t mono_us();
uint64_t mono_ns();

namespace clock_detail {
struct TickScale {
  bool is_tsc = false;
  uint64_t ns_per_tick = uint64_t{1} << 32;  // fixed point, 32 fractional bits
};
extern TickScale tick_scale;
}  // namespace clock_detail

// Learns the rate of the CPU's time stamp counter, which takes a few milliseconds. Call once,
// before other threads start. Without it, or on a CPU whose counter is not invariant, ticks are the
// nanoseconds of the monotonic clock: right, and some 20 ns dearer a reading.
void calibrate_ticks();

// Counts upwards from an arbitrary start. Readings of two cores may differ by a few nanoseconds.
inline uint64_t ticks_now() {
#if defined(__x86_64__)
  if (clock_detail::tick_scale.is_tsc) [[likely]] {
    return __rdtsc();
  }
#endif
  return mono_ns();
}

// Nanoseconds of a difference of two readings.
inline uint64_t ticks_to_ns(uint64_t ticks) {
  const auto scaled = static_cast<unsigned __int128>(ticks) * clock_detail::tick_scale.ns_per_tick;
  return static_cast<uint64_t>(scaled >> 32);
}

}  // namespace gyre::base
