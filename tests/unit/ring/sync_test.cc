// Tests of ring/task.h, scope.h, sync.h and sleep.h: order, results, frames given back.
#include "ring/sync.h"

#include <time.h>

#include <algorithm>
#include <cstring>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include <gtest/gtest.h>

#include "ring/run_cores.h"
#include "ring/sleep.h"

namespace gyre::ring {
namespace {

using Log = std::vector<std::string>;

Task<int> doubled(int value) { co_return value * 2; }

Task<int> sum_to(int limit) {
  int sum = 0;
  for (int i = 1; i <= limit; ++i) {
    const int value = co_await doubled(i);
    sum += value;
  }
  co_return sum;
}

Task<std::unique_ptr<int>> boxed(int value) { co_return std::make_unique<int>(value); }

Task<int> nested(int depth) {
  if (depth == 0) {
    co_return 0;
  }
  const int below = co_await nested(depth - 1);
  co_return below + 1;
}

TEST(Task, results_come_back_through_any_depth) {
  int results[3] = {};
  run_cores(
      1,
      [](Cores&, void* context) -> Task<> {
        auto* out = static_cast<int*>(context);
        out[0] = co_await sum_to(30'000);  // the stack must not grow with synchronous ends
        const std::unique_ptr<int> box = co_await boxed(7);
        out[1] = *box;
        out[2] = co_await nested(50'000);
      },
      results);
  EXPECT_EQ(results[0], 30'000 * 30'001);
  EXPECT_EQ(results[1], 7);
  EXPECT_EQ(results[2], 50'000);
}

TEST(Task, one_that_is_not_awaited_never_runs_and_is_freed) {
  bool ran = false;
  run_cores(
      1,
      [](Cores&, void* context) -> Task<> {
        {
          const auto never = [](void* flag) -> Task<> {
            *static_cast<bool*>(flag) = true;
            co_return;
          };
          const Task<> task = never(context);
        }
        co_return;
      },
      &ran);
  EXPECT_FALSE(ran);
}

struct Shared {
  Log log;
  Event event;
  Semaphore semaphore{2};
  Channel<int> channel;
  Scope scope;
  int busy = 0;
  int busy_max = 0;
};

TEST(Scope, tasks_start_at_once_and_join_waits_for_all) {
  Shared shared;
  run_cores(
      1,
      [](Cores&, void* context) -> Task<> {
        auto& s = *static_cast<Shared*>(context);
        const auto work = [](Shared* at, int number, uint64_t ms) -> Task<> {
          at->log.push_back("begin " + std::to_string(number));
          co_await sleep_ms(ms);
          at->log.push_back("end " + std::to_string(number));
        };
        s.scope.spawn(work, &s, 1, uint64_t{20});
        s.scope.spawn(work, &s, 2, uint64_t{5});
        s.scope.spawn(work, &s, 3, uint64_t{0});
        s.log.push_back("spawned " + std::to_string(s.scope.running()));
        co_await s.scope.join();
        s.log.push_back("joined");
        co_await s.scope.join();  // of nothing
        s.scope.spawn(work, &s, 4, uint64_t{1});
        co_await s.scope.join();
      },
      &shared);
  EXPECT_EQ(shared.log, (Log{"begin 1", "begin 2", "begin 3", "end 3", "spawned 2", "end 2",
                             "end 1", "joined", "begin 4", "end 4"}));
}

TEST(Event, wakes_all_that_wait_and_lets_others_pass) {
  Shared shared;
  run_cores(
      1,
      [](Cores&, void* context) -> Task<> {
        auto& s = *static_cast<Shared*>(context);
        const auto wait = [](Shared* at, int number) -> Task<> {
          co_await at->event.wait();
          at->log.push_back(std::to_string(number));
        };
        s.scope.spawn(wait, &s, 1);
        s.scope.spawn(wait, &s, 2);
        s.event.set();
        s.scope.spawn(wait, &s, 3);  // passes before those that were woken run
        co_await s.scope.join();
        s.event.reset();
        s.scope.spawn(wait, &s, 4);
        co_await sleep_ms(1);
        s.log.push_back("set");
        s.event.set();
        co_await s.scope.join();
      },
      &shared);
  EXPECT_EQ(shared.log, (Log{"3", "1", "2", "set", "4"}));
}

TEST(Semaphore, units_are_handed_out_in_order) {
  Shared shared;
  run_cores(
      1,
      [](Cores&, void* context) -> Task<> {
        auto& s = *static_cast<Shared*>(context);
        for (int i = 0; i < 6; ++i) {
          s.scope.spawn(
              [](Shared* at, int number) -> Task<> {
                co_await at->semaphore.acquire();
                at->log.push_back(std::to_string(number));
                at->busy_max = std::max(at->busy_max, ++at->busy);
                co_await sleep_ms(1);
                --at->busy;
                at->semaphore.release();
                if (number == 0) {  // a latecomer goes behind those that wait
                  co_await at->semaphore.acquire();
                  at->log.push_back("late");
                  at->semaphore.release();
                }
              },
              &s, i);
        }
        co_await s.scope.join();
      },
      &shared);
  EXPECT_EQ(shared.log, (Log{"0", "1", "2", "3", "4", "5", "late"}));
  EXPECT_EQ(shared.busy_max, 2);
}

TEST(Channel, values_arrive_in_order_and_close_ends_it) {
  Shared shared;
  run_cores(
      1,
      [](Cores&, void* context) -> Task<> {
        auto& s = *static_cast<Shared*>(context);
        s.channel.send(1);
        s.channel.send(2);
        s.scope.spawn(
            [](Shared* at) -> Task<> {
              for (;;) {
                const std::optional<int> value = co_await at->channel.receive();
                if (!value) {
                  at->log.push_back("closed");
                  co_return;
                }
                at->log.push_back(std::to_string(*value));
              }
            },
            &s);
        s.channel.send(3);
        co_await sleep_ms(2);
        s.channel.send(4);
        s.channel.close();
        EXPECT_FALSE(s.channel.is_open());
        co_await s.scope.join();
      },
      &shared);
  EXPECT_EQ(shared.log, (Log{"1", "2", "3", "4", "closed"}));
}

TEST(Sleep, lasts_as_long_as_asked_for_at_least) {
  uint64_t slept_ns[4] = {};
  run_cores(
      1,
      [](Cores&, void* context) -> Task<> {
        auto* out = static_cast<uint64_t*>(context);
        for (uint64_t ms = 0; ms < 4; ++ms) {
          timespec begin;
          clock_gettime(CLOCK_MONOTONIC, &begin);
          co_await sleep_ms(ms * 5);
          timespec end;
          clock_gettime(CLOCK_MONOTONIC, &end);
          out[ms] = static_cast<uint64_t>((end.tv_sec - begin.tv_sec) * 1'000'000'000 +
                                          (end.tv_nsec - begin.tv_nsec));
        }
      },
      slept_ns);
  for (uint64_t ms = 0; ms < 4; ++ms) {
    EXPECT_GE(slept_ns[ms], ms * 5'000'000);
    EXPECT_LT(slept_ns[ms], ms * 5'000'000 + 60'000'000);
  }
}

TEST(FramePool, frames_come_back) {
  const uint64_t made = frames_made();
  void* small = frame_alloc(100);
  void* large = frame_alloc(100'000);
  std::memset(small, 1, 100);
  std::memset(large, 1, 100'000);
  frame_free(small, 100);
  frame_free(large, 100'000);
#ifndef GYRE_SANITIZED
  void* again = frame_alloc(128);  // the same class
  EXPECT_EQ(again, small);
  frame_free(again, 128);
#endif
  EXPECT_GE(frames_made(), made + 2);
}

}  // namespace
}  // namespace gyre::ring
