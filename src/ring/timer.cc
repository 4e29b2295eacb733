#include "ring/timer.h"

#include <algorithm>
#include <bit>

#include "base/assert.h"

namespace gyre::ring {
namespace {

void link(Timer& head, Timer& timer) {
  timer.prev = head.prev;
  timer.next = &head;
  head.prev->next = &timer;
  head.prev = &timer;
}

void unlink(Timer& timer) {
  timer.prev->next = timer.next;
  timer.next->prev = timer.prev;
  timer.prev = timer.next = nullptr;
}

}  // namespace

TimerWheel::TimerWheel(uint64_t now_ms) : now_ms_(now_ms) {
  for (auto& level : slots_) {
    for (Timer& head : level) {
      head.prev = head.next = &head;
    }
  }
}

void TimerWheel::add(Timer& timer, uint64_t deadline_ms) {
  GYRE_ASSERT(!timer.is_armed());
  timer.deadline_ms = deadline_ms;
  place(timer);
}

void TimerWheel::cancel(Timer& timer) {
  if (timer.is_armed()) {
    unlink(timer);  // The slot's bit may stay set; an empty slot costs one look.
  }
}

void TimerWheel::place(Timer& timer) {
  const uint64_t due = std::max(timer.deadline_ms, now_ms_ + 1);
  const uint64_t distance = due - now_ms_;
  int level = 0;
  while (level + 1 < kLevels && distance >= (uint64_t{1} << (kBits * (level + 1)))) {
    ++level;
  }
  // A deadline beyond the last level waits in its farthest slot and is placed again from there.
  const uint64_t span = uint64_t{1} << (kBits * kLevels);
  const uint64_t at = distance < span ? due : now_ms_ + span - 1;
  const uint64_t slot = (at >> (kBits * level)) % kSlots;
  used_[level] |= uint64_t{1} << slot;
  link(slots_[level][slot], timer);
}

void TimerWheel::take_all(int level, uint64_t slot, Timer& into) {
  Timer& head = slots_[level][slot];
  used_[level] &= ~(uint64_t{1} << slot);
  while (head.next != &head) {
    Timer& timer = *head.next;
    unlink(timer);
    link(into, timer);
  }
}

void TimerWheel::advance(uint64_t now_ms) {
  while (now_ms_ < now_ms) {
    const uint64_t next = next_ms(now_ms);
    if (next > now_ms) {
      break;
    }
    now_ms_ = next;
    Timer due;
    due.prev = due.next = &due;
    for (int level = kLevels - 1; level > 0; --level) {
      if ((now_ms_ & ((uint64_t{1} << (kBits * level)) - 1)) == 0) {
        take_all(level, (now_ms_ >> (kBits * level)) % kSlots, due);
      }
    }
    take_all(0, now_ms_ % kSlots, due);
    while (due.next != &due) {
      Timer& timer = *due.next;
      unlink(timer);
      if (timer.deadline_ms <= now_ms_) {
        timer.fire(timer);
      } else {
        place(timer);
      }
    }
  }
  now_ms_ = std::max(now_ms_, now_ms);
}

uint64_t TimerWheel::next_unit(int level) const {
  if (used_[level] == 0) {
    return 0;
  }
  const uint64_t unit = now_ms_ >> (kBits * level);
  const int shift = static_cast<int>((unit + 1) % kSlots);
  return unit + 1 + static_cast<uint64_t>(std::countr_zero(std::rotr(used_[level], shift)));
}

uint64_t TimerWheel::next_ms(uint64_t limit_ms) const {
  uint64_t best = limit_ms;
  for (int level = 0; level < kLevels; ++level) {
    if (const uint64_t unit = next_unit(level); unit != 0) {
      best = std::min(best, unit << (kBits * level));
    }
  }
  return best;
}

uint64_t TimerWheel::next_deadline_ms(uint64_t limit_ms) const {
  uint64_t best = limit_ms;
  for (int level = 0; level < kLevels; ++level) {
    const uint64_t unit = next_unit(level);
    if (unit == 0 || unit << (kBits * level) >= best) {
      continue;
    }
    const Timer& head = slots_[level][unit % kSlots];
    uint64_t first = UINT64_MAX;
    for (const Timer* timer = head.next; timer != &head; timer = timer->next) {
      first = std::min(first, std::max(timer->deadline_ms, now_ms_ + 1));
    }
    if (first >= (unit + 1) << (kBits * level)) {
      first = unit << (kBits * level);  // cancelled ones, or ones from beyond the span: look there
    }
    best = std::min(best, first);
  }
  return best;
}

}  // namespace gyre::ring
