// Tests of data/list.h against a plain deque: every encoding, every size of chunks, memory.
#include "data/list.h"

#include <algorithm>
#include <cstdint>
#include <deque>
#include <map>
#include <string>
#include <vector>

#include <gtest/gtest.h>

#include "base/heap.h"
#include "base/random.h"

namespace gyre::data {
namespace {

std::string text_of(const ListItem& item) {
  Digits digits;
  return std::string(item.element().text(digits));
}

// A list beside a plain deque of what must be in it, changed as commands change lists.
struct Pair {
  static base::BlobRef blob_of(const std::string& text) {
    const bool is_taken = text.size() > 1000 && text.size() % 2 == 0;
    return base::BlobRef(is_taken ? base::Blob::make(text) : nullptr);
  }
  void push(Side side, const std::string& text) {
    list.reserve(1, text.size(), limits);
    list.push(side, Element::of(text), blob_of(text), limits);
    model.insert(side == Side::front ? model.begin() : model.end(), text);
  }
  void insert(size_t index, const std::string& text) {
    list.reserve(1, text.size(), limits);
    list.insert(index, Element::of(text), blob_of(text), limits);
    model.insert(model.begin() + static_cast<ptrdiff_t>(index), text);
  }
  void replace(size_t index, const std::string& text) {
    list.reserve(1, text.size(), limits);
    list.replace(index, Element::of(text), blob_of(text), limits);
    list.settle(limits);
    model[index] = text;
  }
  void erase(size_t from, size_t count) {
    const List rest = list.erase(from, count, limits);
    rest.check();
    const auto begin = model.begin() + static_cast<ptrdiff_t>(from);
    model.erase(begin, begin + static_cast<ptrdiff_t>(count));
    list.settle(limits);
  }
  void erase_equal(std::string text, size_t max, Side from) {
    size_t removed = 0;
    for (size_t i = 0; i < model.size() && removed < max;) {
      const size_t index = from == Side::front ? i : model.size() - 1 - i;
      if (model[index] == text) {
        model.erase(model.begin() + static_cast<ptrdiff_t>(index));
        ++removed;
      } else {
        ++i;
      }
    }
    EXPECT_EQ(list.erase_equal(Element::of(text), max, from, limits), removed);
    list.settle(limits);
  }
  void compare() const {
    list.check();
    ASSERT_EQ(list.size(), model.size());
    if (model.empty()) {
      return;
    }
    std::deque<std::string> forward;
    list.visit(0, [&](const ListItem& item) {
      EXPECT_EQ(item.element(), Element::of(text_of(item)));
      EXPECT_TRUE(item.is(Wanted(Element::of(text_of(item)))));
      forward.push_back(text_of(item));
      return true;
    });
    ASSERT_EQ(forward, model);
    std::deque<std::string> backward;
    list.visit_back(model.size() - 1, [&](const ListItem& item) {
      backward.push_front(text_of(item));
      return true;
    });
    ASSERT_EQ(backward, model);
  }
  // From one place, and for a few elements only.
  void compare_from(size_t index, size_t count) const {
    EXPECT_EQ(text_of(list.at(index)), model[index]);
    for (const Side side : {Side::front, Side::back}) {
      size_t seen = 0;
      list.visit(index, side, [&](const ListItem& item) {
        EXPECT_EQ(text_of(item), model[side == Side::front ? index + seen : index - seen]);
        return ++seen < count;
      });
      EXPECT_EQ(seen, std::min(count, side == Side::front ? model.size() - index : index + 1));
    }
  }

