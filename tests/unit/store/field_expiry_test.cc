// Tests of how a keyspace expires fields of hashes: on time, with the keys around them, in slices.
#include <map>
#include <string>
#include <unordered_map>

#include <gtest/gtest.h>

#include "base/heap.h"
#include "base/random.h"
#include "store/shard.h"
#include "store/value.h"

namespace gyre::store {
namespace {

constexpr int64_t kStart = 1'700'000'000'000;
constexpr int64_t kTick = data::ExpiryIndex::kTickMs;

Key key_of(std::string_view name) { return {name, key_hash(name)}; }

struct World {
  World() : shard(0, {.databases = 2}, 1) {
    shard.set_now_ms(kStart);
    shard.flush(0);
    while (shard.housekeep(1000)) {
    }
  }
  Keyspace& db() { return shard.db(0); }
  data::Hash* find(const std::string& key) {
    Entry* entry = db().peek(key_of(key));
    return entry == nullptr || entry->type() != Type::hash ? nullptr : &entry->value<data::Hash>();
  }
  data::Hash& find_or_make(const std::string& key) {
    if (find(key) == nullptr) {
      db().put(key_of(key), make_value(key, data::Hash(), Entry::kNever));
    }
    return *find(key);
  }
  void set_field(const std::string& key, const std::string& name, int64_t expire_at_ms) {
    data::Hash& hash = find_or_make(key);
    const int64_t before_ms = hash.next_expiry_ms();
    hash.set(name, "v", shard.now_ms(), {.hash_pack_entries = 20});
    hash.set_expiry(name, expire_at_ms, shard.now_ms());
    db().note_fields(key_of(key), before_ms, hash.next_expiry_ms());
    model[key][name] = expire_at_ms;
  }
  // Removes from the model what is due, and asserts that the keyspace has done so a tick later.
  void compare() {
    size_t expiring = 0;
    for (auto at = model.begin(); at != model.end();) {
      const data::Hash* hash = find(at->first);
      std::erase_if(at->second, [&](const auto& field) {
        const auto& [name, at_ms] = field;
        const bool is_due = at_ms != data::kNoExpiry && at_ms < shard.now_ms();
        EXPECT_EQ(hash != nullptr && hash->find(name, shard.now_ms()).has_value(), !is_due);
        return is_due;
      });
      if (hash != nullptr) {
        hash->for_all([&](const data::Element&, const data::Element&, int64_t at_ms) {
          EXPECT_TRUE(at_ms == data::kNoExpiry || at_ms + 2 * kTick >= shard.now_ms());
        });
      }
      at = at->second.empty() ? model.erase(at) : std::next(at);
    }
    db().table().for_each([&](const Entry& entry) {
      expiring += entry.type() == Type::hash && entry.value<data::Hash>().has_expiry() ? 1 : 0;
    });
    EXPECT_EQ(db().fields_expiring(), expiring);
  }
  void pass(int64_t ms) {
    shard.set_now_ms(shard.now_ms() + ms);
    // Twice, because the second look may find what the first one has noted again.
    for (int i = 0; i < 2; ++i) {
      while (db().expire_some(64) == 64) {
      }
    }
  }

