// Tests of store/shard.h: housekeeping within budgets, access times, frequencies, flushes.
#include "store/shard.h"

#include <string>

#include <gtest/gtest.h>

#include "base/heap.h"
#include "store/value.h"

namespace gyre::store {
namespace {

constexpr int64_t kStart = 1'700'000'000'000;

Key key_of(std::string_view name) { return {name, key_hash(name)}; }

void fill(Keyspace& db, size_t keys, int64_t at_ms) {
  for (size_t i = 0; i < keys; ++i) {
    const std::string name = std::to_string(i);
    db.put(key_of(name), Entry::make_integer(name, 1, at_ms));
  }
}

// A shard whose indexes begin at the test's time.
struct World {
  explicit World(ShardOptions options = {.databases = 4}) : shard(0, options, 1) {
    shard.set_now_ms(kStart);
    for (uint16_t i = 0; i < shard.databases(); ++i) {
      shard.flush(i);
    }
    while (shard.housekeep(1000)) {
    }
  }
  Shard shard;
};

TEST(Shard, a_busy_database_does_not_use_up_the_budget_of_all) {
  World world;
  fill(world.shard.db(0), 20'000, kStart + 100);
  fill(world.shard.db(2), 100, kStart + 100);
  world.shard.set_now_ms(kStart + 200);
  for (int round = 0; round < 8; ++round) {
    world.shard.housekeep(200);
  }
  EXPECT_EQ(world.shard.db(2).size(), 0u);
  EXPECT_GT(world.shard.db(0).size(), 15'000u);
}

TEST(Shard, housekeeping_keeps_to_its_budget_and_says_when_work_is_left) {
  World world;
  fill(world.shard.db(0), 1000, kStart + 100);
  world.shard.set_now_ms(kStart + 200);
  size_t left = 1000;
  int rounds = 0;
  while (world.shard.housekeep(64)) {
    ASSERT_LE(left - world.shard.db(0).size(), 64u);
    left = world.shard.db(0).size();
    ASSERT_LT(++rounds, 100);
  }
  EXPECT_EQ(world.shard.db(0).size(), 0u);
  EXPECT_EQ(world.shard.stats().expired, 1000u);
  EXPECT_FALSE(world.shard.housekeep(64));
}

TEST(Shard, active_expiry_can_be_off_while_lookups_still_expire) {
  World world;
  fill(world.shard.db(0), 10, kStart + 100);
  world.shard.set_active_expire(false);
  world.shard.set_now_ms(kStart + 1000);
  world.shard.housekeep(1000);
  EXPECT_EQ(world.shard.db(0).size(), 10u);
  EXPECT_EQ(world.shard.db(0).find(key_of("5")), nullptr);
  EXPECT_EQ(world.shard.db(0).size(), 9u);
  world.shard.set_active_expire(true);
  world.shard.housekeep(1000);
  EXPECT_EQ(world.shard.db(0).size(), 0u);
}

TEST(Shard, a_flush_is_seen_at_once_and_freed_in_slices) {
  World world;
  const int64_t used = base::heap_used;
  fill(world.shard.db(1), 10'000, Entry::kNever);
  const uint64_t dirty = world.shard.stats().dirty;
  world.shard.flush(1);
  EXPECT_EQ(world.shard.db(1).size(), 0u);
  EXPECT_EQ(world.shard.stats().dirty, dirty + 10'000);
  EXPECT_GT(base::heap_used - used, 300'000);
  int rounds = 0;
  while (world.shard.housekeep(100)) {
    ++rounds;
  }
  EXPECT_GT(rounds, 90);
  EXPECT_LT(base::heap_used - used, 2000);
}

TEST(Shard, table_memory_counts_what_keys_and_notes_take) {
  World world;
  const size_t empty = world.shard.table_memory();
  fill(world.shard.db(0), 50'000, kStart + 1000);
  EXPECT_GT(world.shard.table_memory(), empty + 50'000 * 12);
  EXPECT_LT(world.shard.table_memory(), empty + 50'000 * 18);
}

TEST(Shard, idle_time_is_the_time_since_the_last_access) {
  World world;
  fill(world.shard.db(0), 1, Entry::kNever);
  Keyspace& db = world.shard.db(0);
  world.shard.set_now_ms(kStart + 42'000);
  EXPECT_EQ(world.shard.idle_seconds(*db.peek(key_of("0"))), 42u);
  db.find(key_of("0"), false);
  EXPECT_EQ(world.shard.idle_seconds(*db.peek(key_of("0"))), 42u);
  db.find(key_of("0"));
  EXPECT_EQ(world.shard.idle_seconds(*db.peek(key_of("0"))), 0u);
  world.shard.set_now_ms(kStart + 43'000);
  db.find_for_write(key_of("0"));
  EXPECT_EQ(world.shard.idle_seconds(*db.peek(key_of("0"))), 0u);
}

TEST(Shard, use_can_be_told_as_the_policy_counts_it) {
  World world;
  fill(world.shard.db(0), 1, Entry::kNever);
  Entry& entry = *world.shard.db(0).peek(key_of("0"));
  world.shard.set_idle_seconds(entry, 1000);
  EXPECT_EQ(world.shard.idle_seconds(entry), 1000u);
  world.shard.set_frequency(entry, 100);
  EXPECT_EQ(world.shard.idle_seconds(entry), 1000u);
  world.shard.set_idle_seconds(entry, UINT64_MAX);
  EXPECT_EQ(world.shard.idle_seconds(entry), 0xffffffu);
  world.shard.options().is_lfu = true;
  world.shard.set_frequency(entry, 100);
  EXPECT_EQ(world.shard.frequency(entry), 100u);
  world.shard.set_idle_seconds(entry, 1000);
  EXPECT_EQ(world.shard.frequency(entry), 100u);
}

TEST(Shard, frequency_grows_slowly_and_decays_by_the_minute) {
  World world({.databases = 1, .is_lfu = true});
  fill(world.shard.db(0), 1, Entry::kNever);
  Keyspace& db = world.shard.db(0);
  EXPECT_EQ(world.shard.frequency(*db.peek(key_of("0"))), 5u);
  for (int i = 0; i < 1000; ++i) {
    db.find(key_of("0"));
  }
  const uint32_t after = world.shard.frequency(*db.peek(key_of("0")));
  EXPECT_GT(after, 10u);  // Redis documents about 18 for a factor of 10
  EXPECT_LT(after, 30u);
  world.shard.set_now_ms(kStart + 3 * 60'000);
  EXPECT_EQ(world.shard.frequency(*db.peek(key_of("0"))), after - 3);
  world.shard.set_now_ms(kStart + 600 * 60'000);
  EXPECT_EQ(world.shard.frequency(*db.peek(key_of("0"))), 0u);
  // A value that replaces another keeps what is known of the key.
  world.shard.set_now_ms(kStart);
  db.put(key_of("0"), Entry::make_integer("0", 2, Entry::kNever));
  EXPECT_EQ(world.shard.frequency(*db.peek(key_of("0"))), after);
}

TEST(Shard, a_pinned_value_outlives_its_key) {
  const int64_t used = base::heap_used;
  {
    World world;
    Shard& shard = world.shard;
    Keyspace& db = shard.db(0);
    const data::Limits limits;
    const auto make = [&](size_t count) {
      data::List list;
      for (size_t i = 0; i < count; ++i) {
        list.push(data::Side::back, data::Element(static_cast<int64_t>(i)), {}, limits);
      }
      db.put(key_of("k"), make_value("k", std::move(list), Entry::kNever));
      return db.peek(key_of("k"));
    };
    for (const size_t count : {3, 100'000}) {
      Entry* entry = make(count);
      shard.pin(*entry);
      shard.pin(*entry);
      EXPECT_TRUE(shard.is_pinned(*entry));
      Entry* next = make(1);
      EXPECT_FALSE(shard.is_pinned(*next));
      EXPECT_EQ(entry->value<data::List>().size(), count);
      shard.unpin(*entry);
      while (shard.housekeep(100)) {
      }
      EXPECT_EQ(entry->value<data::List>().size(), count);
      shard.unpin(*entry);
      shard.pin(*next);
      shard.unpin(*next);
      EXPECT_EQ(db.peek(key_of("k")), next) << "its key is still there";
    }
    Entry* entry = make(5);
    shard.pin(*entry);
    shard.flush(0);
    while (shard.housekeep(100)) {
    }
    EXPECT_EQ(entry->value<data::List>().size(), 5u);
    shard.unpin(*entry);
    EXPECT_EQ(db.size(), 0u);
  }
  EXPECT_EQ(base::heap_used, used);
}

}  // namespace
}  // namespace gyre::store
