// Tests of data/pack.h against a plain vector: content, one form per element, memory.
#include "data/pack.h"

#include <algorithm>
#include <cstdint>
#include <limits>
#include <string>
#include <vector>

#include <gtest/gtest.h>

#include "base/heap.h"
#include "base/random.h"

namespace gyre::data {
namespace {

std::string text_of(const Element& element) {
  Digits digits;
  return std::string(element.text(digits));
}

std::string form_of(const Packed& packed) {
  std::string form(packed.size(), '\0');
  packed.write(form.data());
  return form;
}

// Sizes and numbers around every border of the forms.
std::vector<std::string> border_texts() {
  std::vector<std::string> texts = {"-",
                                    "-0",
                                    "00",
                                    "01",
                                    "+1",
                                    " 1",
                                    "1 ",
                                    "1.0",
                                    "9223372036854775808",
                                    "-9223372036854775809",
                                    std::string(20, '1'),
                                    std::string(1, '\0')};
  for (const size_t size : {0, 1, 62, 63, 64, 65, 252, 253, 254, 255, 4094, 4095, 4096, 70'000}) {
    texts.push_back(std::string(size, 'x'));
  }
  for (int shift = 0; shift < 64; ++shift) {
    for (const int64_t step : {-1, 0, 1}) {
      const auto number =
          static_cast<int64_t>((uint64_t{1} << shift) + static_cast<uint64_t>(step));
      texts.push_back(std::to_string(number));
      texts.push_back(std::to_string(static_cast<int64_t>(0 - static_cast<uint64_t>(number))));
    }
  }
  return texts;
}

TEST(Packed, every_text_reads_back_and_has_a_form_of_its_own) {
  const std::vector<std::string> texts = border_texts();
  for (const std::string& text : texts) {
    const Packed packed{std::string_view(text)};
    const std::string form = form_of(packed);
    const Element element = Packed::read(form.data());
    ASSERT_EQ(text_of(element), text);
    ASSERT_EQ(element.size(), text.size());
    ASSERT_EQ(Packed::size_at(form.data()), form.size());
    ASSERT_TRUE(Packed(element).is_at(form.data()));
    for (const std::string& other : texts) {
      ASSERT_EQ(Packed(std::string_view(other)).is_at(form.data()), other == text)
          << other << " / " << text;
    }
  }
}

TEST(Packed, small_elements_have_a_head_of_one_byte) {
  EXPECT_EQ(Packed(std::string_view("127")).size(), 1u);
  EXPECT_EQ(Packed(std::string_view("-4096")).size(), 2u);
  EXPECT_EQ(Packed(std::string_view("4096")).size(), 3u);
  EXPECT_EQ(Packed(std::string_view("1780000000000")).size(), 7u);
  EXPECT_EQ(Packed(std::numeric_limits<int64_t>::min()).size(), 9u);
  EXPECT_EQ(Packed(std::string_view(std::string(63, 'x'))).size(), 64u);
}

template <typename Kind>
class PackOf : public testing::Test {};
using Kinds = testing::Types<Pack, ListPack>;
TYPED_TEST_SUITE(PackOf, Kinds);

template <typename Kind>
void compare(const Kind& pack, const std::vector<std::string>& model) {
  pack.check();
  ASSERT_EQ(pack.count(), model.size());
  uint32_t at = pack.begin();
  for (size_t i = 0; i < model.size(); ++i) {
    ASSERT_EQ(pack.nth(static_cast<uint32_t>(i)), at);
    ASSERT_EQ(text_of(pack.at(at)), model[i]);
    at = pack.next(at);
  }
  ASSERT_EQ(at, pack.end());
}

std::string random_text(base::Random& random) {
  switch (random.below(4)) {
    case 0:
      return std::to_string(static_cast<int64_t>(random.next()) >> random.below(64));
    case 1:
      return std::string(random.below(300), static_cast<char>('a' + random.below(3)));
    case 2:
      return random.below(50) == 0 ? std::string(random.below(9000), 'y') : std::string();
    default:
      return std::to_string(random.below(20));
  }
}

TYPED_TEST(PackOf, does_as_a_vector_does) {
  base::Random random(1);
  const int64_t used = base::heap_used;
  TypeParam* pack = TypeParam::make();
  std::vector<std::string> model;
  for (int i = 0; i < 200'000; ++i) {
    const auto index = static_cast<uint32_t>(random.below(model.size() + 1));
    const uint32_t at = index == model.size() ? pack->end() : pack->nth(index);
    const std::string text = random_text(random);
    const auto place = model.begin() + index;
    const uint64_t action = random.below(model.size() > 60 ? 6 : 5);
    if (action < 2 || model.empty()) {
      const std::string other = random_text(random);
      pack = TypeParam::insert(pack, at,
                               {Packed(std::string_view(text)), Packed(std::string_view(other))});
      model.insert(place, {text, other});
    } else if (action == 2) {
      pack = TypeParam::append(pack, {Packed(std::string_view(text))});
      model.push_back(text);
    } else if (index == model.size()) {
      const auto found = std::find(model.begin(), model.end(), text) - model.begin();
      ASSERT_EQ(pack->find(Packed(std::string_view(text))),
                found == static_cast<ptrdiff_t>(model.size())
                    ? pack->end()
                    : pack->nth(static_cast<uint32_t>(found)));
    } else if (action == 3) {
      pack = TypeParam::replace(pack, at, Packed(std::string_view(text)));
      model[index] = text;
    } else {
      const auto count = static_cast<uint32_t>(1 + random.below(model.size() - index));
      pack = TypeParam::erase(pack, at, count);
      model.erase(place, place + count);
    }
    if (i % 100 == 0) {
      compare(*pack, model);
      TypeParam* copy = pack->clone();
      compare(*copy, model);
      EXPECT_EQ(copy->memory(), pack->memory());
      TypeParam::destroy(copy);
    }
  }
  TypeParam::destroy(pack);
  EXPECT_EQ(base::heap_used, used);
}

TYPED_TEST(PackOf, find_looks_at_every_stride_th_element) {
  TypeParam* pack = TypeParam::make({Packed(std::string_view("a")), Packed(std::string_view("b")),
                                     Packed(std::string_view("b")), Packed(std::string_view("a"))});
  EXPECT_EQ(pack->find(Packed(std::string_view("b"))), pack->nth(1));
  EXPECT_EQ(pack->find(Packed(std::string_view("b")), 2), pack->nth(2));
  EXPECT_EQ(pack->find(Packed(std::string_view("c")), 2), pack->end());
  TypeParam::destroy(pack);
}

TEST(Pack, costs_a_header_and_a_byte_for_each_element) {
  Pack* pack = Pack::make();
  for (int i = 0; i < 20; ++i) {
    pack = Pack::append(pack, {Packed(std::string_view("member000" + std::to_string(i % 10)))});
  }
  EXPECT_EQ(pack->bytes(), 8u + 20 * 11);
  EXPECT_EQ(pack->memory(), 232u);
  Pack::destroy(pack);
}

}  // namespace
}  // namespace gyre::data