  Shard shard;
  std::map<std::string, std::map<std::string, int64_t>> model;
};

TEST(FieldExpiry, fields_go_on_time_whatever_happens_to_their_keys) {
  base::Random random(1);
  World world;
  for (int step = 0; step < 20'000 && !testing::Test::HasFailure(); ++step) {
    const std::string key = "key:" + std::to_string(random.below(30));
    const std::string other = "key:" + std::to_string(random.below(30));
    const uint64_t what = random.below(100);
    if (what < 80) {
      const auto until_ms = static_cast<int64_t>(1 + random.below(1 << random.below(18)));
      world.set_field(key, std::to_string(random.below(60)),
                      random.below(5) == 0 ? data::kNoExpiry : world.shard.now_ms() + until_ms);
    } else if (what < 84) {
      world.db().erase(key_of(key));
      world.model.erase(key);
    } else if (what < 88) {
      world.db().put(key_of(key), Entry::make_inline(key, "text", Entry::kNever));
      world.model.erase(key);
      world.db().erase(key_of(key));
    } else if (what < 92 && world.find(key) != nullptr && key != other) {
      Entry* entry = Entry::rename(world.db().detach(key_of(key)), other);
      world.db().put(key_of(other), entry);
      world.model[other] = std::move(world.model[key]);
      world.model.erase(key);
    } else if (what < 95 && world.find(key) != nullptr && key != other) {
      const Entry& entry = *world.db().peek(key_of(key));
      world.db().put(key_of(other), Entry::clone(entry, other, Entry::kNever));
      world.model[other] = world.model[key];
    } else if (what == 95) {
      world.shard.swap(0, 1);
      world.shard.swap(1, 0);
    }
    world.pass(static_cast<int64_t>(random.below(random.below(100) == 0 ? 100'000 : 30)));
    world.compare();
  }
  EXPECT_GT(world.shard.stats().expired_fields, 1000u);
}

TEST(FieldExpiry, the_key_goes_with_its_last_field) {
  World world;
  world.set_field("k", "a", kStart + 10);
  world.set_field("k", "b", kStart + 20);
  world.pass(100);
  EXPECT_EQ(world.find("k"), nullptr);
  EXPECT_EQ(world.db().size(), 0u);
  EXPECT_EQ(world.shard.stats().expired_fields, 2u);
  EXPECT_EQ(world.db().fields_expiring(), 0u);
}

TEST(FieldExpiry, a_key_may_expire_before_its_fields) {
  World world;
  world.set_field("k", "a", kStart + 1000);
  world.db().set_expiry(key_of("k"), kStart + 50);
  world.pass(100);
  EXPECT_EQ(world.find("k"), nullptr);
  EXPECT_EQ(world.db().fields_expiring(), 0u);
  EXPECT_EQ(world.shard.stats().expired, 1u);
}

TEST(FieldExpiry, many_fields_of_one_hash_go_in_slices) {
  World world;
  for (int i = 0; i < 20'000; ++i) {
    world.set_field("k", std::to_string(i), kStart + 5);
  }
  world.shard.set_now_ms(kStart + 100);
  size_t left = 20'000;
  int rounds = 0;
  while (world.find("k") != nullptr) {
    world.shard.housekeep(200);
    const size_t now = world.find("k") == nullptr ? 0 : world.find("k")->size();
    ASSERT_LE(left - now, 300u);
    left = now;
    ASSERT_LT(++rounds, 1000);
  }
  EXPECT_GE(rounds, 20);
}

TEST(FieldExpiry, hashes_of_equal_prefixes_do_not_wait_for_each_other) {
  World world;
  std::unordered_map<uint64_t, std::string> seen;
  std::string first;
  std::string second;
  for (int i = 0; second.empty(); ++i) {
    const std::string key = std::to_string(i);
    const auto [at, is_new] = seen.emplace(key_hash(key) >> 32, key);
    if (!is_new) {
      first = at->second;
      second = key;
    }
  }
  for (int i = 0; i < 100; ++i) {
    world.set_field(first, std::to_string(i), kStart + 10);
    world.set_field(second, std::to_string(i), kStart + 10);
  }
  const auto pass = [&] {
    world.shard.set_now_ms(world.shard.now_ms() + 5 * kTick);
    for (int round = 0; round < 10; ++round) {
      world.shard.housekeep(1000);
    }
  };
  Entry* pinned[] = {world.db().peek(key_of(first)), world.db().peek(key_of(second))};
  world.shard.pin(*pinned[0]);
  world.shard.pin(*pinned[1]);
  pass();
  EXPECT_EQ(world.find(first)->size() + world.find(second)->size(), 200u);
  world.shard.unpin(*pinned[1]);
  pass();
  EXPECT_EQ(world.find(first)->size(), 100u);
  EXPECT_EQ(world.find(second), nullptr) << "the other one is still read";
  world.shard.unpin(*pinned[0]);
  pass();
  EXPECT_EQ(world.find(first), nullptr);
}

TEST(FieldExpiry, time_can_stand_still_for_fields_too) {
  World world;
  world.set_field("k", "a", kStart + 10);
  world.shard.set_may_expire(false);
  world.pass(100);
  ASSERT_NE(world.find("k"), nullptr);
  EXPECT_EQ(world.find("k")->size(), 1u);
  world.shard.set_may_expire(true);
  world.pass(0);
  EXPECT_EQ(world.find("k"), nullptr);
}

TEST(FieldExpiry, fields_of_a_hash_that_is_read_go_when_it_has_been_read) {
  World world;
  for (int i = 0; i < 100; ++i) {
    world.set_field("h", std::to_string(i), i < 60 ? kStart + 10 : data::kNoExpiry);
  }
  Entry* entry = world.db().peek(key_of("h"));
  world.shard.pin(*entry);
  world.shard.set_now_ms(kStart + 5 * kTick);
  for (int round = 0; round < 10; ++round) {
    world.shard.housekeep(1000);
  }
  EXPECT_EQ(world.find("h")->size(), 100u);
  EXPECT_EQ(world.find("h")->count_live(world.shard.now_ms()), 40u);
  world.shard.unpin(*entry);
  world.shard.set_now_ms(kStart + 10 * kTick);
  for (int round = 0; round < 10; ++round) {
    world.shard.housekeep(1000);
  }
  EXPECT_EQ(world.find("h")->size(), 40u);
}

}  // namespace
}  // namespace gyre::store
