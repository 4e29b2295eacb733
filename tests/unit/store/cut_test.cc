#include "store/cut.h"

#include <gtest/gtest.h>

#include <map>
#include <string>
#include <utility>

#include "base/random.h"
#include "store/shard.h"

namespace gyre::store {
namespace {

Key key_of(std::string_view name) { return {name, key_hash(name)}; }

using Keys = std::map<std::pair<int, std::string>, int64_t>;

// Notes what it is given; of numbers that end in 7 only at the second look, as of large values.
struct Notes final : Saver {
  Keys saved;
  int waiting_db = 0;
  const Entry* waiting = nullptr;
  int looks = 0;

  void note(int db, const Entry& entry) {
    const bool is_new =
        saved.emplace(std::pair(db, std::string(entry.key())), entry.integer()).second;
    EXPECT_TRUE(is_new) << "twice: " << entry.key();
  }
  bool save(uint16_t db, const Entry& entry) override {
    EXPECT_EQ(waiting, nullptr);
    if (entry.integer() % 10 == 7) {
      waiting_db = db;
      waiting = &entry;
      looks = 2;
      return false;
    }
    note(db, entry);
    return true;
  }
  bool save_more() override {
    EXPECT_NE(waiting, nullptr);
    if (--looks > 0) {
      return false;
    }
    note(waiting_db, *std::exchange(waiting, nullptr));
    return true;
  }
  void save_ahead(uint16_t db, const Entry& entry) override { note(db, entry); }
};

struct World {
  Shard shard{0, ShardOptions{.databases = 3}, 1};
  base::Random random;
  Keys model;
  int64_t next = 0;

  explicit World(uint64_t seed) : random(seed) {}

  std::string name() { return "key" + std::to_string(random.below(4000)); }

  void change() {
    const auto db = static_cast<uint16_t>(random.below(3));
    const std::string name = this->name();
    Keyspace& keys = shard.db(db);
    switch (random.below(4)) {
      case 0:
      case 1:
        keys.put(key_of(name), Entry::make_integer(name, ++next, Entry::kNever));
        model[{db, name}] = next;
        break;
      case 2:
        keys.erase(key_of(name));
        model.erase({db, name});
        break;
      default:
        if (Entry* entry = keys.find_for_write(key_of(name)); entry != nullptr) {
          entry->set_integer(++next);
          model[{db, name}] = next;
          keys.set_expiry(key_of(name), random.below(2) == 0 ? Entry::kNever : INT64_MAX / 2);
        }
    }
  }
};

TEST(Cut, it_saves_every_key_once_as_it_was) {
  for (uint64_t seed = 1; seed <= 30; ++seed) {
    World world(seed);
    for (uint64_t i = world.random.below(5000); i > 0; --i) {
      world.change();
    }
    const Keys before = world.model;
    Notes notes;
    {
      Cut cut(world.shard, notes);
      bool has_more = true;
      while (has_more) {
        for (uint64_t i = world.random.below(60); i > 0; --i) {
          world.change();
        }
        has_more = cut.step(1 + world.random.below(20));
      }
      EXPECT_FALSE(cut.is_void());
    }
    EXPECT_EQ(notes.saved, before);
    world.change();  // nobody is told any more
  }
}

TEST(Cut, tables_that_grow_meanwhile_lose_nothing) {
  World world(7);
  for (int i = 0; i < 100; ++i) {
    world.change();
  }
  const Keys before = world.model;
  Notes notes;
  Cut cut(world.shard, notes);
  for (int i = 0; i < 50'000; ++i) {
    const std::string name = "new" + std::to_string(i);
    world.shard.db(0).put(key_of(name), Entry::make_integer(name, i, Entry::kNever));
    if (i % 1000 == 0) {
      cut.step(1);
    }
  }
  while (cut.step(10)) {
  }
  EXPECT_EQ(notes.saved, before);
}

TEST(Cut, keys_whose_time_comes_are_saved) {
  World world(1);
  world.shard.set_now_ms(1000);
  world.shard.db(0).put(key_of("a"), Entry::make_integer("a", 1, 1500));
  Notes notes;
  Cut cut(world.shard, notes);
  world.shard.set_now_ms(2000);
  EXPECT_EQ(world.shard.db(0).peek(key_of("a")), nullptr);
  while (cut.step(10)) {
  }
  EXPECT_EQ(notes.saved, (Keys{{{0, "a"}, 1}}));
}

TEST(Cut, emptied_databases_end_it) {
  World world(1);
  for (int i = 0; i < 1000; ++i) {
    world.change();
  }
  {
    Notes notes;
    Cut cut(world.shard, notes);
    cut.step(5);
    world.shard.flush(1);
    EXPECT_TRUE(cut.is_void());
    EXPECT_FALSE(cut.step(1) && cut.step(1));
  }
  Notes notes;
  Cut cut(world.shard, notes);
  world.shard.flush(1);
  EXPECT_FALSE(cut.is_void()) << "there was nothing";
  world.shard.swap(0, 2);
  EXPECT_TRUE(cut.is_void());
}

}  // namespace
}  // namespace gyre::store
