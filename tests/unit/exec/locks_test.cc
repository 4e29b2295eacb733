// Tests of exec/locks.h against a naive model: exclusion, order, progress.
#include "exec/locks.h"

#include <algorithm>
#include <deque>
#include <memory>
#include <set>
#include <string>
#include <vector>

#include <gtest/gtest.h>

#include "base/random.h"

namespace gyre::exec {
namespace {

bool shares_cell(const LockRequest& a, const LockRequest& b) {
  return std::any_of(a.cells.begin(), a.cells.end(), [&](uint16_t cell) {
    return std::find(b.cells.begin(), b.cells.end(), cell) != b.cells.end();
  });
}

bool are_in_conflict(const LockRequest& a, const LockRequest& b) {
  return (a.exclusive || b.exclusive) && (a.whole_core || b.whole_core || shares_cell(a, b));
}

// A request of the test; says itself when it was granted.
struct Asked : LockRequest {
  int number = 0;
  std::vector<int>* log = nullptr;

  Asked(int id, std::vector<int>* granted_log) : number(id), log(granted_log) {
    granted = [](LockRequest& request) {
      auto& self = static_cast<Asked&>(request);
      self.log->push_back(self.number);
    };
  }
};

// The rules, without any cleverness.
struct Model {
  std::vector<Asked*> held;
  std::vector<Asked*> queue;

