#include "exec/everywhere.h"

#include "exec/core_parts.h"
#include "exec/session.h"
#include "ring/hop.h"
#include "ring/sleep.h"

namespace gyre::exec {
namespace {

// All cores, to be locked and let go unless a transaction holds them.
struct WholeCores {
  std::vector<CorePart> own;
  std::vector<CorePart*> all;
  bool is_held;

  WholeCores(const Engine& engine, const Request& request, bool exclusive, uint64_t group = 0)
      : own(engine.all().count()),
        is_held(request.session != nullptr && request.session->holds_cores) {
    for (uint16_t core = 0; core < own.size(); ++core) {
      own[core].core = core;
      own[core].lock.exclusive = own[core].is_write = exclusive;
      own[core].lock.whole_core = true;
      own[core].group = group;
      all.push_back(&own[core]);
    }
  }
  WholeCores(const WholeCores&) = delete;
  WholeCores& operator=(const WholeCores&) = delete;

  void let_go(CorePart& part, Engine& at) const {
    if (!is_held) {
      part.let_go(at);
    }
  }
};

ring::Task<> lock_if_needed(Engine& engine, WholeCores& cores) {  // both outlive the task
  if (!cores.is_held) {
    co_await lock_parts(engine, cores.all, nullptr, nullptr);
  }
}

// At the end: who asked may hear of it.
void end_group(Engine& engine, const WholeCores& cores, const Request& request, uint64_t group) {
  if (!cores.is_held) {
    come_home(engine, cores.all, group);
  }
  lose_if_lost(cores.all, request.session);
}

}  // namespace

AtomicGroup group_over_all(const Request& request) {
  Engine& engine = Engine::current();
  // Whether anything is taken down may change until the cores are locked.
  if (request.session != nullptr && request.session->holds_cores) {
    return {request.session->held_group, 0};
  }
  const uint16_t cores = engine.all().count();
  return cores > 1 ? AtomicGroup{engine.recorder().next_group_id(), cores} : AtomicGroup{};
}

ring::Task<> run_everywhere(const Request& request, bool exclusive,
                            void (*body)(Engine& at, void* context), void* context,
                            AtomicGroup group) {
  Engine& engine = Engine::current();
  WholeCores cores(engine, request, exclusive, group.id);
  co_await lock_if_needed(engine, cores);
  // One core after the other, so that `body` may use the context without locks.
  for (CorePart& part : cores.own) {
    co_await ring::hop(part.core, [&cores, &part, body, context](ring::Core&) {
      body(Engine::current(), context);
      cores.let_go(part, Engine::current());
    });
  }
  if (engine.recorder().is_on() && request.session != nullptr) {
    // Who asked is answered when it is safe on all of them.
    for (CorePart& part : cores.own) {
      part.is_done = true;
    }
    Fan settle(
        engine, cores.all, [](CorePart&, Engine&, void*) {}, nullptr);
    co_await settle.run();
    end_group(engine, cores, request, group.id);
  }
}

ring::Task<> run_in_steps(const Request& request, bool exclusive, std::span<const Step> steps,
                          void* context, AtomicGroup group) {
  struct Call {
    Step step;
    void* context;
  };
  Engine& engine = Engine::current();
  WholeCores cores(engine, request, exclusive, group.id);
  co_await lock_if_needed(engine, cores);
  for (const Step step : steps) {
    Call call{step, context};
    Fan fan(
        engine, cores.all,
        [](CorePart&, Engine& at, void* shared) {
          const auto& of = *static_cast<Call*>(shared);
          of.step(at, of.context);
          at.recorder().end_step();
        },
        &call);
    co_await fan.run();
  }
  if (!cores.is_held) {
    Fan release(engine, cores.all, release_part, nullptr);
    co_await release.run();
  }
  end_group(engine, cores, request, group.id);
}

ring::Task<> run_sliced(uint16_t core, Slice slice, void* context) {
  const uint16_t home = Engine::current().core_id();
  for (;;) {
    const bool has_more = co_await ring::hop(
        core, [slice, context](ring::Core&) { return slice(Engine::current(), context); });
    if (!has_more) {
      co_return;
    }
    if (core == home) {
      co_await ring::next_turn();
    }
  }
}

namespace {

// A walk on one core: comes up there once a turn until nothing is left, then goes home.
struct Walk : ring::Message {
  uint16_t home = 0;
  const WholeCores* cores = nullptr;
  CorePart* part = nullptr;
  Slice slice = nullptr;
  void* context = nullptr;
  Join* join = nullptr;

  static void step(ring::Message& message, ring::Core& at) {
    auto& self = static_cast<Walk&>(message);
    if (self.slice(Engine::current(), self.context)) {
      at.post(at.id(), self);
      return;
    }
    self.cores->let_go(*self.part, Engine::current());
    self.run = [](ring::Message& answer, ring::Core&) {
      static_cast<Walk&>(answer).join->arrived();
    };
    at.post(self.home, self);
  }
};

}  // namespace

ring::Task<> walk_everywhere(const Request& request, Slice slice, std::vector<void*> contexts) {
  Engine& engine = Engine::current();
  WholeCores cores(engine, request, false);
  co_await lock_if_needed(engine, cores);
  Join join;
  join.expect(cores.own.size());
  std::vector<Walk> walks(cores.own.size());
  for (size_t i = 0; i < walks.size(); ++i) {
    Walk& walk = walks[i];
    walk.home = engine.core_id();
    walk.cores = &cores;
    walk.part = &cores.own[i];
    walk.slice = slice;
    walk.context = contexts[i];
    walk.join = &join;
    walk.run = &Walk::step;
    engine.core().post(walk.part->core, walk);
  }
  co_await join.wait();
}

}  // namespace gyre::exec
