// Tests of persist/ziplist.h.
#include "persist/ziplist.h"

#include <optional>
#include <string>
#include <vector>

#include <gtest/gtest.h>

namespace gyre::persist {
namespace {

using data::Digits;
using data::Element;
using namespace std::literals;

std::optional<std::vector<std::string>> read(std::string_view block) {
  ZiplistReader reader(block);
  std::vector<std::string> texts;
  Element element;
  while (reader.next(element)) {
    Digits digits;
    texts.emplace_back(element.text(digits));
  }
  return reader.is_sound() ? std::optional(texts) : std::nullopt;
}

// Puts elements, each without the size of the one before it, into a block.
std::string build(const std::vector<std::string>& forms, bool is_wide = false) {
  std::string block(10, '\0');
  size_t last = 10;
  size_t previous = 0;
  for (const std::string& form : forms) {
    last = block.size();
    if (previous < 254 && !is_wide) {
      block += static_cast<char>(previous);
    } else {
      block += '\xfe';
      block.append(reinterpret_cast<const char*>(&previous), 4);
    }
    block += form;
    previous = block.size() - last;
  }
  block += '\xff';
  const auto put = [&](size_t at, size_t value, size_t size) {
    block.replace(at, size, reinterpret_cast<const char*>(&value), size);
  };
  put(0, block.size(), 4);
  put(4, last, 4);
  put(8, forms.size(), 2);
  return block;
}

const std::vector<std::string> kForms = {"\x00"s,
                                         "\x03"s
                                         "abc",
                                         "\x40\x40"s + std::string(64, 'x'),
                                         "\x41\x00"s + std::string(256, 'y'),
                                         "\x80\x00\x00\x40\x00"s + std::string(16384, 'z'),
                                         "\xc0\x00\x80"s,
                                         "\xd0\x00\x00\x00\x80"s,
                                         "\xe0\x00\x00\x00\x00\x00\x00\x00\x80"s,
                                         "\xf0\x00\x00\x80"s,
                                         "\xfe\x80"s,
                                         "\xf1"s,
                                         "\xfd"s,
                                         "\x02"s
                                         "17"};
const std::vector<std::string> kTexts = {"",
                                         "abc",
                                         std::string(64, 'x'),
                                         std::string(256, 'y'),
                                         std::string(16384, 'z'),
                                         "-32768",
                                         "-2147483648",
                                         "-9223372036854775808",
                                         "-8388608",
                                         "-128",
                                         "0",
                                         "12",
                                         "17"};

TEST(Ziplist, is_read_in_all_its_forms) {
  EXPECT_EQ(read(build(kForms)), kTexts);
  EXPECT_EQ(read(build(kForms, true)), kTexts) << "small sizes may be wide";
  EXPECT_EQ(read(build({})), std::vector<std::string>());
}

TEST(Ziplist, cut_short_or_with_more_behind_is_broken) {
  const std::string block = build({kForms[1], kForms[5], kForms[10]});
  ASSERT_TRUE(read(block));
  for (size_t size = 0; size < block.size(); ++size) {
    EXPECT_FALSE(read(block.substr(0, size))) << size;
  }
  EXPECT_FALSE(read(block + "x"));
}

TEST(Ziplist, whose_sizes_lie_is_broken) {
  const std::string block = build({kForms[1], kForms[5], kForms[10]});
  // Bytes, offset of the last, elements; sizes before and in the first element; before the others.
  for (const size_t at : {0, 4, 8, 10, 11, 15, 19}) {
    for (const int change : {-1, 1}) {
      std::string changed = block;
      changed[at] = static_cast<char>(changed[at] + change);
      EXPECT_FALSE(read(changed)) << at;
    }
  }
}

TEST(Ziplist, of_forms_that_do_not_exist_is_broken) {
  for (int head = 0x81; head < 0x100; ++head) {
    const bool exists = head == 0xc0 || head == 0xd0 || head == 0xe0 || head == 0xf0 ||
                        (head > 0xf0 && head <= 0xfe);
    if (!exists) {
      EXPECT_FALSE(read(build({std::string(1, static_cast<char>(head)) + std::string(8, 'x')})))
          << head;
    }
  }
}

}  // namespace
}  // namespace gyre::persist
