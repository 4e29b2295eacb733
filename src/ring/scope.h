// Scope: owns tasks that run beside their maker, and can be joined before what they use goes away.
#pragma once

#include <coroutine>
#include <type_traits>
#include <utility>

#include "ring/sync.h"
#include "ring/task.h"

namespace gyre::ring {

// One core only. A scope must be joined (all tasks ended) before it is destroyed; tasks are told to
// end by whoever owns what they wait for (a stream is shut down, a channel closed).
class Scope {
 public:
  Scope() = default;
  Scope(const Scope&) = delete;
  Scope& operator=(const Scope&) = delete;
  ~Scope() { GYRE_ASSERT(running_ == 0); }

  // Starts `function(args...)` now; it runs until its first suspension before spawn returns. The
  // function must be captureless, so that everything a task uses is a parameter in its own frame.
  template <typename Function, typename... Args>
  requires std::is_empty_v<Function> || std::is_function_v<std::remove_pointer_t<Function>>
  void spawn(Function function, Args... args) {
    ++running_;
    idle_.reset();
    run(*this, function, std::move(args)...);
  }

  size_t running() const { return running_; }

  // Completes when no task runs any more.
  auto join() {
    if (running_ == 0) {
      idle_.set();
    }
    return idle_.wait();
  }

 private:
  // A coroutine nobody awaits: it starts at once and frees its own frame at its end.
  struct Detached {
    struct promise_type {
      static void* operator new(size_t size) { return frame_alloc(size); }
      static void operator delete(void* frame, size_t size) { frame_free(frame, size); }
      Detached get_return_object() noexcept { return {}; }
      std::suspend_never initial_suspend() noexcept { return {}; }
      std::suspend_never final_suspend() noexcept { return {}; }
      void return_void() noexcept {}
      void unhandled_exception() noexcept { GYRE_UNREACHABLE(); }
    };
  };

  template <typename Function, typename... Args>
  static Detached run(Scope& scope, Function function,
                      Args... args) {  // `scope` outlives its tasks
    co_await function(std::move(args)...);
    if (--scope.running_ == 0) {
      scope.idle_.set();
    }
  }

  size_t running_ = 0;
  Event idle_;
};

}  // namespace gyre::ring
