// Tests of data/hash.h against a plain map: every encoding, every conversion, expiries, memory.
#include "data/hash.h"

#include <cstdint>
#include <map>
#include <set>
#include <string>

#include <gtest/gtest.h>

#include "base/heap.h"
#include "base/random.h"

namespace gyre::data {
namespace {

constexpr int64_t kStart = 1'700'000'000'000;

std::string text_of(const Element& element) {
  Digits digits;
  return std::string(element.text(digits));
}

struct Plain {
  std::string value;
  int64_t expire_at_ms = kNoExpiry;
  bool operator==(const Plain&) const = default;
};

// A hash beside a plain map of what must be in it.
struct Pair {
  bool is_due(const Plain& plain) const {
    return plain.expire_at_ms != kNoExpiry && plain.expire_at_ms < now_ms;
  }
  bool has(const std::string& name) const {
    return model.contains(name) && !is_due(model.at(name));
  }
  void set(const std::string& name, const std::string& value, bool keeps_expiry = false) {
    const bool is_new = !has(name);
    const int64_t kept = keeps_expiry && !is_new ? model[name].expire_at_ms : kNoExpiry;
    ASSERT_EQ(hash.set(name, value, now_ms, limits, keeps_expiry), is_new) << name;
    model[name] = {value, kept};
  }
  void erase(const std::string& name) {
    ASSERT_EQ(hash.erase(name, now_ms), has(name)) << name;
    model.erase(name);
  }
  void set_expiry(const std::string& name, int64_t expire_at_ms) {
    if (has(name)) {
      hash.set_expiry(name, expire_at_ms, now_ms);
      model[name].expire_at_ms = expire_at_ms;
    }
  }
  void find(const std::string& name) const {
    const auto found = hash.find(name, now_ms);
    ASSERT_EQ(found.has_value(), has(name)) << name;
    if (found) {
      ASSERT_EQ(text_of(found->value), model.at(name).value);
      ASSERT_EQ(found->expire_at_ms, model.at(name).expire_at_ms);
    }
  }
  void compare() const {
    hash.check();
    std::map<std::string, Plain> live;
    for (const auto& [name, plain] : model) {
      if (!is_due(plain)) {
        live[name] = plain;
      }
    }
    std::map<std::string, Plain> found;
    hash.for_each(now_ms, [&](const Element& name, const Element& value) {
      const int64_t at_ms = model.at(text_of(name)).expire_at_ms;
      EXPECT_TRUE(found.emplace(text_of(name), Plain{text_of(value), at_ms}).second);
    });
    ASSERT_EQ(found, live);
    ASSERT_EQ(hash.count_live(now_ms), live.size());
    ASSERT_LE(live.size(), hash.size());
    ASSERT_LE(hash.size(), model.size());
    bool has_expiry = false;
    for (const auto& [name, plain] : live) {
      has_expiry |= plain.expire_at_ms != kNoExpiry;
      ASSERT_TRUE(plain.expire_at_ms == kNoExpiry || hash.next_expiry_ms() <= plain.expire_at_ms);
    }
    ASSERT_TRUE(!has_expiry || hash.has_expiry());
  }
  // Moves time and lets fields go.
  void move_time(int64_t by_ms, size_t budget) {
    now_ms += by_ms;
    hash.expire(now_ms, budget, [&](std::string_view name) {
      EXPECT_TRUE(model.contains(std::string(name)) && is_due(model[std::string(name)]));
      model.erase(std::string(name));
    });
  }

