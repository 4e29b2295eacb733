// on_core() and on_every_core(): what commands do on other cores than the asking one.
#pragma once

#include <utility>

#include "ring/hop.h"
#include "ring/task.h"
#include "server/core_server.h"
#include "server/server.h"

namespace gyre::server {

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

}  // namespace gyre::server
