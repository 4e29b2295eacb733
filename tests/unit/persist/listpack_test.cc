// Tests of persist/listpack.h.
#include "persist/listpack.h"

#include <string>
#include <vector>

#include <gtest/gtest.h>

namespace gyre::persist {
namespace {

using data::Digits;
using data::Element;
using namespace std::literals;

std::string text_of(const Element& element) {
  Digits digits;
  return std::string(element.text(digits));
}

// The texts of a block; nothing if it is broken.
std::optional<std::vector<std::string>> read(std::string_view block) {
  ListpackReader reader(block);
  std::vector<std::string> texts;
  Element element;
  while (reader.next(element)) {
    texts.push_back(text_of(element));
  }
  return reader.is_sound() ? std::optional(texts) : std::nullopt;
}

std::string build(const std::vector<std::string>& texts) {
  ListpackBuilder builder;
  for (const std::string& text : texts) {
    builder.add(Element::of(text));
  }
  return std::string(builder.finish());
}

std::vector<std::string> odd_texts() {
  std::vector<std::string> texts = {"", "007", "-0", "x"};
  for (const size_t size : {62, 63, 64, 125, 126, 127, 128, 4095, 4096, 16380, 16381, 16382, 16383,
                            2'097'150, 2'097'151}) {
    texts.emplace_back(size, 'x');
  }
  for (unsigned bits = 0; bits < 63; ++bits) {
    const int64_t power = int64_t{1} << bits;
    for (const int64_t number : {power - 1, power, -power, -power - 1}) {
      texts.push_back(std::to_string(number));
    }
  }
  texts.push_back(std::to_string(INT64_MAX));
  texts.push_back(std::to_string(INT64_MIN));
  return texts;
}

// Redis 7.0's bytes for RPUSH k "" 0 127 128 -1 4095 4096 -32768 65536 -8388609 2147483648 x*64.
TEST(Listpack, is_that_of_redis) {
  EXPECT_EQ(build({"", "0", "127", "128", "-1", "4095", "4096", "-32768", "65536", "-8388609",
                   "2147483648", std::string(64, 'x')}),
            "v\x00\x00\x00\x0c\x00"
            "\x80\x01\x00\x01\x7f\x01\xc0\x80\x02\xdf\xff\x02\xcf\xff\x02\xf1\x00\x10\x03\xf1\x00"
            "\x80\x03\xf2\x00\x00\x01\x04\xf3\xff\xff\x7f\xff\x05\xf4\x00\x00\x00\x80\x00\x00\x00"
            "\x00\x09\xe0@"s +
                std::string(64, 'x') + "B\xff");
}

TEST(Listpack, gives_back_what_was_put_in) {
  const std::vector<std::string> texts = odd_texts();
  EXPECT_EQ(read(build(texts)), texts);
  EXPECT_EQ(read(build({})), std::vector<std::string>());
  for (const std::string& text : texts) {
    EXPECT_EQ(read(build({text})), std::vector{text});
  }
}

TEST(Listpack, of_more_elements_than_its_header_counts_is_in_order) {
  const std::vector<std::string> texts(70'000, "1");
  const std::string block = build(texts);
  EXPECT_EQ(block.substr(4, 2), "\xff\xff");
  EXPECT_EQ(read(block), texts);
}

TEST(Listpack, cut_short_is_broken) {
  const std::string block = build({"a", "-1", std::string(100, 'x'), "70000", "9999999999"});
  for (size_t size = 0; size < block.size(); ++size) {
    EXPECT_FALSE(read(block.substr(0, size))) << size;
    std::string shorter = block.substr(0, size) + '\xff';  // with a header and an end that fit
    if (shorter.size() > 4) {
      shorter[0] = static_cast<char>(shorter.size());
      EXPECT_TRUE(shorter.size() == block.size() || !read(shorter)) << size;
    }
  }
  EXPECT_FALSE(read(block + "x"));
}

TEST(Listpack, whose_sizes_lie_is_broken) {
  std::string block = build({"abc", "d"});
  EXPECT_TRUE(read(block));
  for (const size_t at : {0, 4, 6, 10, 11, 13}) {  // bytes, elements, size and size behind of each
    std::string changed = block;
    ++changed[at];
    EXPECT_FALSE(read(changed)) << at;
    changed = block;
    --changed[at];
    EXPECT_FALSE(read(changed)) << at;
  }
}

TEST(Listpack, builder_starts_anew) {
  ListpackBuilder builder;
  builder.add(Element::of("abc"));
  builder.finish();
  builder.clear();
  builder.add(5);
  EXPECT_EQ(read(builder.finish()), std::vector{"5"s});
}

TEST(Listpack, reads_numbers_that_are_wider_than_they_have_to_be_or_are_texts) {
  ListpackReader reader(
      "\x15\x00\x00\x00\x02\x00\xf4\x05\x00\x00\x00\x00\x00\x00\x00\x09\x81"
      "5\x02\xff"sv);
  Element element;
  // The size in the header is one more than there is.
  EXPECT_FALSE(reader.next(element));
  const auto block =
      "\x14\x00\x00\x00\x02\x00\xf4\x05\x00\x00\x00\x00\x00\x00\x00\x09\x81"
      "5\x02\xff"sv;
  ListpackReader sound(block);
  for (int i = 0; i < 2; ++i) {
    ASSERT_TRUE(sound.next(element));
    EXPECT_TRUE(element.is_number());
    EXPECT_EQ(element.number(), 5);
  }
  EXPECT_FALSE(sound.next(element));
  EXPECT_TRUE(sound.is_sound());
}

}  // namespace
}  // namespace gyre::persist
