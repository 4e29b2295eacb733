// Engines on all cores of a test.
#pragma once

#include <cstdint>
#include <memory>
#include <vector>

#include "exec/engine.h"
#include "exec/table.h"
#include "ring/hop.h"
#include "ring/task.h"

namespace gyre::exec {

struct World {
  CommandTable table{{}};
  Engines all{.commands = &table};
  std::vector<std::unique_ptr<Engine>> engines;

  ring::Task<> start(uint16_t count) {
    engines.resize(count);
    all.engines.resize(count);
    for (uint16_t id = 0; id < count; ++id) {
      co_await ring::hop(id, [this](ring::Core& at) {
        engines[at.id()] = std::make_unique<Engine>(at, all, store::ShardOptions{}, 1);
        all.engines[at.id()] = engines[at.id()].get();
      });
    }
  }
  ring::Task<> stop() {
    for (auto& engine : engines) {
      co_await ring::hop(engine->core_id(), [&engine](ring::Core&) { engine.reset(); });
    }
  }
  // Of the first core.
  Channels& channels() { return engines[0]->channels(); }
};

}  // namespace gyre::exec
