// Tests of ring/core.h, cores.cc and hop.h: mail between cores, also of one with itself, and sleep.
#include "ring/core.h"

#include <time.h>

#include <numeric>
#include <string>
#include <vector>

#include <gtest/gtest.h>

#include "ring/run_cores.h"
#include "ring/sleep.h"

namespace gyre::ring {
namespace {

double seconds() {
  timespec time;
  clock_gettime(CLOCK_MONOTONIC, &time);
  return static_cast<double>(time.tv_sec) + static_cast<double>(time.tv_nsec) * 1e-9;
}

constexpr uint16_t kCores = 4;

// What each core counts; written by that core alone.
struct alignas(64) Counter {
  uint64_t value = 0;
};

struct Counters {
  Counter of_core[kCores];
  Scope scopes[kCores];
  uint64_t answers = 0;
};

TEST(Hop, runs_there_and_comes_back_here_with_the_result) {
  Counters counters;
  run_cores(
      kCores,
      [](Cores& all, void* context) -> Task<> {
        auto& c = *static_cast<Counters*>(context);
        for (int round = 0; round < 2000; ++round) {
          for (uint16_t to = 0; to < all.count(); ++to) {
            const uint64_t value = co_await hop(to, [&c, to](Core& at) {
              EXPECT_EQ(at.id(), to);
              EXPECT_EQ(&Core::current(), &at);
              return ++c.of_core[to].value;
            });
            EXPECT_EQ(Core::current().id(), 0);
            c.answers += value;
          }
        }
      },
      &counters);
  EXPECT_EQ(counters.answers, 4 * (2000 * 2001 / 2));
}

// Every core asks every other, many questions at a time; each question adds one.
Task<> ask_all(Cores* all, Counters* counters, int rounds) {
  for (int round = 0; round < rounds; ++round) {
    for (uint16_t to = 0; to < all->count(); ++to) {
      co_await hop(to, [counters, to](Core&) { ++counters->of_core[to].value; });
    }
  }
}

TEST(Cores, all_ask_all_at_the_same_time) {
  Counters counters;
  run_cores(
      kCores,
      [](Cores& all, void* context) -> Task<> {
        auto& c = *static_cast<Counters*>(context);
        for (uint16_t from = 0; from < all.count(); ++from) {
          co_await hop(from, [&](Core& at) {
            for (int task = 0; task < 40; ++task) {
              c.scopes[at.id()].spawn(ask_all, &all, &c, 100);
            }
          });
        }
        for (uint16_t from = 0; from < all.count(); ++from) {
          // A scope is joined on its own core; its end is looked for from here.
          for (bool is_busy = true; is_busy;) {
            is_busy =
                co_await hop(from, [&c, from](Core&) { return c.scopes[from].running() > 0; });
            if (is_busy) {
              co_await sleep_ms(1);
            }
          }
        }
      },
      &counters);
  for (const Counter& counter : counters.of_core) {
    EXPECT_EQ(counter.value, 4u * 40 * 100);
  }
}

// More messages in one turn than a lane holds: the rest spills, nothing is lost or reordered.
struct Numbered : Message {
  uint64_t number = 0;
  std::vector<uint64_t>* seen = nullptr;
};

struct Burst {
  std::vector<Numbered> messages;
  std::vector<uint64_t> seen;
};

TEST(Core, a_burst_larger_than_a_lane_arrives_in_order) {
  Burst burst;
  burst.messages.resize(5000);
  run_cores(
      2,
      [](Cores&, void* context) -> Task<> {
        auto& b = *static_cast<Burst*>(context);
        for (size_t i = 0; i < b.messages.size(); ++i) {
          b.messages[i].number = i;
          b.messages[i].seen = &b.seen;
          b.messages[i].run = [](Message& message, Core&) {
            auto& self = static_cast<Numbered&>(message);
            self.seen->push_back(self.number);
          };
          Core::current().post(1, b.messages[i]);
        }
        for (bool is_done = false; !is_done;) {
          is_done = co_await hop(1, [&b](Core&) { return b.seen.size() == b.messages.size(); });
        }
      },
      &burst);
  std::vector<uint64_t> expected(5000);
  std::iota(expected.begin(), expected.end(), 0);
  EXPECT_EQ(burst.seen, expected);
}

struct Ping : Message {
  int left = 0;
  std::coroutine_handle<> caller;
};

TEST(Core, mail_to_itself_does_not_wait_for_the_next_tick) {
  const double begin = seconds();
  run_cores(
      1,
      [](Cores&, void*) -> Task<> {
        struct Awaiter : Ping {
          bool await_ready() const noexcept { return false; }
          void await_suspend(std::coroutine_handle<> handle) {
            caller = handle;
            left = 50;
            run = [](Message& message, Core& at) {
              auto& self = static_cast<Ping&>(message);
              if (--self.left > 0) {
                at.post(at.id(), self);
              } else {
                at.schedule(self.caller);
              }
            };
            Core::current().post(0, *this);
          }
          void await_resume() const noexcept {}
        };
        co_await Awaiter{};
      },
      nullptr);
  EXPECT_LT(seconds() - begin, 1.0);
}

struct Idle {
  uint64_t turns = 0;
  uint64_t enters = 0;
  double cpu = 0;
};

TEST(Core, an_idle_core_sleeps) {
  Idle idle;
  run_cores(
      2,
      [](Cores&, void* context) -> Task<> {
        auto& out = *static_cast<Idle*>(context);
        co_await sleep_ms(20);  // what starting leaves to do
        const uint64_t turns = Core::current().stats().turns;
        const uint64_t enters = Core::current().reactor().stats().enters;
        const clock_t begin = clock();
        co_await sleep_ms(500);
        out.turns = Core::current().stats().turns - turns;
        out.enters = Core::current().reactor().stats().enters - enters;
        out.cpu = static_cast<double>(clock() - begin) / CLOCKS_PER_SEC;
      },
      &idle);
  EXPECT_LE(idle.turns, 12u);  // ten a second, and the timer's levels
  EXPECT_LE(idle.enters, 14u);
  EXPECT_LT(idle.cpu, 0.05);
}

TEST(Core, a_sleeping_core_is_woken_at_once) {
  double slowest = 0;
  run_cores(
      2,
      [](Cores&, void* context) -> Task<> {
        auto& out = *static_cast<double*>(context);
        for (int i = 0; i < 20; ++i) {
          co_await sleep_ms(3);  // meanwhile the other one falls asleep
          const double begin = seconds();
          co_await hop(1, [](Core&) {});
          out = std::max(out, seconds() - begin);
        }
      },
      &slowest);
  EXPECT_LT(slowest, 0.08);  // far from the tick of 100 ms, on a busy machine
}

struct Steps {
  std::vector<std::string> log;
};

TEST(Cores, prepare_in_order_and_finish_on_their_own_threads) {
  Steps steps;
  Cores cores({.count = 3, .reactor = {.ring_entries = 64}});
  const std::string error = cores.run(
      [](Core& core, void* context) {
        EXPECT_EQ(&Core::current(), &core);
        static_cast<Steps*>(context)->log.push_back(std::to_string(core.id()));
        core.stop();
      },
      [](Core& core, void*) { EXPECT_EQ(&Core::current(), &core); }, &steps);
  EXPECT_EQ(error, "");
  EXPECT_EQ(steps.log, (std::vector<std::string>{"0", "1", "2"}));
  EXPECT_FALSE(Core::has_current());
}

TEST(Cores, a_reactor_that_cannot_be_made_ends_the_start_with_its_reason) {
  // Too large for any kernel: the number of buffers is limited to 32768.
  Cores cores(
      {.count = 2,
       .reactor = {.ring_entries = 64, .receive_buffers = 65'536, .receive_buffer_size = 64}});
  bool prepared = false;
  const std::string error =
      cores.run([](Core&, void* context) { *static_cast<bool*>(context) = true; },
                [](Core&, void*) {}, &prepared);
  EXPECT_TRUE(error.starts_with("io_uring is not available: ")) << error;
  EXPECT_FALSE(prepared);
}

}  // namespace
}  // namespace gyre::ring
