// A timer wheel of one core: four levels of 64 slots, 1 ms the finest; O(1) add, cancel and expiry.
#pragma once

#include <cstdint>

namespace gyre::ring {

// Embed one in what must wait. `fire` runs on the owning core; the timer is unlinked before it
// runs.
struct Timer {
  void (*fire)(Timer& timer) = nullptr;
  uint64_t deadline_ms = 0;  // on the core's monotonic clock
  Timer* prev = nullptr;     // not null while armed
  Timer* next = nullptr;

  bool is_armed() const { return prev != nullptr; }
};

class TimerWheel {
 public:
  explicit TimerWheel(uint64_t now_ms);
  TimerWheel(const TimerWheel&) = delete;
  TimerWheel& operator=(const TimerWheel&) = delete;

  // Arms an unarmed timer; a deadline that has passed fires at the next advance().
  void add(Timer& timer, uint64_t deadline_ms);
  void cancel(Timer& timer);

  // Fires every timer whose deadline is <= now_ms.
  void advance(uint64_t now_ms);

  // The next deadline, or `limit_ms` if nothing is due before that.
  uint64_t next_deadline_ms(uint64_t limit_ms) const;

 private:
  static constexpr int kLevels = 4;
  static constexpr int kBits = 6;
  static constexpr uint64_t kSlots = 1 << kBits;

  void place(Timer& timer);
  // The next time a slot has to be looked at, at most `limit_ms`: a deadline, or the moment when
  // the timers of a higher level move down.
  uint64_t next_ms(uint64_t limit_ms) const;
  // The first used slot of a level after the present one, in units of the level; 0 if there is
  // none.
  uint64_t next_unit(int level) const;
  void take_all(int level, uint64_t slot, Timer& into);

  uint64_t now_ms_;  // every deadline <= now_ms_ has fired
  uint64_t used_[kLevels] = {};
  Timer slots_[kLevels][kSlots];  // list heads
};

}  // namespace gyre::ring