  bool must_wait(const Asked& request, size_t queued_in_front) const {
    const auto conflicts = [&](const Asked* other) { return are_in_conflict(request, *other); };
    return std::any_of(held.begin(), held.end(), conflicts) ||
           std::any_of(queue.begin(), queue.begin() + static_cast<ptrdiff_t>(queued_in_front),
                       conflicts);
  }
  bool acquire(Asked& request) {
    const bool waits = must_wait(request, queue.size());
    (waits ? queue : held).push_back(&request);
    return !waits;
  }
  std::vector<int> release(Asked& request) {
    std::erase(held, &request);
    std::vector<int> granted;
    for (size_t i = 0; i < queue.size();) {
      if (must_wait(*queue[i], i)) {
        ++i;
      } else {
        granted.push_back(queue[i]->number);
        held.push_back(queue[i]);
        queue.erase(queue.begin() + static_cast<ptrdiff_t>(i));
      }
    }
    return granted;
  }
  bool blocks(uint64_t hash, bool write) const {
    Asked single(0, nullptr);
    single.exclusive = write;
    Locks::add_key(single, hash);
    return std::any_of(held.begin(), held.end(),
                       [&](const Asked* other) { return are_in_conflict(single, *other); });
  }
};

// Few cells, so that there is much to fight for; some hashes differ but share their cell.
uint64_t random_hash(base::Random& random, uint64_t cells) {
  return random.below(cells) + random.below(3) * Locks::kCells;
}

TEST(Locks, grants_as_the_rules_say) {
  base::Random random(8);
  for (const uint64_t cells : {2, 6, 40}) {
    Locks locks;
    Model model;
    std::vector<int> granted;
    std::vector<std::unique_ptr<Asked>> all;
    size_t waited = 0;
    for (int step = 0; step < 30'000; ++step) {
      if (random.below(2) == 0 && model.queue.size() < 30) {
        all.push_back(std::make_unique<Asked>(step, &granted));
        Asked& request = *all.back();
        request.exclusive = random.below(2) == 0;
        request.whole_core = random.below(12) == 0;
        for (uint64_t i = request.whole_core ? 0 : 1 + random.below(4); i > 0; --i) {
          Locks::add_key(request, random_hash(random, cells));
        }
        const bool expected = model.acquire(request);
        ASSERT_EQ(locks.acquire(request), expected) << step;
        waited += expected ? 0 : 1;
      } else if (!model.held.empty()) {
        Asked& request = *model.held[random.below(model.held.size())];
        const std::vector<int> expected = model.release(request);
        granted.clear();
        locks.release(request);
        ASSERT_EQ(granted, expected) << step;
      }
      ASSERT_EQ(locks.waiting(), model.queue.size());
      ASSERT_EQ(locks.any(), !model.held.empty());
      ASSERT_TRUE(model.queue.empty() || !model.held.empty()) << "nobody holds, somebody waits";
      for (int i = 0; i < 4; ++i) {
        const uint64_t hash = random_hash(random, cells);
        ASSERT_EQ(locks.blocks(hash, true), model.blocks(hash, true));
        ASSERT_EQ(locks.blocks(hash, false), model.blocks(hash, false));
      }
    }
    EXPECT_GT(waited, 1000u);
  }
}

TEST(Locks, a_cell_is_taken_once_by_a_request_that_names_it_twice) {
  LockRequest request;
  for (const uint64_t hash : {5, 3, 5, 4101, 9, 3}) {
    Locks::add_key(request, hash);
  }
  EXPECT_EQ(request.cells, (std::vector<uint16_t>{3, 5, 9}));
}

TEST(Locks, more_sharers_than_16_bits_can_count_still_exclude_a_writer) {
  Locks locks;
  std::vector<LockRequest> readers(65'536);
  for (LockRequest& reader : readers) {
    reader.exclusive = false;
    Locks::add_key(reader, 7);
    ASSERT_TRUE(locks.acquire(reader));
  }
  EXPECT_TRUE(locks.blocks(7, true));
  EXPECT_FALSE(locks.blocks(7, false));
  for (LockRequest& reader : readers) {
    locks.release(reader);
  }
  EXPECT_FALSE(locks.any());
}

// Single-key commands that found their key locked: they run in the order they came, as soon as
// their key is free, and before the requests that wait for it.
struct Single : LockWaiter {
  Locks* locks = nullptr;
  uint64_t hash = 0;
  bool write = false;
  int number = 0;
  std::vector<int>* ran = nullptr;

  void start() {
    if (locks->any() && locks->blocks(hash, write)) {
      retry = [](LockWaiter& waiter) { static_cast<Single&>(waiter).start(); };
      locks->wait(*this);
    } else {
      ran->push_back(number);
    }
  }
};

TEST(Locks, single_key_commands_run_in_order_once_their_key_is_free) {
  base::Random random(9);
  Locks locks;
  std::vector<int> ran;
  std::vector<int> ignored;
  std::deque<Single> singles;
  std::vector<std::unique_ptr<Asked>> held;
  std::set<int> forgotten;
  for (int step = 0; step < 20'000; ++step) {
    switch (random.below(3)) {
      case 0: {
        auto request = std::make_unique<Asked>(step, &ignored);
        request->exclusive = random.below(2) == 0;
        Locks::add_key(*request, random.below(4));
        if (held.size() < 3) {
          request->granted = [](LockRequest&) {};
          locks.acquire(*request);
          held.push_back(std::move(request));
        }
        break;
      }
      case 1: {
        Single& single = singles.emplace_back();
        single.locks = &locks;
        single.hash = random.below(4);
        single.write = random.below(2) == 0;
        single.number = static_cast<int>(singles.size()) - 1;
        single.ran = &ran;
        single.start();
        break;
      }
      default:
        if (!held.empty()) {
          // Granted or not, the oldest holds its locks: nothing was in front of it.
          const std::unique_ptr<Asked> request = std::move(held.front());
          held.erase(held.begin());
          locks.release(*request);
        } else if (!singles.empty() && random.below(10) == 0) {
          locks.forget(singles.back());  // nothing waits: no effect
        }
    }
  }
  while (!held.empty()) {
    const std::unique_ptr<Asked> request = std::move(held.front());
    held.erase(held.begin());
    locks.release(*request);
  }
  ASSERT_EQ(ran.size(), singles.size());
  // Per key, writers keep their place among all; readers may pass readers only.
  std::vector<size_t> place(singles.size());
  for (size_t i = 0; i < ran.size(); ++i) {
    place[static_cast<size_t>(ran[i])] = i;
  }
  size_t last_writer[4] = {};
  bool has_writer[4] = {};
  for (size_t i = 0; i < singles.size(); ++i) {
    if (singles[i].write) {
      const uint64_t key = singles[i].hash;
      if (has_writer[key]) {
        ASSERT_GT(place[i], last_writer[key]);
      }
      last_writer[key] = place[i];
      has_writer[key] = true;
    }
  }
}

TEST(Locks, a_single_key_command_goes_before_a_request_that_waits) {
  Locks locks;
  std::vector<int> log;
  Asked first(1, &log);
  Asked second(2, &log);
  Locks::add_key(first, 1);
  Locks::add_key(second, 1);
  ASSERT_TRUE(locks.acquire(first));
  ASSERT_FALSE(locks.acquire(second));
  Single single;
  single.locks = &locks;
  single.hash = 1;
  single.write = true;
  single.number = 3;
  single.ran = &log;
  single.start();
  EXPECT_TRUE(log.empty());
  locks.release(first);
  EXPECT_EQ(log, (std::vector<int>{3, 2}));
  locks.release(second);
}

TEST(Locks, a_forgotten_waiter_is_not_retried_wherever_it_stands) {
  for (size_t gone = 0; gone < 3; ++gone) {
    Locks locks;
    std::vector<int> ran;
    std::vector<int> ignored;
    Asked holder(0, &ignored);
    Locks::add_key(holder, 1);
    ASSERT_TRUE(locks.acquire(holder));
    Single singles[4];
    for (int i = 0; i < 4; ++i) {
      singles[i].locks = &locks;
      singles[i].hash = 1;
      singles[i].number = i;
      singles[i].ran = &ran;
      if (i < 3) {
        singles[i].start();
      }
    }
    locks.forget(singles[gone]);
    singles[3].start();  // the end of the queue is still its end
    locks.release(holder);
    std::vector<int> expected = {0, 1, 2, 3};
    std::erase(expected, static_cast<int>(gone));
    EXPECT_EQ(ran, expected);
  }
}

TEST(Locks, a_waiter_may_be_forgotten_by_one_that_is_retried_before_it) {
  Locks locks;
  std::vector<int> ignored;
  Asked holder(0, &ignored);
  Locks::add_key(holder, 1);
  ASSERT_TRUE(locks.acquire(holder));
  static Locks* shared = nullptr;
  static LockWaiter* victim = nullptr;
  static int retried = 0;
  LockWaiter first;
  auto second = std::make_unique<LockWaiter>();
  shared = &locks;
  victim = second.get();
  retried = 0;
  first.retry = [](LockWaiter&) {
    ++retried;
    shared->forget(*victim);
  };
  second->retry = [](LockWaiter&) { retried += 100; };
  locks.wait(first);
  locks.wait(*second);
  locks.release(holder);
  EXPECT_EQ(retried, 1);
}

// Shared locks that stay while their holder waits for its client.
struct Kept : LockRequest {
  int told = 0;

  explicit Kept(uint64_t hash) {
    exclusive = false;
    wanted = [](LockRequest& request) { ++static_cast<Kept&>(request).told; };
    Locks::add_key(*this, hash);
  }
};

TEST(Locks, who_keeps_a_key_is_told_when_somebody_waits_for_it) {
  std::vector<int> log;
  Asked other(1, &log);
  Asked same(2, &log);
  Asked reader(3, &log);
  Asked core(4, &log);
  Locks::add_key(other, 6);
  Locks::add_key(same, 5);
  Locks::add_key(reader, 5);
  reader.exclusive = false;
  core.whole_core = true;
  for (Asked* asked : {&other, &same, &reader, &core}) {
    Locks locks;
    Kept kept(5);
    Kept another(7);
    locks.keep(kept);
    locks.keep(another);
    EXPECT_EQ(locks.acquire(*asked), asked == &other || asked == &reader);
    EXPECT_EQ(kept.told, asked == &same || asked == &core ? 1 : 0);
    EXPECT_EQ(another.told, asked == &core ? 1 : 0);
    EXPECT_EQ(kept.is_wanted, kept.told > 0);
    log.clear();
    locks.release(kept);
    EXPECT_EQ(log.size(), asked == &same ? 1u : 0u);
    locks.release(another);
    locks.release(*asked);
    EXPECT_FALSE(locks.any());
  }
}

TEST(Locks, who_keeps_a_key_that_is_waited_for_is_told_at_once) {
  std::vector<int> log;
  for (const bool is_core : {false, true}) {
    Locks locks;
    Asked holder(1, &log);
    Asked waiter(2, &log);
    holder.exclusive = false;
    Locks::add_key(holder, 5);
    waiter.whole_core = is_core;
    if (!is_core) {
      Locks::add_key(waiter, 5);
    }
    ASSERT_TRUE(locks.acquire(holder));
    ASSERT_FALSE(locks.acquire(waiter));
    Kept kept(5);
    Kept elsewhere(6);
    ASSERT_FALSE(locks.blocks(5, false));
    locks.keep(kept);
    EXPECT_EQ(kept.told, 1);
    locks.keep(elsewhere);
    EXPECT_EQ(elsewhere.told, is_core ? 1 : 0);
    locks.release(holder);
    locks.release(kept);
    locks.release(elsewhere);
    locks.release(waiter);
  }
}

TEST(Locks, readers_wait_behind_a_writer_that_waits_for_who_keeps_a_key) {
  Locks locks;
  Kept first(5);
  Kept second(5);
  locks.keep(first);
  EXPECT_FALSE(locks.blocks(5, false));
  EXPECT_TRUE(locks.blocks(5, true));
  locks.keep(second);
  locks.want(6);
  EXPECT_FALSE(locks.blocks(5, false));
  locks.want(5);
  EXPECT_EQ(first.told + second.told, 2);
  EXPECT_TRUE(locks.blocks(5, false));
  EXPECT_TRUE(locks.blocks(5 + Locks::kCells, false)) << "the same cell";
  EXPECT_FALSE(locks.blocks(6, false));
  locks.release(first);
  EXPECT_TRUE(locks.blocks(5, false));
  locks.release(second);
  EXPECT_FALSE(locks.any());
}

}  // namespace
}  // namespace gyre::exec
