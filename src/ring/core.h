// One core: a thread with its reactor, ready list, timers and lanes to the other cores.
#pragma once

#include <atomic>
#include <coroutine>
#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "ring/mailbox.h"
#include "ring/reactor.h"
#include "ring/timer.h"

namespace gyre::ring {

class Cores;

// What happens once in every turn: at its begin, when the clock was read; at its end, when
// everything ran. Replies are handed to the kernel there, so one turn makes one system call however
// many commands it served.
class TurnHook {
 public:
  virtual void begin_turn() = 0;
  virtual void end_turn() = 0;

 protected:
  ~TurnHook() = default;
};

struct CoreStats {
  uint64_t turns = 0;
  uint64_t messages = 0;       // received from other cores
  uint64_t wakes_sent = 0;     // sleeping cores this one woke
  uint64_t wakes_skipped = 0;  // publishes that found the target awake
  uint64_t turn_us_max = 0;    // longest time between two visits to the kernel
};

class Core {
 public:
  Core(Cores& all, uint16_t id);
  Core(const Core&) = delete;
  Core& operator=(const Core&) = delete;

  static Core& current() { return *current_; }
  static bool has_current() { return current_ != nullptr; }

  uint16_t id() const { return id_; }
  Reactor& reactor() { return *reactor_; }
  TimerWheel& timers() { return *timers_; }
  // Cached at the start of the turn, monotonic.
  uint64_t now_us() const { return now_us_; }
  uint64_t now_ms() const { return now_us_ / 1000; }
  // Cached at the start of the turn, Unix time.
  int64_t unix_ms() const { return unix_ms_; }

  void schedule(std::coroutine_handle<> handle) { ready_.push_back(handle); }
  // The message becomes visible to core `to` at the end of this turn. `to` may be this core.
  void post(uint16_t to, Message& message);
  void set_turn_hook(TurnHook& hook) { hook_ = &hook; }

  // Runs turns until stop(); call on the thread of this core.
  void run();
  void stop() { stopping_ = true; }

  CoreStats& stats() { return stats_; }
  // Turns are measured in CPU time of the thread instead of on the wall clock, which on a shared
  // machine tells of the neighbours. Costs a system call a turn.
  void set_measures_cpu(bool on) { measures_cpu_ = on; }

 private:
  friend class Cores;

  void update_clock();
  uint64_t turn_clock_us() const;
  void run_mail();
  void run_ready();
  void publish();
  bool has_mail() const;
  uint64_t wait_us() const;
  bool may_end() const;

  static thread_local Core* current_;

  Cores& all_;
  const uint16_t id_;
  std::unique_ptr<Reactor> reactor_;
  std::unique_ptr<TimerWheel> timers_;
  uint64_t now_us_ = 0;
  int64_t unix_ms_ = 0;
  uint64_t unix_offset_us_ = 0;  // of the Unix time to the monotonic clock
  uint64_t offset_read_us_ = 0;
  bool measures_cpu_ = false;
  bool stopping_ = false;
  std::atomic<bool> has_ended_{false};
  std::vector<std::coroutine_handle<>> ready_;
  std::vector<std::coroutine_handle<>> running_;
  TurnHook* hook_ = nullptr;
  std::unique_ptr<Lane[]> inbound_;  // one per sending core
  std::vector<uint16_t> outbound_;   // cores with unpublished mail
  CoreStats stats_;
  alignas(64) std::atomic<bool> sleeping_{false};
};

// All cores of the process (or of one embedded engine).
class Cores {
 public:
  struct Options {
    uint16_t count = 1;
    ReactorOptions reactor;
    uint32_t spin_us = 0;  // time to look for mail before sleeping
  };

  explicit Cores(const Options& options);
  ~Cores();

  // Starts count - 1 threads; the calling thread becomes core 0. Every core makes its reactor and
  // runs `prepare` on its own thread, one after another; then all run turns. Returns when every
  // core has stopped; `finish` ran on each thread after its last turn. An error (a reactor that
  // cannot be made) is returned before any turn ran, else the text is empty.
  std::string run(void (*prepare)(Core& core, void* context), void (*finish)(Core&, void* context),
                  void* context);

  uint16_t count() const { return static_cast<uint16_t>(cores_.size()); }
  Core& at(uint16_t id) { return *cores_[id]; }
  const Options& options() const { return options_; }

 private:
  friend class Core;
  Options options_;
  std::vector<std::unique_ptr<Core>> cores_;
};

}  // namespace gyre::ring
