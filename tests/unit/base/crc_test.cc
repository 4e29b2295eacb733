// Tests of base/crc.h: published check values, bit-by-bit models, continuation, hash tags.
#include "base/crc.h"

#include <string>

#include <gtest/gtest.h>

namespace gyre::base {
namespace {

std::string pattern_bytes(size_t size) {
  std::string bytes(size, '\0');
  uint64_t state = size + 1;
  for (char& byte : bytes) {
    state = state * 6364136223846793005u + 1442695040888963407u;
    byte = static_cast<char>(state >> 56);
  }
  return bytes;
}

uint16_t slow_crc16(std::string_view bytes) {
  unsigned crc = 0;
  for (const char byte : bytes) {
    crc ^= static_cast<unsigned>(static_cast<unsigned char>(byte)) << 8;
    for (int bit = 0; bit < 8; ++bit) {
      crc = (crc & 0x8000) != 0 ? (crc << 1 ^ 0x1021) & 0xffff : crc << 1;
    }
  }
  return static_cast<uint16_t>(crc);
}

template <typename Word>
Word slow_reflected(Word crc, std::string_view bytes, Word polynomial) {
  for (const char byte : bytes) {
    crc ^= static_cast<unsigned char>(byte);
    for (int bit = 0; bit < 8; ++bit) {
      crc = (crc & 1) != 0 ? crc >> 1 ^ polynomial : crc >> 1;
    }
  }
  return crc;
}

TEST(Crc, check_values_of_the_standards) {
  EXPECT_EQ(crc16("123456789"), 0x31c3);
  EXPECT_EQ(crc32c(0, "123456789"), 0xe3069283u);
  EXPECT_EQ(crc32c(0, std::string(32, '\0')), 0x8a9136aau);
  EXPECT_EQ(crc64(0, "123456789"), 0xe9c6d914c4b8d9cau);
  EXPECT_EQ(crc16(""), 0);
  EXPECT_EQ(crc32c(0, ""), 0u);
  EXPECT_EQ(crc64(0, ""), 0u);
}

TEST(Crc, equals_the_bit_by_bit_model_for_every_length_and_alignment) {
  const std::string bytes = pattern_bytes(400);
  for (size_t start = 0; start < 9; ++start) {
    for (size_t size = 0; start + size <= bytes.size(); ++size) {
      const auto part = std::string_view(bytes).substr(start, size);
      ASSERT_EQ(crc16(part), slow_crc16(part));
      ASSERT_EQ(crc32c(0, part), ~slow_reflected<uint32_t>(~0u, part, 0x82f63b78));
      ASSERT_EQ(crc64(5, part), slow_reflected<uint64_t>(5, part, 0x95ac9329ac4bc9b5));
    }
  }
}

TEST(Crc, continues_over_parts) {
  const std::string bytes = pattern_bytes(1'000);
  const std::string_view all = bytes;
  for (const size_t cut : {0, 1, 7, 8, 9, 500, 999, 1000}) {
    EXPECT_EQ(crc32c(crc32c(0, all.substr(0, cut)), all.substr(cut)), crc32c(0, all));
    EXPECT_EQ(crc64(crc64(0, all.substr(0, cut)), all.substr(cut)), crc64(0, all));
  }
}

TEST(Crc, crc64_of_parts_combines) {
  const std::string bytes = pattern_bytes(70'000);
  const std::string_view all = bytes;
  for (const size_t cut : {0u, 1u, 255u, 256u, 4'464u, 65'536u, 69'999u, 70'000u}) {
    const uint64_t first = crc64(0, all.substr(0, cut));
    const uint64_t second = crc64(0, all.substr(cut));
    EXPECT_EQ(crc64_combine(first, second, all.size() - cut), crc64(0, all)) << cut;
  }
}

TEST(Crc, slots_are_those_of_redis_cluster) {
  EXPECT_EQ(key_slot(""), 0);
  EXPECT_EQ(key_slot("foo"), 12182);
  EXPECT_EQ(key_slot("bar"), 5061);
  EXPECT_EQ(key_slot("123456789"), 12739);
}

TEST(Crc, a_hash_tag_decides_the_slot) {
  EXPECT_EQ(key_slot("{foo}"), key_slot("foo"));
  EXPECT_EQ(key_slot("{user1000}.following"), key_slot("{user1000}.followers"));
  EXPECT_EQ(key_slot("a{foo}b"), key_slot("foo"));
  EXPECT_EQ(key_slot("foo{bar}{zap}"), key_slot("bar"));
  // Only the first '{' counts, up to the first '}' behind it.
  EXPECT_EQ(key_slot("foo{{bar}}zap"), key_slot("{bar"));
  EXPECT_EQ(key_slot("}{foo}"), key_slot("foo"));
  // Wherever the tag begins.
  for (size_t size = 0; size < 40; ++size) {
    EXPECT_EQ(key_slot(std::string(size, 'x') + "{foo}"), key_slot("foo")) << size;
    EXPECT_EQ(key_slot(std::string(size, '\xfb') + "{foo}tail"), key_slot("foo")) << size;
    const std::string plain = std::string(size, '|') + "z\xfb}";
    EXPECT_EQ(key_slot(plain), crc16(plain) % 16384) << size;
  }
  // An empty or unclosed tag is no tag: the whole key counts.
  EXPECT_EQ(key_slot("foo{}{bar}"), crc16("foo{}{bar}") % 16384);
  EXPECT_EQ(key_slot("{}"), crc16("{}") % 16384);
  EXPECT_EQ(key_slot("foo{bar"), crc16("foo{bar") % 16384);
  EXPECT_EQ(key_slot("{"), crc16("{") % 16384);
  EXPECT_NE(key_slot("foo{}{bar}"), key_slot("bar"));
}

}  // namespace
}  // namespace gyre::base
