// on_core() and on_every_core(): what commands do on other cores than the asking one.
#pragma once

#include <utility>

#include "ring/hop.h"
#include "ring/task.h"
#include "server/core_server.h"
#include "server/server.h"

namespace gyre::server {

// A message of its own, deleted on arrival: for the rare things one core tells another.
template <typename Function>
void tell(ring::Core& from, uint16_t to, Function function) {
  struct Note : ring::Message {
    Function function;
    explicit Note(Function f) : function(std::move(f)) {}
  };
  auto* note = new Note(std::move(function));
  note->run = [](ring::Message& message, ring::Core&) {
    auto* self = static_cast<Note*>(&message);
    self->function();
    delete self;
  };
  from.post(to, *note);
}

// Runs `function(CoreServer&)` on core `id` and gives its result.
template <typename Function>
auto on_core(uint16_t id, Function function) {
  return ring::hop(id, [function = std::move(function)](ring::Core&) mutable {
    return function(CoreServer::current());
  });
}

// Runs `function(CoreServer&)` on every core, one after another, so that it may write to what its
// caller owns. What it captures outlives the task.
template <typename Function>
ring::Task<> on_every_core(Function function) {
  const uint16_t count = CoreServer::current().server().core_count();
  for (uint16_t id = 0; id < count; ++id) {
    co_await on_core(id, [&function](CoreServer& at) { function(at); });
  }
}

// Runs `function(Durability&)`, a task, on the first core; awaited. What it captures outlives it.
template <typename Function>
auto visit_first_core(Function function) {
  struct Awaiter : ring::Message {
    Function function;
    uint16_t home;
    std::coroutine_handle<> caller;
    explicit Awaiter(Function f) : function(std::move(f)), home(ring::Core::current().id()) {}

    static ring::Task<> work(Awaiter* self) {
      co_await self->function(CoreServer::current().server().durability());
      self->run = [](ring::Message& message, ring::Core& at) {
        at.schedule(static_cast<Awaiter&>(message).caller);
      };
      ring::Core::current().post(self->home, *self);
    }
    bool await_ready() const noexcept { return false; }
    void await_suspend(std::coroutine_handle<> handle) {
      caller = handle;
      run = [](ring::Message& message, ring::Core&) {
        CoreServer::current().scope().spawn(&Awaiter::work, &static_cast<Awaiter&>(message));
      };
      ring::Core::current().post(0, *this);
    }
    void await_resume() const noexcept {}
  };
  return Awaiter(std::move(function));
}

}  // namespace gyre::server
