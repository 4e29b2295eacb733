// Tests of exec/everywhere.h on two cores: who waits for a walk over all keys, and for how long.
#include "exec/everywhere.h"

#include <atomic>
#include <memory>
#include <vector>

#include <gtest/gtest.h>

#include "exec/world.h"
#include "ring/hop.h"
#include "ring/run_cores.h"
#include "ring/scope.h"
#include "ring/sleep.h"

namespace gyre::exec {
namespace {

struct Walked {
  int left = 0;  // slices, less than 0: until `go_on` is false
  int done = 0;  // slices
  std::atomic<bool>* go_on = nullptr;
};

bool walk_slice(Engine&, void* context) {
  constexpr int kTooMany = 5'000'000;
  auto& walked = *static_cast<Walked*>(context);
  ++walked.done;
  return walked.left < 0 ? *walked.go_on && walked.done < kTooMany : --walked.left > 0;
}

TEST(Everywhere, a_walk_lets_go_of_a_core_where_it_has_ended) {
  struct Test {
    std::atomic<bool> is_blocked{true};
    Walked here{.left = 3};
    Walked there{.left = -1, .go_on = &is_blocked};
    bool has_waited = false;
  } test;
  ring::run_cores(
      2,
      [](ring::Cores&, void* context) -> ring::Task<> {
        auto& t = *static_cast<Test*>(context);
        World world;
        co_await world.start(2);
        ring::Scope scope;
        scope.spawn(
            [](Engine* engine, Test* of) -> ring::Task<> {
              co_await walk_everywhere(Request{}, walk_slice, {&of->here, &of->there});
            },
            world.all.engines[0], &t);
        // A write comes while the walk goes on. Core 1 walks until it was let through.
        Locks& locks = world.all.engines[0]->locks();
        LockRequest write;
        Locks::add_key(write, 7);
        write.context = &t;
        write.granted = [](LockRequest& request) {
          static_cast<Test*>(request.context)->is_blocked = false;
        };
        while (!locks.any()) {
          co_await ring::next_turn();
        }
        t.has_waited = !locks.acquire(write);
        co_await scope.join();
        locks.release(write);
        co_await world.stop();
      },
      &test);
  EXPECT_TRUE(test.has_waited);
  EXPECT_FALSE(test.is_blocked);
  EXPECT_EQ(test.here.done, 3);
  EXPECT_LT(test.there.done, 5'000'000);
}

}  // namespace
}  // namespace gyre::exec
