// sleep_ms() and next_turn(): suspend a coroutine for a while.
#pragma once

#include <coroutine>

#include "ring/core.h"

namespace gyre::ring {

// Awaitable: resumes on this core after `ms` milliseconds, at the earliest.
inline auto sleep_ms(uint64_t ms) {
  struct Awaiter : Timer {
    uint64_t ms;
    std::coroutine_handle<> caller;
    explicit Awaiter(uint64_t duration) : ms(duration) {}
    bool await_ready() const noexcept { return ms == 0; }
    void await_suspend(std::coroutine_handle<> handle) {
      caller = handle;
      fire = [](Timer& timer) { Core::current().schedule(static_cast<Awaiter&>(timer).caller); };
      Core& core = Core::current();
      // The clock of the turn is rounded down; one more makes up for it.
      core.timers().add(*this, core.now_ms() + ms + 1);
    }
    void await_resume() const noexcept {}
  };
  return Awaiter{ms};
}

// Awaitable: lets everything else that is ready on this core have its turn first.
inline auto next_turn() {
  struct Awaiter {
    bool await_ready() const noexcept { return false; }
    void await_suspend(std::coroutine_handle<> handle) { Core::current().schedule(handle); }
    void await_resume() const noexcept {}
  };
  return Awaiter{};
}

}  // namespace gyre::ring
