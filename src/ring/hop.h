// hop(): run a function on another core and come back with its result.
#pragma once

#include <coroutine>
#include <optional>
#include <type_traits>
#include <utility>

#include "ring/core.h"

namespace gyre::ring {

// Awaitable: runs `function(Core&)` on core `to`, in a turn of that core, and resumes the caller on
// its own core with the value returned. The message is part of the awaiting frame, which stays
// where it is until the answer comes; references the function captures stay valid as long.
template <typename Function>
auto hop(uint16_t to, Function function) {
  using Value = std::invoke_result_t<Function&, Core&>;
  using Stored = std::conditional_t<std::is_void_v<Value>, bool, Value>;

  struct Awaiter : Message {
    Function function;
    uint16_t to;
    uint16_t from;
    std::coroutine_handle<> caller;
    std::optional<Stored> value;

    Awaiter(uint16_t target, Function f)
        : function(std::move(f)), to(target), from(Core::current().id()) {}

    bool await_ready() {
      if (to == from) {
        call(Core::current());
        return true;
      }
      return false;
    }
    void await_suspend(std::coroutine_handle<> handle) {
      caller = handle;
      run = [](Message& message, Core& at) {
        auto& self = static_cast<Awaiter&>(message);
        self.call(at);
        self.run = [](Message& answer, Core& home) {
          home.schedule(static_cast<Awaiter&>(answer).caller);
        };
        at.post(self.from, self);
      };
      Core::current().post(to, *this);
    }
    Value await_resume() {
      if constexpr (!std::is_void_v<Value>) {
        return std::move(*value);
      }
    }
    void call(Core& at) {
      if constexpr (std::is_void_v<Value>) {
        function(at);
      } else {
        value.emplace(function(at));
      }
    }
  };
  return Awaiter{to, std::move(function)};
}

}  // namespace gyre::ring
