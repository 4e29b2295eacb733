// Tests of store/keyspace.h with a clock of their own: keys end on time, whatever happened to them.
#include "store/keyspace.h"

#include <algorithm>
#include <map>
#include <string>
#include <vector>

#include <gtest/gtest.h>

#include "base/random.h"
#include "store/shard.h"

namespace gyre::store {
namespace {

constexpr int64_t kStart = 1'700'000'000'007;
constexpr int64_t kTick = data::ExpiryIndex::kTickMs;

Key key_of(std::string_view name) { return {name, key_hash(name)}; }

// One database with a model of what must be in it: names with deadlines.
struct World {
  Shard shard{0, ShardOptions{.databases = 2}, 1};
  int64_t now_ms = kStart;
  std::map<std::string, int64_t> model;

  World() {
    shard.set_now_ms(now_ms);
    for (uint16_t i = 0; i < 2; ++i) {  // indexes begin at the test's time
      shard.flush(i);
      shard.db(i).expire_some(1000);
    }
  }
  Keyspace& db() { return shard.db(0); }
  void put(const std::string& name, int64_t at_ms) {
    db().put(key_of(name), Entry::make_integer(name, 1, at_ms));
    note(name, at_ms);
  }
  void set_expiry(const std::string& name, int64_t at_ms) {
    db().set_expiry(key_of(name), at_ms);
    note(name, at_ms);
  }
  // A deadline in the past begins to count now.
  void note(const std::string& name, int64_t at_ms) {
    model[name] = at_ms < 0 ? Entry::kNever : std::max(at_ms, now_ms - 1);
  }
  void erase(const std::string& name) {
    EXPECT_TRUE(db().erase(key_of(name)));
    model.erase(name);
  }
  void pass(int64_t ms) {
    now_ms += ms;
    shard.set_now_ms(now_ms);
  }
  bool is_stored(const std::string& name) { return bool{db().table().find(key_of(name))}; }
  // Keys that are due may be gone, those overdue by a tick must be, all others must be there.
  void compare() {
    db().table().check();
    size_t expiring = 0;
    for (auto at = model.begin(); at != model.end();) {
      const auto& [name, at_ms] = *at;
      const bool stored = is_stored(name);
      if (at_ms < 0 || at_ms >= now_ms) {
        ASSERT_TRUE(stored) << name << " ended " << at_ms - now_ms << " ms early";
      } else if (at_ms + kTick < now_ms) {
        ASSERT_FALSE(stored) << name << " is " << now_ms - at_ms << " ms late";
      }
      if (!stored) {
        at = model.erase(at);
      } else {
        expiring += at_ms >= 0 ? 1 : 0;
        ++at;
      }
    }
    ASSERT_EQ(db().size(), model.size());
    ASSERT_EQ(db().expiring(), expiring);
  }
};

// Names, some of which share the 32 bits that a note keeps of their hashes.
std::vector<std::string> names_with_collisions(size_t count) {
  std::vector<std::pair<uint32_t, std::string>> all;
  for (int i = 0; i < 400'000; ++i) {
    std::string name = "k" + std::to_string(i);
    all.emplace_back(key_hash(name) >> 32, std::move(name));
  }
  std::sort(all.begin(), all.end());
  std::vector<std::string> names;
  for (size_t i = 1; i < all.size(); ++i) {
    if (all[i].first == all[i - 1].first) {
      names.push_back(all[i - 1].second);
      names.push_back(all[i].second);
    }
  }
  EXPECT_GT(names.size(), 4u);
  for (size_t i = 0; names.size() < count; ++i) {
    names.push_back(all[i].second);
  }
  return names;
}

int64_t random_deadline(base::Random& random, int64_t now_ms) {
  const uint64_t horizon = uint64_t{1} << random.below(42);  // up to 139 years
  return now_ms - 20 + static_cast<int64_t>(random.below(horizon + 40));
}

TEST(Keyspace, keys_end_on_time_whatever_happened_to_them) {
  base::Random random(4);
  World world;
  const std::vector<std::string> names = names_with_collisions(400);
  for (int step = 0; step < 15'000; ++step) {
    for (int i = 0; i < 6; ++i) {
      const std::string& name = names[random.below(names.size())];
      const uint64_t what = random.below(10);
      if (!world.is_stored(name) || what < 3) {
        world.put(name, what == 0 ? Entry::kNever : random_deadline(random, world.now_ms));
      } else if (what < 7) {
        world.set_expiry(name, random_deadline(random, world.now_ms));
      } else if (what < 8) {
        world.set_expiry(name, Entry::kNever);
      } else if (world.db().peek(key_of(name)) != nullptr) {
        world.erase(name);
      }
    }
    const bool is_jump = random.below(500) == 0;
    world.pass(static_cast<int64_t>(random.below(is_jump ? uint64_t{1} << random.below(38) : 30)));
    while (world.db().expire_some(64) == 64) {
    }
    if (step % 4 == 0 || is_jump) {
      world.compare();
      if (HasFatalFailure()) {
        return;
      }
    }
    ASSERT_LT(world.db().expiry_notes(), 2 * world.db().expiring() + 4096 + 64);
  }
}

TEST(Keyspace, stale_notes_stay_bounded_and_expiry_exact_while_they_are_dropped) {
  base::Random random(5);
  World world;
  size_t notes_max = 0;
  size_t renewals = 0;
  size_t notes_before = 0;
  for (uint64_t i = 0; i < 20'000; ++i) {
    world.put("resting" + std::to_string(i),
              i % 4 == 0 ? Entry::kNever : kStart + static_cast<int64_t>(random.below(20'000)));
  }
  for (int ms = 0; ms < 20'000; ++ms) {
    world.pass(1);
    for (int i = 0; i < 8; ++i) {  // each leaves a note behind
      const std::string name = "busy" + std::to_string(random.below(50));
      world.put(name, kStart + 500'000);
      world.erase(name);
    }
    // A small budget: a renewal takes many calls, during which keys come due.
    ASSERT_LE(world.db().expire_some(200), 200u);
    const size_t notes = world.db().expiry_notes();
    notes_max = std::max(notes_max, notes);
    renewals += notes + 2000 < notes_before ? 1 : 0;
    notes_before = notes;
    if (ms % 100 == 0) {
      world.compare();
      if (HasFatalFailure()) {
        return;
      }
    }
  }
  EXPECT_GE(renewals, 3u);
  // At worst there is an old index with two notes a key and a new one with one.
  EXPECT_LT(notes_max, 3 * 15'000 + 1000u);
  world.pass(1000);
  while (world.db().expire_some(1000) == 1000) {
  }
  world.compare();
  EXPECT_EQ(world.db().expiring(), 0u);
  EXPECT_LT(world.db().expiry_notes(), 4200u);
  EXPECT_LT(world.db().expiry_memory(), 64 * 1024u);
}

TEST(Keyspace, clocks_that_are_set_back_delay_nothing) {
  World world;
  world.put("old", kStart + 100'000'000);
  world.pass(50'000'000);
  world.db().expire_some(100);
  world.pass(-40'000'000);
  world.db().expire_some(100);
  world.put("fresh", world.now_ms + 1000);
  world.set_expiry("old", world.now_ms + 2000);
  for (int i = 0; i < 3000; i += 10) {
    world.pass(10);
    world.db().expire_some(100);
    world.compare();
  }
  EXPECT_EQ(world.db().size(), 0u);
}

TEST(Keyspace, a_key_lives_through_the_millisecond_of_its_expiry) {
  World world;
  world.put("a", kStart + 100);
  world.pass(100);
  EXPECT_NE(world.db().find(key_of("a")), nullptr);
  world.pass(1);
  EXPECT_EQ(world.db().find(key_of("a")), nullptr);
  EXPECT_EQ(world.db().size(), 0u);
  EXPECT_EQ(world.db().expiring(), 0u);
  EXPECT_EQ(world.shard.stats().expired, 1u);
  EXPECT_EQ(world.shard.stats().hits, 1u);
  EXPECT_EQ(world.shard.stats().misses, 1u);
}

TEST(Keyspace, expired_keys_are_not_seen_also_while_they_must_stay) {
  World world;
  world.put("a", kStart + 100);
  world.shard.set_may_expire(false);
  world.pass(1000);
  EXPECT_EQ(world.db().peek(key_of("a")), nullptr);
  EXPECT_EQ(world.db().find(key_of("a")), nullptr);
  EXPECT_EQ(world.db().find_for_write(key_of("a")), nullptr);
  EXPECT_EQ(world.db().detach(key_of("a")), nullptr);
  EXPECT_EQ(world.db().expire_some(100), 0u);
  EXPECT_EQ(world.db().size(), 1u);
  EXPECT_EQ(world.shard.stats().misses, 1u);
  EXPECT_EQ(world.shard.stats().expired, 0u);
  EXPECT_EQ(world.shard.stats().dirty, 0u);
  world.shard.set_may_expire(true);
  EXPECT_EQ(world.db().expire_some(100), 1u);
  EXPECT_EQ(world.db().size(), 0u);
}

TEST(Keyspace, an_expired_key_that_stays_can_be_written_over) {
  World world;
  world.put("a", kStart + 100);
  world.put("b", kStart + 100);
  world.shard.set_may_expire(false);
  world.pass(1000);
  world.put("a", Entry::kNever);
  EXPECT_NE(world.db().peek(key_of("a")), nullptr);
  EXPECT_EQ(world.db().peek(key_of("b")), nullptr);
  EXPECT_EQ(world.db().size(), 2u);
  EXPECT_EQ(world.db().expiring(), 1u);
  world.shard.set_may_expire(true);
  world.db().expire_some(100);
  EXPECT_NE(world.db().peek(key_of("a")), nullptr);
  EXPECT_EQ(world.db().size(), 1u);
}

TEST(Keyspace, a_quiet_client_leaves_the_times_of_access_as_they_are) {
  World world;
  world.put("a", Entry::kNever);
  const uint32_t before = world.db().peek(key_of("a"))->access();
  world.pass(100'000);
  world.shard.set_quiet(true);
  EXPECT_EQ(world.db().find(key_of("a"))->access(), before);
  EXPECT_EQ(world.db().find_for_write(key_of("a"))->access(), before);
  EXPECT_NE(world.db().find_to_replace(key_of("a"))->access(), before) << "a value of its own";
  const uint32_t replaced = world.db().peek(key_of("a"))->access();
  world.pass(100'000);
  world.shard.set_quiet(false);
  EXPECT_NE(world.db().find_for_write(key_of("a"))->access(), replaced);
}

TEST(Keyspace, detach_hands_the_entry_over_and_leaves_no_trace) {
  World world;
  world.put("a", kStart + 100);
  EXPECT_EQ(world.db().detach(key_of("b")), nullptr);
  Entry* entry = world.db().detach(key_of("a"));
  ASSERT_NE(entry, nullptr);
  EXPECT_EQ(entry->key(), "a");
  EXPECT_EQ(world.db().expiring(), 0u);
  world.pass(1000);
  world.db().expire_some(10);
  EXPECT_EQ(world.shard.stats().expired, 0u);
  world.db().put(key_of("a"), entry);  // overdue by now
  EXPECT_EQ(world.db().expiring(), 1u);
  EXPECT_EQ(world.db().detach(key_of("a")), nullptr);
  EXPECT_EQ(world.shard.stats().expired, 1u);
}

TEST(Keyspace, swap_exchanges_keys_with_their_deadlines) {
  World world;
  Keyspace& other = world.shard.db(1);
  for (uint64_t i = 0; i < 3000; ++i) {
    const std::string name = std::to_string(i);
    world.put(name, kStart + 1000);
  }
  other.put(key_of("x"), Entry::make_integer("x", 1, kStart + 2000));
  world.db().swap(other);
  world.db().swap(other);
  world.db().swap(other);
  EXPECT_EQ(world.db().size(), 1u);
  EXPECT_EQ(other.size(), 3000u);
  EXPECT_EQ(other.expiring(), 3000u);
  EXPECT_NE(world.db().peek(key_of("x")), nullptr);
  EXPECT_EQ(world.db().peek(key_of("17")), nullptr);
  world.pass(1000 + kTick);
  while (other.expire_some(100) == 100) {
  }
  EXPECT_EQ(other.size(), 0u);
  world.pass(1000);
  world.db().expire_some(100);
  EXPECT_EQ(world.db().size(), 0u);
}

TEST(Keyspace, take_all_leaves_an_empty_database_and_no_notes) {
  World world;
  for (uint64_t i = 0; i < 3000; ++i) {
    world.put(std::to_string(i), kStart + 1000);
  }
  Table table = world.db().take_all();
  EXPECT_EQ(table.size(), 3000u);
  EXPECT_EQ(world.db().size(), 0u);
  EXPECT_EQ(world.db().expiring(), 0u);
  EXPECT_EQ(world.db().expiry_notes(), 0u);
  EXPECT_EQ(world.db().peek(key_of("17")), nullptr);
  world.put("17", Entry::kNever);
  EXPECT_NE(world.db().peek(key_of("17")), nullptr);
  world.pass(5000);
  while (world.db().expire_some(100) == 100) {
  }
  EXPECT_EQ(world.db().size(), 1u);
  EXPECT_LT(world.db().expiry_memory(), 10'000u);
}

}  // namespace
}  // namespace gyre::store
