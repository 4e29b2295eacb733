// Tests of store/table.h against a plain map: content, invariants, scans across growth, bad hashes.
#include "store/table.h"

#include <algorithm>
#include <cmath>
#include <cstdio>
#include <map>
#include <set>
#include <string>
#include <unordered_map>
#include <vector>

#include <gtest/gtest.h>

#include "base/hash.h"
#include "base/number.h"
#include "base/random.h"

namespace gyre::store {
namespace {

uint64_t good_hash(std::string_view key) { return base::hash_bytes(key, 7); }

// The key says its hash: 16 hexadecimal digits in front.
uint64_t hash_in_key(std::string_view key) {
  uint64_t hash = 0;
  for (size_t i = 0; i < 16; ++i) {
    const char c = key[i];
    hash = hash << 4 | static_cast<uint64_t>(c <= '9' ? c - '0' : c - 'a' + 10);
  }
  return hash;
}

std::string key_with_hash(uint64_t hash, uint64_t number) {
  char text[48];
  std::snprintf(text, sizeof text, "%016lx:%lu", hash, number);
  return text;
}

Entry* make(std::string_view key, int64_t value = 0) {
  return Entry::make_integer(key, value, Entry::kNever);
}

std::string name(uint64_t number) { return "key:" + std::to_string(number); }

// A table beside a plain map of what must be in it.
struct Pair {
  explicit Pair(uint64_t (*hash_of)(std::string_view)) : hash(hash_of), table(hash_of) {}

  Table::Place find(const std::string& key) { return table.find({key, hash(key)}); }
  void insert(const std::string& key, int64_t value) {
    table.insert(hash(key), make(key, value));
    model[key] = value;
  }
  void take(const std::string& key) {
    Entry* entry = table.take(find(key));
    EXPECT_EQ(entry->key(), key);
    Entry::destroy(entry);
    model.erase(key);
  }
  void put(const std::string& key, int64_t value) {
    const Table::Place place = find(key);
    ASSERT_EQ(static_cast<bool>(place), model.contains(key)) << key;
    if (place) {
      Entry* old = table.replace(place, make(key, value));
      EXPECT_EQ(old->integer(), model[key]);
      Entry::destroy(old);
      model[key] = value;
    } else {
      insert(key, value);
    }
  }
  void compare() {
    table.check();
    ASSERT_EQ(table.size(), model.size());
    for (const auto& [key, value] : model) {
      const Table::Place place = find(key);
      ASSERT_TRUE(place) << key;
      ASSERT_EQ(place.item()->integer(), value);
    }
  }

