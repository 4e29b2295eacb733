// Cores: starts all cores, each in its own thread, and joins them.
#include <latch>
#include <thread>

#include "base/assert.h"
#include "ring/core.h"

namespace gyre::ring {

Cores::Cores(const Options& options) : options_(options) {
  GYRE_ASSERT(options.count > 0);
  for (uint16_t id = 0; id < options.count; ++id) {
    cores_.push_back(std::make_unique<Core>(*this, id));
    cores_.back()->inbound_ = std::make_unique<Lane[]>(options.count);
  }
}

Cores::~Cores() = default;

std::string Cores::run(void (*prepare)(Core&, void*), void (*finish)(Core&, void*), void* context) {
  std::string error;
  std::latch started(count());
  std::latch finished(count());
  // Each core prepares while the others wait, in order, so `prepare` may touch what cores share.
  std::atomic<uint16_t> turn_to_prepare{0};
  std::atomic<bool> failed{false};

  auto body = [&](uint16_t id) {
    Core& core = *cores_[id];
    Core::current_ = &core;
    for (uint16_t now = turn_to_prepare; now != id; now = turn_to_prepare) {
      turn_to_prepare.wait(now);
    }
    if (!failed) {
      std::string problem;
      core.reactor_ = make_uring_reactor(options_.reactor, problem);
      if (core.reactor_ == nullptr) {
        error = problem;
        failed = true;
      } else {
        prepare(core, context);
      }
    }
    ++turn_to_prepare;
    turn_to_prepare.notify_all();
    started.arrive_and_wait();
    if (!failed) {
      core.run();
      finish(core, context);
    }
    // Lanes and reactors of all cores outlive every thread's last message.
    finished.arrive_and_wait();
    core.reactor_.reset();
    Core::current_ = nullptr;
  };

  std::vector<std::thread> threads;
  for (uint16_t id = 1; id < count(); ++id) {
    threads.emplace_back(body, id);
  }
  body(0);
  for (std::thread& thread : threads) {
    thread.join();
  }
  return error;
}

}  // namespace gyre::ring
