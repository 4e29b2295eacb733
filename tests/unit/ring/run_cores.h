// run_cores(): runs a coroutine on core 0 of some cores, then stops them all.
#pragma once

#include <string>

#include <gtest/gtest.h>

#include "ring/core.h"
#include "ring/hop.h"
#include "ring/scope.h"
#include "ring/task.h"

namespace gyre::ring {

// Blocks until `body` has ended. `body` and what it refers to live in the caller.
inline void run_cores(uint16_t count, Task<> (*body)(Cores& all, void* context), void* context,
                      ReactorOptions reactor = {}) {
  struct World {
    Cores cores;
    Scope scope;
    Task<> (*body)(Cores&, void*);
    void* context;
  };
  reactor.ring_entries = 64;
  World world{Cores({.count = count, .reactor = reactor}), {}, body, context};
  const std::string error = world.cores.run(
      [](Core& core, void* made) {
        if (core.id() != 0) {
          return;
        }
        auto& all = *static_cast<World*>(made);
        all.scope.spawn(
            [](World* running) -> Task<> {
              co_await running->body(running->cores, running->context);
              for (uint16_t to = 1; to < running->cores.count(); ++to) {
                co_await hop(to, [](Core& at) { at.stop(); });
              }
              Core::current().stop();
            },
            &all);
      },
      [](Core&, void*) {}, &world);
  ASSERT_EQ(error, "");
}

}  // namespace gyre::ring
