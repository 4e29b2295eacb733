// Benches of ring/hop.h and mailbox.h: what a trip to another core costs, beside a condition
// variable.
#include "ring/hop.h"

#include <benchmark/benchmark.h>

#include <condition_variable>
#include <memory>
#include <mutex>
#include <thread>

#include "ring/scope.h"
#include "ring/task.h"

namespace gyre::ring {
namespace {

// Runs `state`'s loop in a coroutine of core 0, with a second core beside it.
struct World {
  Cores cores{{.count = 2, .reactor = {.ring_entries = 64}}};
  Scope scope;
  benchmark::State* state = nullptr;
  Task<> (*body)(benchmark::State& state) = nullptr;
};

Task<> run_and_stop(World* world) {
  co_await world->body(*world->state);
  co_await hop(1, [](Core& at) { at.stop(); });
  Core::current().stop();
}

void run(benchmark::State& state, Task<> (*body)(benchmark::State& state)) {
  World world;
  world.state = &state;
  world.body = body;
  const std::string error = world.cores.run(
      [](Core& core, void* context) {
        if (core.id() == 0) {
          auto& all = *static_cast<World*>(context);
          all.scope.spawn(run_and_stop, &all);
        }
      },
      [](Core&, void*) {}, &world);
  if (!error.empty()) {
    state.SkipWithError(error.c_str());
  }
}

// One question at a time: both cores fall asleep in between, so this is two wake-ups.
void hop_one_by_one(benchmark::State& state) {
  run(state, [](benchmark::State& at) -> Task<> {
    uint64_t sum = 0;
    for (auto _ : at) {
      sum += co_await hop(1, [&sum](Core&) { return sum; });
    }
    benchmark::DoNotOptimize(sum);
  });
}

// Many questions in one turn, as a pipeline or many clients ask them: the wake-up is shared.
void hop_64_at_a_time(benchmark::State& state) {
  run(state, [](benchmark::State& at) -> Task<> {
    Scope scope;
    for (auto _ : at) {
      for (int i = 0; i < 64; ++i) {
        scope.spawn([]() -> Task<> { co_await hop(1, [](Core&) {}); });
      }
      co_await scope.join();
    }
  });
  state.SetItemsProcessed(state.iterations() * 64);
}

// The lane alone, both ends on one thread.
void lane_push_publish_pop(benchmark::State& state) {
  const auto lane = std::make_unique<Lane>();
  Message messages[64];
  for (auto _ : state) {
    for (Message& message : messages) {
      lane->push(message);
    }
    lane->publish();
    for (int i = 0; i < 64; ++i) {
      benchmark::DoNotOptimize(lane->pop());
    }
  }
  state.SetItemsProcessed(state.iterations() * 64);
}

// The plain way to ask another thread and wait for its answer.
void condition_variable_one_by_one(benchmark::State& state) {
  std::mutex mutex;
  std::condition_variable changed;
  int asked = 0;
  int answered = 0;
  bool is_over = false;
  std::thread other([&] {
    std::unique_lock lock(mutex);
    while (!is_over) {
      changed.wait(lock, [&] { return asked != answered || is_over; });
      answered = asked;
      changed.notify_all();
    }
  });
  for (auto _ : state) {
    std::unique_lock lock(mutex);
    ++asked;
    changed.notify_all();
    changed.wait(lock, [&] { return asked == answered; });
  }
  {
    const std::lock_guard lock(mutex);
    is_over = true;
  }
  changed.notify_all();
  other.join();
}

BENCHMARK(lane_push_publish_pop);
BENCHMARK(hop_one_by_one)->UseRealTime();
BENCHMARK(hop_64_at_a_time)->UseRealTime();
BENCHMARK(condition_variable_one_by_one)->UseRealTime();

}  // namespace
}  // namespace gyre::ring

BENCHMARK_MAIN();
