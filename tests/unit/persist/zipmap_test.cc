// Tests of persist/zipmap.h and persist/rdb_int_set.h.
#include "persist/zipmap.h"

#include <optional>
#include <string>
#include <vector>

#include <gtest/gtest.h>

#include "persist/rdb_int_set.h"

namespace gyre::persist {
namespace {

using data::Digits;
using data::Element;
using namespace std::literals;

template <typename Reader>
std::optional<std::vector<std::string>> read(std::string_view block) {
  Reader reader(block);
  std::vector<std::string> texts;
  Element element;
  while (reader.next(element)) {
    Digits digits;
    texts.emplace_back(element.text(digits));
  }
  return reader.is_sound() ? std::optional(texts) : std::nullopt;
}

TEST(Zipmap, is_read_past_unused_bytes) {
  const auto block =
      "\x02\x01"s
      "a\x02\x00xy\x02"
      "bb\x01\x02z??\xff";
  EXPECT_EQ(read<ZipmapReader>(block), (std::vector{"a"s, "xy"s, "bb"s, "z"s}));
  EXPECT_EQ(read<ZipmapReader>("\x00\xff"sv), std::vector<std::string>());
}

TEST(Zipmap, may_have_long_strings_and_no_number_of_fields) {
  const std::string long_text(300, 'x');
  const std::string block =
      "\xfe\x01"s
      "a\xfe\x2c\x01\x00\x00\x00"s +
      long_text + "\xff";
  EXPECT_EQ(read<ZipmapReader>(block), (std::vector{"a"s, long_text}));
}

TEST(Zipmap, cut_short_or_miscounted_is_broken) {
  const auto block =
      "\x02\x01"s
      "a\x02\x00xy\x02"
      "bb\x01\x02z??\xff";
  for (size_t size = 0; size < block.size(); ++size) {
    EXPECT_FALSE(read<ZipmapReader>(block.substr(0, size))) << size;
    EXPECT_TRUE(size == block.size() - 1 || !read<ZipmapReader>(block.substr(0, size) + "\xff"))
        << size;
  }
  for (const char count : "\x00\x01\x03"sv) {
    EXPECT_FALSE(read<ZipmapReader>(count + block.substr(1)));
  }
  EXPECT_FALSE(
      read<ZipmapReader>("\x01\xff"s
                         "a\x01\x00"
                         "b\xff"))
      << "255 is no size";
  EXPECT_FALSE(read<ZipmapReader>("\x01\xfe\x01\x00\x00\xff"sv));
}

TEST(RdbIntSet, is_as_wide_as_its_widest_number) {
  std::string scratch;
  for (const int64_t widest : {int64_t{INT16_MIN}, int64_t{INT16_MAX} + 1, int64_t{INT32_MIN},
                               int64_t{INT32_MAX} + 1, INT64_MIN}) {
    data::Set set;
    set.add(Element(int64_t{5}), {});
    set.add(Element(widest), {});
    const std::string_view block = write_int_set(set, scratch);
    const bool is_wide = widest != static_cast<int32_t>(widest);
    const size_t width = widest == INT16_MIN ? 2 : is_wide ? 8 : 4;
    EXPECT_EQ(block.size(), 8 + 2 * width);
    const auto texts = widest < 5 ? std::vector{std::to_string(widest), "5"s}
                                  : std::vector{"5"s, std::to_string(widest)};
    EXPECT_EQ(read<IntSetReader>(block), texts);
  }
}

TEST(RdbIntSet, out_of_order_or_of_another_size_is_broken) {
  const auto block = "\x02\x00\x00\x00\x02\x00\x00\x00\xff\xff\x01\x00"s;
  EXPECT_EQ(read<IntSetReader>(block), (std::vector{"-1"s, "1"s}));
  for (size_t size = 0; size < block.size(); ++size) {
    EXPECT_FALSE(read<IntSetReader>(block.substr(0, size))) << size;
  }
  EXPECT_FALSE(read<IntSetReader>(block + '\0'));
  for (const char width : "\x00\x01\x03\x04\x08"sv) {
    EXPECT_FALSE(read<IntSetReader>(width + block.substr(1)));
  }
  EXPECT_FALSE(read<IntSetReader>("\x02\x00\x00\x00\x02\x00\x00\x00\x01\x00\xff\xff"sv));
  EXPECT_FALSE(read<IntSetReader>("\x02\x00\x00\x00\x02\x00\x00\x00\x01\x00\x01\x00"sv));
  EXPECT_FALSE(read<IntSetReader>("\x02\x00\x00\x00\x00\x00\x00\x00"sv)) << "a set of nothing";
  // As many numbers of 8 bytes as would be none after a multiplication in 32 bits.
  EXPECT_FALSE(read<IntSetReader>("\x08\x00\x00\x00\x00\x00\x00\x20"sv));
}

}  // namespace
}  // namespace gyre::persist
