#include "exec/core_parts.h"

#include <algorithm>
#include <utility>

#include "exec/session.h"

namespace gyre::exec {
namespace {

// Travels to a core, waits there for the part's locks, and comes back holding them. On the asking
// core itself it need not travel.
struct LockTrip : ring::Message {
  CorePart& part;
  Engine& home;
  CoreStep held;
  void* context;
  std::coroutine_handle<> caller;
  bool is_home;

  LockTrip(CorePart& target, Engine& engine, CoreStep step, void* with)
      : part(target),
        home(engine),
        held(step),
        context(with),
        is_home(target.core == engine.core_id()) {}

  bool await_ready() noexcept { return is_home && acquire(); }
  void await_suspend(std::coroutine_handle<> handle) {
    caller = handle;
    if (is_home) {
      return;  // granted() brings it back
    }
    run = [](ring::Message& message, ring::Core&) {
      auto& self = static_cast<LockTrip&>(message);
      if (self.acquire()) {
        self.answer();
      }
    };
    home.core().post(part.core, *this);
  }
  void await_resume() const noexcept {}

  // True if the locks are held now; else granted() is called when they are.
  bool acquire() {
    part.lock.context = this;
    // Not at once: whoever lets go is in the midst of something, and a hundred may wait in a row.
    part.lock.granted = [](LockRequest& request) {
      auto& self = *static_cast<LockTrip*>(request.context);
      self.run = [](ring::Message& message, ring::Core&) {
        auto& held = static_cast<LockTrip&>(message);
        held.arrive();
        held.answer();
      };
      Engine::current().core().post(self.part.core, self);
    };
    const bool is_granted = Engine::current().locks().acquire(part.lock);
    if (is_granted) {
      arrive();
    }
    return is_granted;
  }
  void arrive() {
    if (held != nullptr) {
      held(part, Engine::current(), context);
    }
  }
  void answer() {
    if (is_home) {
      home.core().schedule(caller);
      return;
    }
    run = [](ring::Message& message, ring::Core& at) {
      at.schedule(static_cast<LockTrip&>(message).caller);
    };
    post_home(part, home.core_id(), *this);
  }
};

}  // namespace

void lose_if_lost(CoreParts parts, Session* caller) {
  const bool is_lost =
      std::any_of(parts.begin(), parts.end(), [](const CorePart* part) { return part->is_lost; });
  if (is_lost && caller != nullptr) [[unlikely]] {
    caller->lose();
  }
}

void post_home(CorePart& part, uint16_t home, ring::Message& message) {
  Engine& at = Engine::current();
  if (part.is_done) {
    at.departures().post(
        home, message,
        {.group = part.group, .is_lost = &part.is_lost, .has_written = part.is_write});
  } else {
    at.core().post(home, message);
  }
}

void come_home(Engine& home, CoreParts parts, uint64_t group) {
  std::vector<uint16_t> cores;
  for (const CorePart* part : parts) {
    if (part->is_open) {
      cores.push_back(part->core);
    }
  }
  if (!cores.empty()) {
    home.unsettled().come_home(group, std::move(cores));
  }
}

ring::Task<> lock_parts(Engine& home, CoreParts parts, CoreStep held, void* context) {
  for (CorePart* part : parts) {
    part->is_done = part->is_open = false;
    part->is_lost = false;
    co_await LockTrip{*part, home, held, context};
  }
}

Fan::Fan(Engine& home, CoreParts parts, CoreStep step, void* context)
    : home_(home), parts_(parts), step_(step), context_(context), trips_(parts.size()) {}

void Fan::start() {
  CorePart* own = nullptr;
  for (size_t i = 0; i < parts_.size(); ++i) {
    if (parts_[i]->core == home_.core_id()) {
      own = parts_[i];
      continue;
    }
    Trip& trip = trips_[i];
    trip.fan = this;
    trip.part = parts_[i];
    trip.run = [](ring::Message& message, ring::Core&) {
      auto& self = static_cast<Trip&>(message);
      self.fan->step_(*self.part, Engine::current(), self.fan->context_);
      self.run = [](ring::Message& answer, ring::Core&) {
        static_cast<Trip&>(answer).fan->join_.arrived();
      };
      post_home(*self.part, self.fan->home_.core_id(), self);
    };
    join_.expect(1);
    home_.core().post(parts_[i]->core, trip);
  }
  if (own != nullptr) {
    step_(*own, home_, context_);
  }
}

}  // namespace gyre::exec