  uint64_t (*hash)(std::string_view);
  Table table;
  std::unordered_map<std::string, int64_t> model;
};

// Tides: the table fills and empties again and again, over three orders of magnitude.
void run_random_operations(uint64_t (*hash_of)(std::string_view), std::string (*key_of)(uint64_t),
                           size_t operations, uint64_t keys_max) {
  base::Random random(11);
  Pair pair(hash_of);
  for (size_t i = 0; i < operations; ++i) {
    const double tide = 0.5 + 0.5 * std::sin(static_cast<double>(i) * 25 / double(operations));
    const uint64_t keys = 1 + static_cast<uint64_t>(std::pow(double(keys_max), tide));
    const std::string key = key_of(random.below(keys_max));
    const bool is_present = pair.model.contains(key);
    ASSERT_EQ(static_cast<bool>(pair.find(key)), is_present) << key;
    if (is_present && random.below(keys_max) >= keys) {
      pair.take(key);
    } else if (is_present || random.below(keys_max) < keys) {
      pair.put(key, static_cast<int64_t>(i));
    }
    if (i % (operations / 40) == 0) {
      pair.compare();
    }
  }
  pair.compare();
}

TEST(Table, does_as_a_map_does) {
  run_random_operations(
      good_hash, [](uint64_t n) { return name(n); }, 1'000'000, 50'000);
}

TEST(Table, does_as_a_map_does_when_all_hashes_share_a_prefix) {
  run_random_operations(
      hash_in_key,
      [](uint64_t n) {
        return key_with_hash(0xabcdef0123450000 | n * 0x9e3779b97f4a7c15 >> 48, n);
      },
      60'000, 3000);
}

TEST(Table, does_as_a_map_does_when_hashes_have_few_values) {
  for (const uint64_t values : {1, 2, 7}) {
    run_random_operations(
        hash_in_key,
        values == 1   ? [](uint64_t n) { return key_with_hash(0xffffffffffffffff, n); }
        : values == 2 ? [](uint64_t n) { return key_with_hash(n % 2 == 0 ? 0 : ~uint64_t{0}, n); }
                      : [](uint64_t n) { return key_with_hash((n % 7) << 61, n); },
        20'000, 2000);
  }
}

TEST(Table, memory_stays_in_proportion_when_hashes_are_equal) {
  Table table(hash_in_key);
  for (uint64_t i = 0; i < 20'000; ++i) {
    const std::string key = key_with_hash(0x1234567812345678, i);
    table.insert(hash_in_key(key), make(key));
  }
  table.check();
  EXPECT_LT(table.memory(), 20'000 * 16);
}

TEST(Table, a_key_costs_ten_bytes_on_average) {
  Table table(good_hash);
  double sum = 0;
  double worst = 0;
  int samples = 0;
  // Segments fill and split in step, so the cost swings with the number of keys; one doubling shows
  // all of it.
  for (uint64_t i = 1; i <= 1'000'000; ++i) {
    const std::string key = name(i);
    table.insert(good_hash(key), make(key));
    if (i >= 500'000 && i % 10'000 == 0) {
      const double bytes = static_cast<double>(table.memory()) / static_cast<double>(i);
      sum += bytes;
      worst = std::max(worst, bytes);
      ++samples;
    }
  }
  table.check();
  std::printf("bytes of table per key: %.2f on average, at most %.2f, %.2f at 1 M keys\n",
              sum / samples, worst, static_cast<double>(table.memory()) / 1e6);
  EXPECT_LT(sum / samples, 10.2);
  EXPECT_LT(worst, 11.5);

  // Nearly all of it is given back when the keys go.
  for (uint64_t i = 1; i <= 1'000'000; ++i) {
    const std::string key = name(i);
    Entry::destroy(table.take(table.find({key, good_hash(key)})));
  }
  table.check();
  EXPECT_EQ(table.size(), 0u);
  EXPECT_LT(table.memory(), 64 * 1024);
}

TEST(Table, small_tables_are_small) {
  Table table(good_hash);
  EXPECT_LE(table.memory(), 512u);
  for (uint64_t i = 0; i < 100; ++i) {
    const std::string key = name(i);
    table.insert(good_hash(key), make(key));
  }
  EXPECT_LE(table.memory(), 2048u);
}

// Everything that is present during a whole scan is visited, whatever comes and goes meanwhile.
void scan_while(int64_t grow_percent, size_t keys, size_t step) {
  base::Random random(keys);
  Pair pair(good_hash);
  for (uint64_t i = 0; i < keys; ++i) {
    pair.insert(name(i), 0);
  }
  std::set<std::string> always;
  for (const auto& item : pair.model) {
    always.insert(item.first);
  }
  std::unordered_map<std::string, int> visits;
  uint64_t cursor = 0;
  uint64_t fresh = keys;
  size_t calls = 0;
  do {
    size_t seen = 0;
    const uint64_t next = pair.table.scan(cursor, step, [&](Entry& entry) {
      ++visits[std::string(entry.key())];
      ++seen;
    });
    ASSERT_TRUE(next == 0 || seen >= step);
    ASSERT_LE(seen, step + 4);  // equal tags are visited together
    ASSERT_TRUE(next == 0 || next > cursor);
    ASSERT_EQ(next & 0xffff, 0u);
    cursor = next;
    for (size_t i = 0; i < step; ++i) {
      if (static_cast<int64_t>(random.below(100)) < grow_percent) {
        for (int j = 0; j < 4; ++j) {
          pair.insert(name(fresh++), 0);
        }
      } else {
        const std::string key = name(random.below(keys));
        if (pair.find(key)) {
          pair.take(key);
          always.erase(key);
        }
      }
    }
    ASSERT_LT(++calls, 10 * keys);
  } while (cursor != 0);
  pair.table.check();
  for (const std::string& key : always) {
    ASSERT_GE(visits[key], 1) << key;
  }
  size_t twice = 0;
  for (const auto& [key, count] : visits) {
    twice += count > 1 ? 1 : 0;
  }
  EXPECT_LE(twice, keys / 1000);
}

TEST(Table, scan_loses_nothing_while_the_table_grows) { scan_while(100, 10'000, 7); }
TEST(Table, scan_loses_nothing_while_the_table_shrinks) { scan_while(0, 60'000, 10); }
TEST(Table, scan_loses_nothing_while_keys_come_and_go) { scan_while(20, 30'000, 10); }

TEST(Table, scan_visits_each_of_a_resting_table_once_in_hash_order) {
  for (const size_t keys : {0, 1, 10, 1000, 50'000}) {
    for (const size_t step : {1, 3, 100, 1'000'000}) {
      Table table(good_hash);
      for (uint64_t i = 0; i < keys; ++i) {
        table.insert(good_hash(name(i)), make(name(i)));
      }
      size_t visits = 0;
      uint64_t last = 0;
      uint64_t cursor = 0;
      do {
        cursor = table.scan(cursor, step, [&](Entry& entry) {
          const uint64_t hash = good_hash(entry.key()) >> 24;  // equal tags come in any order
          EXPECT_GE(hash | 0xffffff, last);
          last = hash;
          ++visits;
        });
      } while (cursor != 0);
      ASSERT_EQ(visits, keys) << "steps of " << step;
    }
  }
}

TEST(Table, scan_accepts_any_cursor) {
  Pair pair(good_hash);
  for (uint64_t i = 0; i < 5000; ++i) {
    pair.insert(name(i), 0);
  }
  base::Random random(3);
  for (int i = 0; i < 10'000; ++i) {
    const uint64_t cursor = random.next() >> random.below(64);
    size_t seen = 0;
    const uint64_t next = pair.table.scan(cursor, 5, [&](Entry&) { ++seen; });
    ASSERT_TRUE(next == 0 || next > cursor - cursor % 65536);
    ASSERT_TRUE(next == 0 || seen >= 5);
  }
}

TEST(Table, scan_ends_when_all_hashes_are_equal) {
  Table table(hash_in_key);
  for (uint64_t i = 0; i < 3000; ++i) {
    const std::string key = key_with_hash(~uint64_t{0}, i);
    table.insert(hash_in_key(key), make(key));
  }
  size_t visits = 0;
  EXPECT_EQ(table.scan(0, 10, [&](Entry&) { ++visits; }), 0u);
  EXPECT_EQ(visits, 3000u);
}

TEST(Table, visit_prefix_finds_all_of_a_prefix) {
  base::Random random(9);
  for (const size_t keys : {5, 100, 3000, 100'000}) {
    Table table(hash_in_key);
    std::map<uint32_t, std::set<std::string>> by_prefix;
    for (uint64_t i = 0; i < keys; ++i) {
      // Some prefixes have several keys, with any bits behind it.
      const uint64_t prefix = random.below(2) == 0 || by_prefix.empty()
                                  ? random.next() >> 32
                                  : by_prefix.lower_bound(uint32_t(random.next() >> 33))->first;
      const std::string key = key_with_hash(prefix << 32 | random.next() >> 32, i);
      table.insert(hash_in_key(key), make(key));
      by_prefix[static_cast<uint32_t>(prefix)].insert(key);
    }
    table.check();
    size_t looked_at = 0;
    for (const auto& [prefix, expected] : by_prefix) {
      std::set<std::string> found;
      table.visit_prefix(prefix, [&](Entry& entry) {
        ++looked_at;
        if (hash_in_key(entry.key()) >> 32 == prefix) {
          EXPECT_TRUE(found.insert(std::string(entry.key())).second);
        }
      });
      ASSERT_EQ(found, expected);
    }
    EXPECT_LT(looked_at, keys * 2 + 1000);
    for (int i = 0; i < 1000; ++i) {  // absent prefixes end as well
      table.visit_prefix(static_cast<uint32_t>(random.next()), [](Entry&) {});
    }
  }
}

TEST(Table, random_gives_every_element_about_the_same_chance) {
  for (const size_t keys : {1, 10, 500, 6000}) {
    Table table(good_hash);
    for (uint64_t i = 0; i < keys; ++i) {
      table.insert(good_hash(name(i)), make(name(i), static_cast<int64_t>(i)));
    }
    base::Random random(5);
    std::vector<int> hits(keys);
    const size_t draws = keys * 200;
    for (size_t i = 0; i < draws; ++i) {
      ++hits[static_cast<size_t>(table.random(random.next())->integer())];
    }
    for (const int count : hits) {
      EXPECT_GT(count, 80);
      EXPECT_LT(count, 400);
    }
  }
}

TEST(Table, random_finds_the_last_element_of_a_large_table) {
  Pair pair(good_hash);
  for (uint64_t i = 0; i < 200'000; ++i) {
    pair.insert(name(i), 0);
  }
  for (uint64_t i = 1; i < 200'000; ++i) {
    pair.take(name(i));
  }
  base::Random random(5);
  for (int i = 0; i < 1000; ++i) {
    ASSERT_EQ(pair.table.random(random.next())->key(), name(0));
  }
}

TEST(Table, drain_frees_no_more_than_asked_for_at_a_time) {
  const int64_t before = base::heap_used;
  Table table(good_hash);
  for (uint64_t i = 0; i < 10'000; ++i) {
    table.insert(good_hash(name(i)), make(name(i)));
  }
  size_t left = 10'000;
  while (!table.drain(64)) {
    ASSERT_EQ(left - table.size(), 64u);
    left = table.size();
  }
  EXPECT_EQ(table.size(), 0u);
  EXPECT_EQ(base::heap_used, before);
}

TEST(Table, a_half_drained_table_is_destroyed_whole) {
  const int64_t used = base::heap_used;
  {
    Table table(good_hash);
    for (uint64_t i = 0; i < 10'000; ++i) {
      table.insert(good_hash(name(i)), make(name(i)));
    }
    table.drain(3777);
  }
  EXPECT_EQ(base::heap_used, used);
}

TEST(Table, moves_and_swaps_with_all_it_has) {
  Table small(good_hash);
  small.insert(good_hash("a"), make("a"));
  Table large(good_hash);
  for (uint64_t i = 0; i < 5000; ++i) {
    large.insert(good_hash(name(i)), make(name(i)));
  }
  std::swap(small, large);
  small.check();
  large.check();
  EXPECT_EQ(small.size(), 5000u);
  EXPECT_EQ(large.size(), 1u);
  Table moved(std::move(small));
  moved.check();
  EXPECT_TRUE(moved.find({name(17), good_hash(name(17))}));
  EXPECT_FALSE(large.find({name(17), good_hash(name(17))}));
}

TEST(Table, prefetching_is_harmless_anywhere) {
  Table table(good_hash);
  base::Random random(1);
  for (uint64_t i = 0; i < 3000; ++i) {
    table.prefetch_slots(random.next());
    table.prefetch_item(random.next());
    table.insert(good_hash(name(i)), make(name(i)));
    table.prefetch_item(good_hash(name(i)));
  }
}

}  // namespace
}  // namespace gyre::store