  Limits limits;
  List list;
  std::deque<std::string> model;
};

std::string random_text(base::Random& random, uint64_t kind) {
  switch (kind) {
    case 0:
      return std::to_string(random.below(50));
    case 1:
      return std::to_string(static_cast<int64_t>(random.next()) >> random.below(64));
    case 2:
      return std::string(random.below(20), 'a');
    case 3:
      return std::string(240 + random.below(40), 'b');
    case 4:
      return std::string(3800 + random.below(400), 'c');
    default:
      return std::string(7000 + random.below(70'000), 'd');
  }
}

// One of the changes; `is_ebb`: more is removed than added.
void change(Pair& pair, base::Random& random, uint64_t kinds, bool is_ebb) {
  const std::string text = random_text(random, random.below(kinds));
  const Side side = random.below(2) == 0 ? Side::front : Side::back;
  const size_t size = pair.model.size();
  if (size == 0) {
    pair.push(side, text);
    return;
  }
  const size_t index = random.below(size);
  const uint64_t dice = random.below(100);
  if (dice < 30) {
    is_ebb ? pair.erase(side == Side::front ? 0 : size - 1, 1) : pair.push(side, text);
  } else if (dice < 70) {
    is_ebb ? pair.erase(index, 1) : pair.insert(index + random.below(2), text);
  } else if (dice < 85) {
    pair.replace(index, text);
  } else if (dice < 90) {
    pair.erase_equal(pair.model[index], 1 + random.below(4), side);
  } else if (dice < 97) {
    pair.compare_from(index, 1 + random.below(100));
  } else if (dice < 98) {
    pair.erase_equal(pair.model[index], SIZE_MAX, side);
  } else {
    pair.erase(index, 1 + random.below(std::min<size_t>(size - index, is_ebb ? 400 : 40)));
  }
}

constexpr int64_t kChunks[] = {-5, -4, -3, -2, -1, 0, 1, 2, 3, 4, 5, 16, 128, 1000, 1'000'000};

// Tides again and again: lists that grow from nothing through both encodings and shrink again.
TEST(List, does_as_a_deque_does_with_chunks_of_every_size) {
  base::Random random(1);
  const int64_t used = base::heap_used;
  std::map<std::string, int> encodings;
  for (int round = 0; round < 150; ++round) {
    Pair pair;
    pair.limits.list_chunk = kChunks[static_cast<size_t>(round) % std::size(kChunks)];
    // Some rounds know long elements, most do not.
    const uint64_t kinds = round % 10 == 0 ? 6 : round % 5 == 0 ? 5 : 1 + random.below(4);
    for (int i = 0; i < 7000; ++i) {
      change(pair, random, kinds, i / 1750 % 2 == 1);
      if (random.below(300) == 0) {
        pair.compare();
        Pair copy{.limits = pair.limits, .list = pair.list.clone(), .model = pair.model};
        copy.compare();
        EXPECT_EQ(copy.list.encoding(), pair.list.encoding());
        ++encodings[std::string(pair.list.encoding())];
      }
      if (random.below(2000) == 0) {  // the configuration may change at any time
        pair.limits.list_chunk = kChunks[random.below(std::size(kChunks))];
      }
    }
    pair.compare();
  }
  EXPECT_EQ(encodings.size(), 2u);
  EXPECT_EQ(base::heap_used, used);
}

TEST(List, does_as_a_deque_does_when_it_is_large) {
  base::Random random(2);
  Pair pair;
  for (int i = 0; i < 300'000; ++i) {
    pair.push(i % 3 == 0 ? Side::front : Side::back, "element:" + std::to_string(i));
  }
  for (int i = 0; i < 2000; ++i) {
    const size_t index = random.below(pair.model.size());
    switch (i % 4) {
      case 0:
        pair.insert(index, random_text(random, random.below(4)));
        break;
      case 1:
        pair.replace(index, random_text(random, random.below(5)));
        break;
      case 2:
        pair.compare_from(index, 1000);
        break;
      default:
        pair.erase(index, std::min<size_t>(random.below(200), pair.model.size() - index));
    }
  }
  pair.compare();
  pair.erase(100'000, 50'000);
  pair.compare();
  pair.erase(0, 60'000);
  pair.erase(1000, pair.model.size() - 1000);
  pair.compare();
}

void fill(List& list, const Limits& limits, size_t count, Side side = Side::back) {
  for (size_t i = 0; i < count; ++i) {
    const std::string text = "element:" + std::to_string(100'000'000 + i);  // 17 bytes
    list.reserve(1, text.size(), limits);
    list.push(side, Element::of(text), {}, limits);
  }
}

TEST(List, of_many_costs_two_bytes_an_element_and_little_more) {
  for (const Side side : {Side::front, Side::back}) {
    const int64_t used = base::heap_used;
    List list;
    fill(list, {}, 200'000, side);
    const double bytes = static_cast<double>(base::heap_used - used) / 200'000;
    EXPECT_LT(bytes, 17 + 2.2);
    EXPECT_EQ(list.memory(0), static_cast<size_t>(base::heap_used - used));
    EXPECT_NEAR(static_cast<double>(list.memory(5)) / 200'000, bytes, bytes / 2);
  }
}

TEST(List, of_few_is_one_block_and_no_larger_than_that) {
  const int64_t used = base::heap_used;
  List list;
  fill(list, {}, 5);
  EXPECT_EQ(base::heap_used - used, 104);  // a header of 8, and 5 of 19
  fill(list, {}, 5, Side::front);
  EXPECT_EQ(base::heap_used - used, 200);
  EXPECT_EQ(list.memory(0), 200u);
}

TEST(List, gives_memory_back_as_it_shrinks) {
  const int64_t used = base::heap_used;
  List list;
  fill(list, {}, 20'000);
  while (list.size() > 10) {
    list.pop(list.size() % 3 == 0 ? Side::front : Side::back, {});
    list.settle({});
    ASSERT_LT(base::heap_used - used, static_cast<int64_t>(list.size() * 20 + 20'000));
  }
  EXPECT_EQ(list.encoding(), "listpack");
  EXPECT_LT(base::heap_used - used, 800);
}

TEST(List, keeps_chunks_filled_whatever_is_removed) {
  base::Random random(3);
  const int64_t used = base::heap_used;
  List list;
  fill(list, {}, 100'000);
  while (list.size() > 2000) {
    list.erase(random.below(list.size() - 8), 1 + random.below(8), {});
  }
  const double bytes = static_cast<double>(base::heap_used - used);
  EXPECT_LT(bytes / static_cast<double>(list.size()), 19 * 2);
  EXPECT_LT(list.pieces(), 20u);
}

TEST(List, is_freed_in_slices) {
  const int64_t used = base::heap_used;
  List list;
  fill(list, {}, 200'000);
  const size_t pieces = list.pieces();
  List rest = list.erase(10, 199'980, {});
  EXPECT_EQ(list.size(), 20u);
  EXPECT_GE(rest.pieces() + 3, pieces);
  size_t freed = 0;
  while (rest.pieces() > 0) {
    const int64_t before = base::heap_used;
    const size_t step = rest.drain(10);
    EXPECT_LE(step, 11u);
    EXPECT_LE(before - base::heap_used, 10 * 8192 + 16'384);
    freed += step;
  }
  EXPECT_GE(freed + 3, pieces);
  list.drain(SIZE_MAX);
  EXPECT_EQ(base::heap_used, used);
}

// ---- Encodings change where Redis 7.2's do ----

TEST(List, changes_encoding_by_the_bytes_a_command_adds) {
  List list;
  const std::string half(4090, 'x');
  list.reserve(1, half.size(), {});
  list.push(Side::back, Element::of(half), {}, {});
  EXPECT_EQ(list.encoding(), "listpack");
  list.reserve(1, half.size(), {});
  EXPECT_EQ(list.encoding(), "listpack");
  list.push(Side::back, Element::of(half), {}, {});
  list.reserve(1, 1, {});
  EXPECT_EQ(list.encoding(), "quicklist");
  list.push(Side::back, Element::of("y"), {}, {});
  list.pop(Side::back, {});
  list.settle({});
  EXPECT_EQ(list.encoding(), "quicklist");
  list.pop(Side::back, {});
  list.settle({});
  EXPECT_EQ(list.encoding(), "quicklist");  // more than half is left
  list.replace(0, Element::of("z"), {}, {});
  list.settle({});
  EXPECT_EQ(list.encoding(), "listpack");
}

TEST(List, changes_encoding_by_the_number_of_elements_if_that_is_the_limit) {
  const Limits limits{.list_chunk = 5};
  List list;
  fill(list, limits, 5);
  EXPECT_EQ(list.encoding(), "listpack");
  fill(list, limits, 1);
  EXPECT_EQ(list.encoding(), "quicklist");
  for (const size_t left : {5, 4, 3}) {
    list.pop(Side::back, limits);
    list.settle(limits);
    EXPECT_EQ(list.size(), left);
    EXPECT_EQ(list.encoding(), "quicklist");
  }
  list.pop(Side::back, limits);
  list.settle(limits);
  EXPECT_EQ(list.encoding(), "listpack");
}

TEST(List, keeps_long_elements_in_blobs) {
  List list;
  const std::string text(20'000, 'x');
  ASSERT_TRUE(List::is_long(text.size(), {}));
  base::Blob* blob = base::Blob::make(text);
  list.reserve(1, text.size(), {});
  list.push(Side::back, Element::of(text), base::BlobRef(blob), {});
  list.push(Side::back, Element::of(text), {}, {});
  fill(list, {}, 3);
  EXPECT_EQ(list.at(0).blob(), blob);
  EXPECT_NE(list.at(1).blob(), nullptr);
  EXPECT_EQ(list.at(2).blob(), nullptr);
  EXPECT_EQ(list.clone().at(0).blob()->view(), text);
  EXPECT_NE(list.clone().at(0).blob(), blob);
  blob->ref();  // as a reply does
  list.replace(0, Element::of("short"), {}, {});
  EXPECT_EQ(blob->view(), text);
  blob->unref();
}

}  // namespace
}  // namespace gyre::data
