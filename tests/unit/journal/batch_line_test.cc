#include "journal/batch_line.h"

#include <gtest/gtest.h>

#include <string>

namespace gyre::journal {
namespace {

constexpr BatchLine kLine{.core = 3, .number = 12, .size = 5, .transaction = 77, .parts = 2};

std::string formatted(const BatchLine& line, std::string_view records, uint32_t seed) {
  char text[kBatchLineMax];
  return {text, format_batch_line(text, line, records, seed)};
}

std::string_view without_end(std::string_view line) { return line.substr(0, line.size() - 2); }

TEST(BatchLine, what_is_written_is_read) {
  const std::string text = formatted(kLine, "abcde", 9);
  EXPECT_TRUE(text.starts_with("#GY:3:12:5:"));
  EXPECT_TRUE(text.ends_with(":77/2\r\n"));
  const auto line = parse_batch_line(without_end(text));
  ASSERT_TRUE(line);
  EXPECT_EQ(line->core, 3U);
  EXPECT_EQ(line->number, 12U);
  EXPECT_EQ(line->size, 5U);
  EXPECT_EQ(line->transaction, 77U);
  EXPECT_EQ(line->parts, 2U);
  EXPECT_EQ(line->crc, checksum(*line, "abcde", 9));
}

TEST(BatchLine, the_longest_fits) {
  const BatchLine line{.core = UINT16_MAX,
                       .number = UINT64_MAX,
                       .size = UINT64_MAX,
                       .transaction = UINT64_MAX,
                       .parts = UINT16_MAX};
  const std::string text = formatted(line, "", 0);
  EXPECT_LT(text.size(), kBatchLineMax);
  EXPECT_TRUE(parse_batch_line(without_end(text)));
}

TEST(BatchLine, the_checksum_covers_records_line_and_file) {
  const auto line = parse_batch_line(without_end(formatted(kLine, "abcde", 9)));
  ASSERT_TRUE(line);
  EXPECT_NE(line->crc, checksum(*line, "abcdf", 9));
  EXPECT_NE(line->crc, checksum(*line, "abcde", 8));
  BatchLine other = *line;
  other.number = 13;
  EXPECT_NE(line->crc, checksum(other, "abcde", 9));
  other = *line;
  other.parts = 3;
  EXPECT_NE(line->crc, checksum(other, "abcde", 9));
}

TEST(BatchLine, every_flipped_bit_is_noticed) {
  const std::string good = formatted(kLine, "abcde", 9);
  for (size_t bit = 0; bit < (good.size() - 2) * 8; ++bit) {
    std::string bad = good;
    bad[bit / 8] = static_cast<char>(bad[bit / 8] ^ (1 << (bit % 8)));
    const auto line = parse_batch_line(without_end(bad));
    EXPECT_FALSE(line && line->crc == checksum(*line, "abcde", 9)) << bad;
  }
}

TEST(BatchLine, other_texts_are_none) {
  for (const char* text :
       {"", "#", "#TS:1", "#GY:", "#GY:0:1:2:0123456:0/0", "#GY:0:1:2:0123456g:0/0",
        "#GY:0:1:2:01234567:0", "#GY:0:1:2:01234567:0/0x", "#GY:-1:1:2:01234567:0/0",
        "#GY:00:1:2:01234567:0/0", "#GY:65536:1:2:01234567:0/0", "#GY:0:1:2:0123456A:0/0"}) {
    EXPECT_FALSE(parse_batch_line(text)) << text;
  }
}

}  // namespace
}  // namespace gyre::journal
