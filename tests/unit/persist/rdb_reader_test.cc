// Tests of persist/rdb_reader.h and persist/rdb_writer.h.
#include "persist/rdb_reader.h"

#include <cmath>
#include <string>

#include <gtest/gtest.h>

#include "base/heap.h"
#include "persist/rdb_writer.h"

namespace gyre::persist {
namespace {

using data::Digits;
using data::Element;
using namespace std::literals;

constexpr size_t kMax = size_t{1} << 30;

template <typename Write>
std::string written(Write write, bool compresses = true) {
  BlobSink sink;
  RdbWriter writer(sink, compresses);
  write(writer);
  return std::string(sink.bytes());
}

TEST(RdbWriter, lengths_take_few_bytes_and_come_back) {
  const std::pair<uint64_t, size_t> kLengths[] = {{0, 1},
                                                  {63, 1},
                                                  {64, 2},
                                                  {16383, 2},
                                                  {16384, 5},
                                                  {UINT32_MAX, 5},
                                                  {uint64_t{UINT32_MAX} + 1, 9},
                                                  {UINT64_MAX, 9}};
  for (const auto& [length, size] : kLengths) {
    const std::string bytes = written([&](RdbWriter& writer) { writer.length(length); });
    EXPECT_EQ(bytes.size(), size);
    RdbReader reader(bytes, kMax);
    EXPECT_EQ(reader.length(), length);
    EXPECT_TRUE(reader.is_ok() && reader.is_at_end());
    RdbReader cut(std::string_view(bytes).substr(0, size - 1), kMax);
    cut.length();
    EXPECT_FALSE(cut.is_ok()) << length;
  }
}

TEST(RdbWriter, strings_are_short_and_come_back) {
  struct {
    std::string text;
    size_t size;
    size_t size_compressed;
  } const kTexts[] = {{"", 1, 1},
                      {"a", 2, 2},
                      {"0", 2, 2},
                      {"-128", 2, 2},
                      {"128", 3, 3},
                      {"-32768", 3, 3},
                      {"32768", 5, 5},
                      {"-2147483648", 5, 5},
                      {"2147483648", 11, 11},
                      {"007", 4, 4},
                      {std::string(20, 'x'), 21, 21},
                      {std::string(30, 'x'), 31, 12},
                      {"0123456789abcdefghijklmnopq", 28, 28}};
  for (const auto& [text, size, size_compressed] : kTexts) {
    for (const bool compresses : {true, false}) {
      const std::string bytes = written([&](RdbWriter& writer) { writer.text(text); }, compresses);
      EXPECT_EQ(bytes.size(), compresses ? size_compressed : size) << text;
      std::string scratch;
      Digits digits;
      RdbReader reader(bytes, kMax);
      EXPECT_EQ(reader.element(scratch).text(digits), text);
      EXPECT_TRUE(reader.is_ok() && reader.is_at_end());
      for (size_t cut = 0; cut < bytes.size(); ++cut) {
        RdbReader short_reader(std::string_view(bytes).substr(0, cut), kMax);
        short_reader.element(scratch);
        EXPECT_FALSE(short_reader.is_ok()) << text;
      }
    }
  }
}

TEST(RdbWriter, numbers_come_back) {
  const std::string bytes = written([](RdbWriter& writer) {
    writer.number(INT64_MIN);
    writer.real(-0.0);
    writer.real(INFINITY);
    writer.time_ms(-5);
  });
  RdbReader reader(bytes, kMax);
  std::string scratch;
  EXPECT_EQ(reader.element(scratch).number(), INT64_MIN);
  EXPECT_TRUE(std::signbit(reader.real()));
  EXPECT_EQ(reader.real(), INFINITY);
  EXPECT_EQ(reader.time_ms(), -5);
  EXPECT_TRUE(reader.is_ok() && reader.is_at_end());
}

TEST(RdbReader, reserves_nothing_for_lengths_alone) {
  std::string scratch;
  // Bytes, and compressed bytes, of sizes that would not fit into any machine; then of a gigabyte
  // in five bytes.
  for (const std::string_view bytes :
       {"\x81\xff\xff\xff\xff\xff\xff\xff\xff"sv,
        "\xc3\x81\x7f\xff\xff\xff\xff\xff\xff\xff\x81\x7f\xff\xff\xff\xff\xff\xff\xff"sv,
        "\xc3\x05\x80\x3f\xff\xff\xff"
        "abcde"sv,
        "\xc3\x00\x00"sv, "\xc3\x80\x3f\xff\xff\xff\x80\x3f\xff\xff\xff"sv}) {
    RdbReader reader(bytes, kMax);
    reader.element(scratch);
    EXPECT_FALSE(reader.is_ok());
    EXPECT_LT(scratch.capacity(), 1000u);
  }
}

TEST(RdbReader, takes_no_string_above_its_limit) {
  const std::string plain = written([](RdbWriter& writer) { writer.text("0123456789"); }, false);
  const std::string packed = written([](RdbWriter& w) { w.text(std::string(1000, 'x')); });
  std::string scratch;
  for (const auto& [bytes, size] : {std::pair(plain, 10), std::pair(packed, 1000)}) {
    RdbReader enough(bytes, static_cast<size_t>(size));
    enough.element(scratch);
    EXPECT_TRUE(enough.is_ok());
    RdbReader less(bytes, static_cast<size_t>(size) - 1);
    less.element(scratch);
    EXPECT_FALSE(less.is_ok());
  }
}

TEST(RdbReader, refuses_compressed_bytes_of_another_size) {
  const std::string packed = written([](RdbWriter& w) { w.text(std::string(50, 'x')); });
  std::string scratch;
  for (const int change : {-1, 1}) {
    std::string changed = packed;
    changed[2] = static_cast<char>(changed[2] + change);
    RdbReader reader(changed, kMax);
    reader.element(scratch);
    EXPECT_FALSE(reader.is_ok());
  }
}

TEST(RdbReader, that_has_failed_answers_with_nothing) {
  RdbReader reader(
      "\x01"sv
      "abc",
      kMax);
  reader.raw(100);
  EXPECT_FALSE(reader.is_ok());
  EXPECT_TRUE(reader.is_at_end());
  EXPECT_EQ(reader.byte(), 0);
  EXPECT_EQ(reader.length(), 0u);
  std::string scratch;
  EXPECT_EQ(reader.element(scratch).size(), 0u);
}

TEST(Sink, pieces_of_any_size_become_one) {
  std::string all;
  BlobSink sink;
  CountingSink counter;
  for (size_t size : {0, 1, 511, 1, 5000, 3, 100'000, 7}) {
    const std::string piece(size, static_cast<char>('a' + size % 26));
    all += piece;
    sink.write(piece);
    counter.write(piece);
    EXPECT_EQ(sink.bytes(), all);
    EXPECT_EQ(sink.written(), all.size());
    EXPECT_EQ(counter.written(), all.size());
    EXPECT_EQ(sink.blob() != nullptr, all.size() > 512);
  }
  EXPECT_EQ(sink.blob()->view(), all);
}

}  // namespace
}  // namespace gyre::persist
