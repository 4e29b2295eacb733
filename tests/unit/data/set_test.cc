// Tests of data/set.h against a plain set: every encoding, every conversion, memory.
#include "data/set.h"

#include <cstdint>
#include <map>
#include <set>
#include <string>

#include <gtest/gtest.h>

#include "base/heap.h"
#include "base/random.h"

namespace gyre::data {
namespace {

std::string text_of(const Element& element) {
  Digits digits;
  return std::string(element.text(digits));
}

// A set beside a plain one of what must be in it.
struct Pair {
  bool add(const std::string& text) {
    const bool is_new = set.add(Element::of(text), limits);
    EXPECT_EQ(is_new, model.insert(text).second) << text;
    return is_new;
  }
  void remove(const std::string& text) {
    EXPECT_EQ(set.remove(Element::of(text)), model.erase(text) == 1) << text;
  }
  void compare() const {
    set.check();
    ASSERT_EQ(set.size(), model.size());
    std::set<std::string> found;
    set.for_each([&](const Element& element) {
      EXPECT_EQ(element, Element::of(text_of(element)));
      EXPECT_TRUE(found.insert(text_of(element)).second);
    });
    ASSERT_EQ(found, model);
  }

  Limits limits;
  Set set;
  std::set<std::string> model;
};

TEST(Member, keeps_every_text_and_is_equal_to_no_other) {
  std::vector<std::string> texts = {"", "-", "-0", "00", "9223372036854775808"};
  for (size_t size = 1; size < 70; ++size) {
    texts.emplace_back(size, 'x');
  }
  for (const size_t size : {254, 255, 256, 100'000}) {
    texts.emplace_back(size, 'y');
  }
  for (int shift = 0; shift < 64; ++shift) {
    for (const int step : {-1, 0, 1}) {
      const auto number =
          static_cast<int64_t>((uint64_t{1} << shift) + static_cast<uint64_t>(step));
      texts.push_back(std::to_string(number));
      texts.push_back(std::to_string(static_cast<int64_t>(0 - static_cast<uint64_t>(number))));
    }
  }
  const int64_t used = base::heap_used;
  for (const std::string& text : texts) {
    const Member member = Member::make(Element::of(text));
    const Member copy = member.clone();
    ASSERT_EQ(text_of(member.element()), text);
    ASSERT_EQ(member.element(), Element::of(text));
    ASSERT_LT(member.bits(), uint64_t{1} << 48);
    ASSERT_NE(member.bits(), 0u);
    ASSERT_EQ(member.memory(), copy.memory());
    for (const std::string& other : texts) {
      ASSERT_EQ(copy.is(Element::of(other)), other == text) << other << " / " << text;
    }
    Member::destroy(member);
    Member::destroy(copy);
  }
  EXPECT_EQ(base::heap_used, used);
}

TEST(Member, small_numbers_and_eighths_have_no_bytes_beside_their_own) {
  for (const auto& [text, bytes] : std::map<std::string, size_t>{{"70368744177663", 0},
                                                                 {"-70368744177664", 0},
                                                                 {"70368744177664", 16},
                                                                 {"12345678x", 16},
                                                                 {"1234567x", 8},
                                                                 {std::string(16, 'x'), 16},
                                                                 {std::string(56, 'x'), 56},
                                                                 {std::string(64, 'x'), 72}}) {
    const Member member = Member::make(Element::of(text));
    EXPECT_EQ(member.memory(), bytes) << text;
    Member::destroy(member);
  }
}

std::string random_number(base::Random& random) {
  return std::to_string(static_cast<int64_t>(random.next()) >> random.below(64));
}

// Tides again and again: sets that grow from nothing through all encodings and shrink to nothing.
TEST(Set, does_as_a_set_does_in_every_encoding) {
  base::Random random(1);
  const int64_t used = base::heap_used;
  std::map<std::string, int> encodings;
  for (int round = 0; round < 250; ++round) {
    Pair pair;
    pair.limits = {.set_ints = random.below(60),
                   .set_pack_entries = random.below(60),
                   .set_pack_value = 5 + random.below(60)};
    const uint64_t strangers = random.below(3) * random.below(10);  // in 100 members no numbers
    const uint64_t names = 1 + random.below(400);
    for (int i = 0; i < 4000; ++i) {
      const bool is_number = random.below(100) >= strangers;
      std::string text = std::to_string(random.below(names));
      if (!is_number) {
        text = std::string(random.below(40), 'x') + text;
      } else if (random.below(50) == 0) {
        text = random_number(random);
      }
      const bool is_ebb = i / 1000 % 2 == 1;
      EXPECT_EQ(pair.set.contains(Element::of(text)), pair.model.contains(text));
      if (random.below(10) < (is_ebb ? 2 : 8)) {
        pair.add(text);
      } else if (is_ebb && !pair.model.empty()) {
        pair.remove(text_of(pair.set.random(random)));
      } else {
        pair.remove(text);
      }
      if (i % 500 == 0) {
        pair.compare();
        Pair copy{.limits = pair.limits, .set = pair.set.clone(), .model = pair.model};
        copy.compare();
        EXPECT_EQ(copy.set.encoding(), pair.set.encoding());
        ++encodings[std::string(pair.set.encoding())];
      }
    }
    pair.compare();
  }
  EXPECT_EQ(encodings.size(), 3u);
  EXPECT_EQ(base::heap_used, used);
}

TEST(Set, does_as_a_set_does_when_it_is_large) {
  base::Random random(2);
  Pair pair;
  for (int i = 0; i < 400'000; ++i) {
    std::string text = std::to_string(random.below(100'000));
    text = random.below(2) == 0 ? text : "m:" + text;
    random.below(3) > 0 ? static_cast<void>(pair.add(text)) : pair.remove(text);
  }
  pair.compare();
}

TEST(Set, changes_its_encoding_at_the_limits) {
  Pair pair;
  for (int i = 0; i < 512; ++i) {
    pair.add(std::to_string(i));
  }
  EXPECT_EQ(pair.set.encoding(), "intset");
  pair.add("512");
  EXPECT_EQ(pair.set.encoding(), "hashtable");

  Pair words;
  for (int i = 0; i < 127; ++i) {
    words.add(std::to_string(i));
  }
  words.add("x");
  EXPECT_EQ(words.set.encoding(), "listpack");
  words.add("x");
  EXPECT_EQ(words.set.encoding(), "listpack");
  words.add("y");
  EXPECT_EQ(words.set.encoding(), "hashtable");

  Pair full;
  for (int i = 0; i < 128; ++i) {
    full.add(std::to_string(i));
  }
  full.add("x");
  EXPECT_EQ(full.set.encoding(), "hashtable");

  Pair bytes;
  bytes.add(std::string(64, 'x'));
  EXPECT_EQ(bytes.set.encoding(), "listpack");
  bytes.add(std::string(65, 'x'));
  EXPECT_EQ(bytes.set.encoding(), "hashtable");
}

TEST(Set, scan_and_draining_go_step_by_step) {
  const int64_t used = base::heap_used;
  Set set;
  for (int i = 0; i < 100'000; ++i) {
    set.add(Element::of("member:" + std::to_string(i)), {});
  }
  std::set<std::string> found;
  uint64_t cursor = 0;
  do {
    size_t seen = 0;
    cursor = set.scan(cursor, 100, [&](const Element& element) {
      found.insert(text_of(element));
      ++seen;
    });
    ASSERT_LE(seen, 110u);
  } while (cursor != 0);
  EXPECT_EQ(found.size(), 100'000u);
  EXPECT_GE(set.pieces(), 100'000u);
  while (set.pieces() > 0) {
    const size_t before = set.pieces();
    const size_t freed = set.drain(1000);
    ASSERT_LE(freed, 1001u);
    ASSERT_EQ(set.pieces(), before - freed);
  }
  EXPECT_EQ(base::heap_used, used);
}

TEST(Set, chance_is_fair_to_every_member) {
  for (const int size : {1, 3, 100, 500, 3000}) {
    for (const char* prefix : {"", "x"}) {
      Set set;
      for (int i = 0; i < size; ++i) {
        set.add(Element::of(prefix + std::to_string(i)), {});
      }
      base::Random random(5);
      std::map<std::string, int> drawn;
      set.draw(static_cast<size_t>(size) * 100, random,
               [&](const Element& element) { ++drawn[text_of(element)]; });
      std::map<std::string, int> sampled;
      const size_t share = static_cast<size_t>(size) / 4 + 1;
      for (int round = 0; round < 400; ++round) {
        std::set<std::string> different;
        set.sample(share, random,
                   [&](const Element& element) { different.insert(text_of(element)); });
        ASSERT_EQ(different.size(), share);
        for (const std::string& text : different) {
          ++sampled[text];
        }
      }
      ASSERT_EQ(drawn.size(), static_cast<size_t>(size));
      for (const auto& [text, count] : drawn) {
        EXPECT_GE(count, 50) << text;
        EXPECT_LE(count, 200) << text;
      }
      for (const auto& [text, count] : sampled) {
        EXPECT_GE(count, 50) << text;
        EXPECT_TRUE(size <= 3 || count <= 180) << text;
      }
    }
  }
}

TEST(Set, sample_takes_all_when_asked_for_all) {
  Pair pair;
  for (int i = 0; i < 1000; ++i) {
    pair.add("x" + std::to_string(i));
  }
  base::Random random(5);
  std::set<std::string> found;
  pair.set.sample(1000, random, [&](const Element& element) { found.insert(text_of(element)); });
  EXPECT_EQ(found, pair.model);
}

TEST(Set, a_million_members_cost_little) {
  const int64_t used = base::heap_used;
  Set names;
  Set numbers;
  for (int i = 0; i < 1'000'000; ++i) {
    char name[24];
    std::snprintf(name, sizeof name, "member:%09d", i);
    names.add(Element::of(name), {});
  }
  const auto name_bytes = static_cast<double>(base::heap_used - used) / 1e6 - 16;
  for (int i = 0; i < 1'000'000; ++i) {
    numbers.add(Element(int64_t{1'700'000'000'000} + i), {});
  }
  const auto number_bytes = static_cast<double>(base::heap_used - used) / 1e6 - name_bytes - 16;
  std::printf("bytes beyond 16 of a name: %.1f; bytes of a number: %.1f\n", name_bytes,
              number_bytes);
  EXPECT_LT(name_bytes, 12);
  EXPECT_LT(number_bytes, 12);
  EXPECT_NEAR(static_cast<double>(names.memory(100)), (name_bytes + 16) * 1e6, 1e4);
}

}  // namespace
}  // namespace gyre::data