  Limits limits = {};
  int64_t now_ms = kStart;
  Hash hash = {};
  std::map<std::string, Plain> model = {};
};

std::string random_text(base::Random& random, uint64_t longest) {
  switch (random.below(3)) {
    case 0:
      return std::to_string(static_cast<int64_t>(random.next()) >> random.below(64));
    case 1:
      return std::string(random.below(longest), 'v');
    default:
      return "value:" + std::to_string(random.below(1000));
  }
}

// Hashes that grow from nothing and shrink again, with and without fields that expire.
TEST(Hash, does_as_a_map_does_in_every_encoding) {
  base::Random random(1);
  const int64_t used = base::heap_used;
  std::map<std::string, int> encodings;
  for (int round = 0; round < 250; ++round) {
    Pair pair;
    pair.limits = {.hash_pack_entries = random.below(200),
                   .hash_pack_value = 10 + random.below(300)};
    const bool expires = round % 2 == 1;
    const uint64_t names = 1 + random.below(300);
    for (int i = 0; i < 4000; ++i) {
      const std::string name =
          (random.below(3) == 0 ? "" : "name:") + std::to_string(random.below(names));
      const bool is_ebb = i / 1000 % 2 == 1;
      pair.find(name);
      if (random.below(10) < (is_ebb ? 2 : 7)) {
        pair.set(name, random_text(random, random.below(100) == 0 ? 9000 : 60),
                 random.below(2) == 0);
      } else if (!expires || random.below(3) > 0) {
        pair.erase(name);
      } else if (random.below(3) > 0) {
        pair.set_expiry(name,
                        pair.now_ms + static_cast<int64_t>(random.below(1 << random.below(24))));
      } else if (random.below(2) == 0) {
        pair.set_expiry(name, kNoExpiry);
      } else {
        pair.move_time(static_cast<int64_t>(random.below(1 << random.below(12))), random.below(50));
      }
      if (i % 250 == 0) {
        pair.compare();
        Pair copy{.limits = pair.limits,
                  .now_ms = pair.now_ms,
                  .hash = pair.hash.clone(),
                  .model = pair.model};
        copy.compare();
        EXPECT_EQ(copy.hash.encoding(), pair.hash.encoding());
        ++encodings[std::string(pair.hash.encoding())];
      }
    }
    pair.compare();
  }
  EXPECT_EQ(encodings.size(), 3u);
  EXPECT_EQ(base::heap_used, used);
}

TEST(Hash, fields_of_a_table_go_on_time) {
  base::Random random(3);
  Pair pair;
  pair.limits.hash_pack_entries = 0;
  for (int i = 0; i < 20'000; ++i) {
    const std::string name = "field:" + std::to_string(i);
    pair.set(name, "v");
    if (i % 2 == 0) {
      pair.set_expiry(name, kStart + static_cast<int64_t>(random.below(100'000)));
    }
  }
  while (pair.now_ms < kStart + 110'000) {
    // Once time has moved on by a tick of the index, all that was due is gone.
    pair.move_time(500, SIZE_MAX);
    for (const auto& [name, plain] : pair.model) {
      ASSERT_TRUE(plain.expire_at_ms == kNoExpiry || plain.expire_at_ms + 20 >= pair.now_ms);
    }
  }
  EXPECT_EQ(pair.hash.size(), 10'000u);
  EXPECT_FALSE(pair.hash.has_expiry());
  pair.compare();
}

TEST(Hash, expiring_keeps_to_its_budget) {
  Pair pair;
  pair.limits.hash_pack_entries = 0;
  for (int i = 0; i < 5000; ++i) {
    pair.set(std::to_string(i), "v");
    pair.set_expiry(std::to_string(i), kStart + 5);
  }
  pair.now_ms += 100;
  size_t left = 5000;
  while (left > 0) {
    pair.move_time(0, 64);
    ASSERT_LE(left - pair.hash.size(), 66u);
    ASSERT_LT(pair.hash.size(), left);
    left = pair.hash.size();
  }
}

// A field that gets an earlier deadline again and again leaves a note behind each time.
TEST(Hash, notes_that_are_stale_do_not_pile_up) {
  Pair pair;
  pair.limits.hash_pack_entries = 0;
  for (int i = 0; i < 3000; ++i) {
    pair.set(std::to_string(i), "v");
  }
  size_t most = 0;
  for (int round = 0; round < 200; ++round) {
    for (int i = 0; i < 3000; ++i) {
      pair.set_expiry(std::to_string(i), kNoExpiry);
      pair.set_expiry(std::to_string(i), kStart + 1'000'000 + i);
    }
    most = std::max(most, pair.hash.memory(0));
  }
  EXPECT_LT(most, 400'000u);
  pair.compare();
  pair.move_time(2'000'000, SIZE_MAX);
  EXPECT_EQ(pair.hash.size(), 0u);
}

TEST(Hash, changes_its_encoding_at_the_limits) {
  Pair pair;
  for (int i = 0; i < 512; ++i) {
    pair.set(std::to_string(i), "v");
  }
  EXPECT_EQ(pair.hash.encoding(), "listpack");
  pair.set("0", "w");
  EXPECT_EQ(pair.hash.encoding(), "listpack");
  pair.set("512", "v");
  EXPECT_EQ(pair.hash.encoding(), "hashtable");

  Pair values;
  values.set("f", std::string(64, 'x'));
  EXPECT_EQ(values.hash.encoding(), "listpack");
  values.set("f", std::string(65, 'x'));
  EXPECT_EQ(values.hash.encoding(), "hashtable");

  Pair expiring;
  expiring.set("f", "v");
  expiring.set_expiry("f", kStart + 1);
  EXPECT_EQ(expiring.hash.encoding(), "listpackex");
  expiring.set_expiry("f", kNoExpiry);
  EXPECT_EQ(expiring.hash.encoding(), "listpackex");
}

TEST(Hash, scan_and_draining_go_step_by_step) {
  const int64_t used = base::heap_used;
  Pair pair;
  for (int i = 0; i < 50'000; ++i) {
    pair.set("field:" + std::to_string(i), std::to_string(i));
  }
  std::map<std::string, std::string> found;
  uint64_t cursor = 0;
  do {
    size_t seen = 0;
    cursor = pair.hash.scan(cursor, 100, kStart, [&](const Element& name, const Element& value) {
      found[text_of(name)] = text_of(value);
      ++seen;
    });
    ASSERT_LE(seen, 110u);
  } while (cursor != 0);
  EXPECT_EQ(found.size(), 50'000u);
  while (pair.hash.pieces() > 0) {
    const size_t before = pair.hash.pieces();
    const size_t freed = pair.hash.drain(1000);
    ASSERT_LE(freed, 1001u);
    ASSERT_EQ(pair.hash.pieces(), before - freed);
  }
  EXPECT_EQ(base::heap_used, used);
}

TEST(Hash, draining_frees_the_index_of_expiries_too) {
  Pair pair;
  for (int i = 0; i < 50'000; ++i) {
    const std::string name = std::to_string(i);
    pair.set(name, name);
    pair.set_expiry(name, kStart + 1000 + i % 7);
  }
  EXPECT_GT(pair.hash.pieces(), pair.hash.size() + 500);
  size_t steps = 0;
  for (; pair.hash.pieces() > 0; ++steps) {
    const size_t before = pair.hash.pieces();
    ASSERT_LE(pair.hash.drain(100), 150u);
    ASSERT_LE(before - pair.hash.pieces(), 150u);
  }
  EXPECT_GT(steps, 500u);
}

TEST(Hash, chance_is_fair_to_every_field_that_is_not_due) {
  for (const int size : {1, 50, 600, 3000}) {
    for (const int due_percent : {0, 30, 99}) {
      Pair pair;
      std::set<std::string> live;
      for (int i = 0; i < size; ++i) {
        const std::string name = std::to_string(i);
        pair.set(name, name);
        if (i * 37 % 100 < due_percent && i > 0) {
          pair.set_expiry(name, kStart);
        } else {
          live.insert(name);
        }
      }
      const int64_t now_ms = kStart + 1;
      base::Random random(5);
      std::map<std::string, int> drawn;
      pair.hash.draw(live.size() * 100, now_ms, random,
                     [&](const Element& name, const Element& value) {
                       EXPECT_EQ(text_of(name), text_of(value));
                       ++drawn[text_of(name)];
                     });
      ASSERT_EQ(drawn.size(), live.size());
      for (const auto& [name, count] : drawn) {
        EXPECT_TRUE(live.contains(name));
        EXPECT_TRUE(due_percent == 99 || (count >= 50 && count <= 200)) << count;
      }
      for (const size_t share : {size_t{1}, live.size() / 5 + 1, live.size()}) {
        std::set<std::string> sampled;
        pair.hash.sample(share, now_ms, random, [&](const Element& name, const Element&) {
          EXPECT_TRUE(live.contains(text_of(name)));
          EXPECT_TRUE(sampled.insert(text_of(name)).second);
        });
        ASSERT_EQ(sampled.size(), share);
      }
    }
  }
}

TEST(Hash, a_million_fields_cost_little) {
  const int64_t used = base::heap_used;
  Hash hash;
  for (int i = 0; i < 1'000'000; ++i) {
    char name[24];
    std::snprintf(name, sizeof name, "field:%010d", i);
    hash.set(name, "0123456789abcdef", kStart, {});
  }
  const auto bytes = static_cast<double>(base::heap_used - used) / 1e6 - 32;
  std::printf("bytes beyond a field of 16 and a value of 16: %.1f\n", bytes);
  EXPECT_LT(bytes, 20);
  EXPECT_NEAR(static_cast<double>(hash.memory(100)), (bytes + 32) * 1e6, 1e5);
}

}  // namespace
}  // namespace gyre::data
