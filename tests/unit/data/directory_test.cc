// Tests of data/directory.h against a plain vector of words.
#include "data/directory.h"

#include <cstdint>
#include <vector>

#include <gtest/gtest.h>

#include "base/heap.h"
#include "base/random.h"

namespace gyre::data {
namespace {

using Place = Directory::Place;
using Word = Directory::Word;

Word word_of(uint64_t count, uint64_t id) { return count << Directory::kCountShift | id; }

std::vector<Word> words_of(const Directory& directory) {
  std::vector<Word> words;
  for (Place place = directory.first(); place != directory.end(); place = directory.next(place)) {
    words.push_back(directory.at(place));
  }
  return words;
}

// A directory beside a plain vector of what must be in it.
struct Pair {
  Place place_of(size_t index) const {
    Place place = directory.first();
    for (size_t i = 0; i < index; ++i) {
      place = directory.next(place);
    }
    return place;
  }
  // The word at a place returned by a change.
  void expect_at(Place place, size_t index) const {
    if (index == model.size()) {
      ASSERT_EQ(place, directory.end());
    } else {
      ASSERT_EQ(directory.at(place), model[index]);
    }
  }
  void insert(size_t index, Word word) {
    const Place place = directory.insert(place_of(index), word);
    model.insert(model.begin() + static_cast<ptrdiff_t>(index), word);
    expect_at(place, index);
  }
  void erase(size_t index) {
    const Place place = directory.erase(place_of(index));
    model.erase(model.begin() + static_cast<ptrdiff_t>(index));
    expect_at(place, index);
  }
  void compare() const {
    directory.check();
    ASSERT_EQ(words_of(directory), model);
    uint64_t elements = 0;
    for (const Word word : model) {
      for (const uint64_t within : {uint64_t{0}, uint64_t{Directory::count_of(word) - 1}}) {
        uint64_t index = elements + within;
        ASSERT_EQ(directory.at(directory.find(index)), word);
        ASSERT_EQ(index, within);
      }
      elements += Directory::count_of(word);
    }
    ASSERT_EQ(directory.elements(), elements);
    ASSERT_EQ(directory.blocks(), model.size());
    if (!model.empty()) {
      Place place = directory.last();
      for (size_t i = model.size(); i-- > 0;) {
        ASSERT_EQ(directory.at(place), model[i]);
        place = i > 0 ? directory.previous(place) : place;
      }
    }
  }

  Directory directory;
  std::vector<Word> model;
};

TEST(Directory, does_as_a_vector_does) {
  base::Random random(1);
  const int64_t used = base::heap_used;
  uint64_t id = 0;
  for (int round = 0; round < 30; ++round) {
    Pair pair;
    for (int i = 0; i < 6000; ++i) {
      const Word word = word_of(1 + random.below(32'000), ++id);
      const size_t size = pair.model.size();
      const bool is_ebb = i / 1500 % 2 == 1;
      if (size > 0 && random.below(10) < (is_ebb ? 8 : 2)) {
        const uint64_t where = random.below(3);
        pair.erase(where == 0 ? 0 : where == 1 ? size - 1 : random.below(size));
      } else if (size > 0 && random.below(4) == 0) {
        const size_t index = random.below(size);
        pair.directory.set(pair.place_of(index), word);
        pair.model[index] = word;
      } else {
        const uint64_t where = random.below(4);
        pair.insert(where == 0 ? 0 : where == 1 ? size : random.below(size + 1), word);
      }
      if (i % 250 == 0) {
        pair.compare();
      }
    }
    pair.compare();
    while (!pair.model.empty()) {
      ASSERT_EQ(pair.directory.take_last(), pair.model.back());
      pair.model.pop_back();
    }
    pair.compare();
  }
  EXPECT_EQ(base::heap_used, used);
}

TEST(Directory, moves_a_range_to_the_end_of_another) {
  base::Random random(2);
  for (int round = 0; round < 1000; ++round) {
    Pair pair;
    Pair target;
    const size_t size = 1 + random.below(1500);
    for (size_t i = 0; i < size; ++i) {
      const Word word = word_of(1 + random.below(100), i);
      pair.directory.insert(pair.directory.end(), word);
      pair.model.push_back(word);
    }
    for (int step = 0; step < 3; ++step) {
      const size_t from = random.below(pair.model.size() + 1);
      const size_t to = from + random.below(pair.model.size() + 1 - from);
      const auto begin = pair.model.begin() + static_cast<ptrdiff_t>(from);
      const auto end = pair.model.begin() + static_cast<ptrdiff_t>(to);
      const Place place =
          pair.directory.move(pair.place_of(from), pair.place_of(to), target.directory);
      target.model.insert(target.model.end(), begin, end);
      pair.model.erase(begin, end);
      pair.expect_at(place, from);
      pair.compare();
      target.compare();
    }
  }
}

TEST(Directory, takes_eight_bytes_a_block_after_growing_at_an_end) {
  for (const bool at_front : {false, true}) {
    const int64_t used = base::heap_used;
    Directory directory;
    for (uint64_t i = 0; i < 100'000; ++i) {
      directory.insert(at_front ? directory.first() : directory.end(), word_of(1, i));
    }
    EXPECT_EQ(base::heap_used - used, static_cast<int64_t>(directory.memory()));
    EXPECT_LT(directory.memory(), 100'000 * 8 + 20'000u);
  }
}

}  // namespace
}  // namespace gyre::data
