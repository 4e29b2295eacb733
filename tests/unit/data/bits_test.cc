#include "data/bits.h"

#include <gtest/gtest.h>

#include <string>
#include <vector>

#include "base/random.h"

namespace gyre::data {
namespace {

// One bool a bit: what a byte string is, naively.
std::vector<bool> bits_of(const std::string& bytes) {
  std::vector<bool> bits;
  for (const char byte : bytes) {
    for (int i = 7; i >= 0; --i) {
      bits.push_back((byte >> i & 1) != 0);
    }
  }
  return bits;
}

std::string random_bytes(base::Random& random, size_t size) {
  std::string bytes(size, '\0');
  const uint64_t kind = random.next() % 3;  // zeros, ones, or anything
  for (char& byte : bytes) {
    byte = static_cast<char>(kind == 0 ? 0 : kind == 1 ? 0xff : random.next());
  }
  return bytes;
}

TEST(Bits, counts_and_finds_like_a_list_of_bools) {
  base::Random random(1);
  for (int round = 0; round < 3000; ++round) {
    std::string bytes = random_bytes(random, random.next() % 80);
    if (!bytes.empty() && random.next() % 2 == 0) {
      bytes[random.next() % bytes.size()] = static_cast<char>(random.next());
    }
    const std::vector<bool> bits = bits_of(bytes);
    uint64_t set = 0;
    uint64_t first[2] = {bits.size(), bits.size()};
    for (size_t i = bits.size(); i-- > 0;) {
      set += bits[i] ? 1 : 0;
      first[bits[i] ? 1 : 0] = i;
    }
    EXPECT_EQ(count_bits(bytes), set);
    EXPECT_EQ(find_bit(bytes, false), first[0]);
    EXPECT_EQ(find_bit(bytes, true), first[1]);
  }
}

TEST(Bits, fields_of_every_width_at_every_offset) {
  base::Random random(2);
  for (unsigned width = 1; width <= 64; ++width) {
    for (uint64_t offset = 0; offset < 20; ++offset) {
      std::string bytes = random_bytes(random, (offset + width + 7) / 8);
      std::vector<bool> bits = bits_of(bytes);
      const uint64_t value = random.next() >> (64 - width);
      write_bits(bytes.data(), offset, width, value);
      for (unsigned i = 0; i < width; ++i) {
        bits[offset + i] = (value >> (width - 1 - i) & 1) != 0;
      }
      EXPECT_EQ(bits_of(bytes), bits) << width << " at " << offset;
      EXPECT_EQ(read_bits(bytes, offset, width), value);
    }
  }
  EXPECT_EQ(read_bits("\xff", 4, 8), 0xf0u);
  EXPECT_EQ(read_bits("", 1000, 64), 0u);
}

TEST(Bits, fields_overflow_at_the_ends_of_their_range) {
  for (unsigned width = 1; width <= 63; ++width) {
    const FieldType small{.is_signed = true, .width = width};
    const int64_t largest = (int64_t{1} << (width - 1)) - 1;
    const auto bits = static_cast<uint64_t>(largest);
    EXPECT_FALSE(add_to_field(bits, 1, small, Overflow::fail).fits);
    EXPECT_EQ(field_number(add_to_field(bits, 1, small, Overflow::wrap).value, small),
              -largest - 1);
    EXPECT_EQ(field_number(add_to_field(bits, 1, small, Overflow::saturate).value, small), largest);
    EXPECT_TRUE(add_to_field(bits, -1, small, Overflow::fail).fits || width == 1);
    const FieldType whole{.is_signed = false, .width = width};
    const uint64_t most = (uint64_t{1} << width) - 1;
    EXPECT_FALSE(add_to_field(most, 1, whole, Overflow::fail).fits);
    EXPECT_EQ(field_number(add_to_field(most, 1, whole, Overflow::wrap).value, whole), 0);
    EXPECT_FALSE(add_to_field(0, -1, whole, Overflow::fail).fits);
    EXPECT_EQ(add_to_field(0, -1, whole, Overflow::saturate).value, 0u);
  }
  const FieldType full{.is_signed = true, .width = 64};
  EXPECT_FALSE(add_to_field(static_cast<uint64_t>(INT64_MAX), 1, full, Overflow::fail).fits);
  EXPECT_FALSE(
      add_to_field(static_cast<uint64_t>(INT64_MIN), INT64_MIN, full, Overflow::fail).fits);
  EXPECT_EQ(add_to_field(static_cast<uint64_t>(INT64_MIN), -1, full, Overflow::wrap).value,
            static_cast<uint64_t>(INT64_MAX));
}

}  // namespace
}  // namespace gyre::data
