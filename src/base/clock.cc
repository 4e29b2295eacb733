#include "base/clock.h"

#include <ctime>

#if defined(__x86_64__)
#include <cpuid.h>
#endif

namespace gyre::base {
namespace clock_detail {

constinit TickScale tick_scale;

}  // namespace clock_detail

namespace {

timespec read_clock(clockid_t clock) {
  timespec now;
  clock_gettime(clock, &now);
  return now;
}

#if defined(__x86_64__)

struct Reading {
  uint64_t ticks;
  uint64_t ns;
};

// Of several tries the one the least time passed in, as an interrupt may fall into any of them.
Reading read_both() {
  Reading best{};
  uint64_t best_gap = UINT64_MAX;
  for (int i = 0; i < 16; ++i) {
    const uint64_t before = __rdtsc();
    const uint64_t ns = mono_ns();
    const uint64_t gap = __rdtsc() - before;
    if (gap < best_gap) {
      best_gap = gap;
      best = {before + gap / 2, ns};
    }
  }
  return best;
}

bool has_invariant_tsc() {
  unsigned a = 0;
  unsigned b = 0;
  unsigned c = 0;
  unsigned d = 0;
  return __get_cpuid(0x80000007, &a, &b, &c, &d) != 0 && (d & (1u << 8)) != 0;
}

#endif

}  // namespace

int64_t unix_ms() {
  const timespec now = read_clock(CLOCK_REALTIME);
  return now.tv_sec * 1'000 + now.tv_nsec / 1'000'000;
}

int64_t unix_us() {
  const timespec now = read_clock(CLOCK_REALTIME);
  return now.tv_sec * 1'000'000 + now.tv_nsec / 1'000;
}

uint64_t mono_us() { return mono_ns() / 1'000; }

uint64_t mono_ns() {
  const timespec now = read_clock(CLOCK_MONOTONIC);
  return static_cast<uint64_t>(now.tv_sec) * 1'000'000'000 + static_cast<uint64_t>(now.tv_nsec);
}

void calibrate_ticks() {
#if defined(__x86_64__)
  if (!has_invariant_tsc()) {
    return;
  }
  // Readings are right to some 50 ns, so 5 ms give ten parts in a million.
  const Reading first = read_both();
  while (mono_ns() - first.ns < 5'000'000) {
  }
  const Reading last = read_both();
  const uint64_t ticks = last.ticks - first.ticks;
  const uint64_t ns = last.ns - first.ns;
  // A counter that stands still or runs backwards (some emulators) is of no use.
  if (ticks == 0 || ticks > ns * 100 || ns > ticks * 100) {
    return;
  }
  clock_detail::tick_scale = {
      .is_tsc = true,
      .ns_per_tick = static_cast<uint64_t>((static_cast<unsigned __int128>(ns) << 32) / ticks)};
#endif
}

}  // namespace gyre::base
