// Tests of base/hash.h: determinism, coverage of every byte, avalanche, collisions, bucket balance.
#include "base/hash.h"

#include <algorithm>
#include <array>
#include <bit>
#include <cmath>
#include <cstdio>
#include <cstring>
#include <string>
#include <unordered_set>
#include <vector>

#include <gtest/gtest.h>

namespace gyre::base {
namespace {

// A generator of its own: the test must not depend on another file under test.
struct Lcg {
  uint64_t state = 42;
  uint64_t next() {
    state = state * 6364136223846793005u + 1442695040888963407u;
    return state >> 33 ^ state << 21;
  }
};

std::string random_bytes(Lcg& random, size_t size) {
  std::string bytes(size, '\0');
  for (char& byte : bytes) {
    byte = static_cast<char>(random.next());
  }
  return bytes;
}

TEST(Hash, is_a_function_of_content_and_seed_not_of_address) {
  Lcg random;
  for (size_t size = 0; size <= 300; ++size) {
    const std::string bytes = random_bytes(random, size);
    std::vector<char> shifted(size + 3);
    std::copy(bytes.begin(), bytes.end(), shifted.begin() + 3);
    const uint64_t hash = hash_bytes(bytes, 7);
    EXPECT_EQ(hash, hash_bytes({shifted.data() + 3, size}, 7));
    EXPECT_NE(hash, hash_bytes(bytes, 8)) << size;
  }
}

TEST(Hash, a_view_of_nothing_is_the_empty_text) {
  EXPECT_EQ(hash_bytes(std::string_view(), 3), hash_bytes("", 3));
}

TEST(Hash, every_bit_of_the_input_and_of_the_seed_flips_half_of_the_output) {
  Lcg random;
  for (const size_t size : {1,  2,  3,  4,  5,  7,  8,  9,  12, 15,  16,  17,
                            24, 31, 32, 33, 48, 49, 64, 96, 97, 128, 145, 200}) {
    constexpr int kRounds = 400;
    const size_t input_bits = size * 8 + 64;
    std::vector<std::array<int, 64>> flips(input_bits);
    for (int round = 0; round < kRounds; ++round) {
      std::string bytes = random_bytes(random, size);
      const uint64_t seed = random.next();
      const uint64_t hash = hash_bytes(bytes, seed);
      for (size_t bit = 0; bit < input_bits; ++bit) {
        uint64_t changed_seed = seed;
        std::string changed = bytes;
        if (bit < size * 8) {
          changed[bit / 8] = static_cast<char>(changed[bit / 8] ^ (1 << (bit % 8)));
        } else {
          changed_seed ^= uint64_t{1} << (bit - size * 8);
        }
        const uint64_t difference = hash ^ hash_bytes(changed, changed_seed);
        for (size_t out = 0; out < 64; ++out) {
          flips[bit][out] += static_cast<int>(difference >> out & 1);
        }
      }
    }
    // 400 fair coins stay within 6 sigma = 60 of 200 for any of the ~100,000 pairs of a size.
    for (size_t bit = 0; bit < input_bits; ++bit) {
      for (size_t out = 0; out < 64; ++out) {
        ASSERT_NEAR(flips[bit][out], kRounds / 2, 62) << "size " << size << " bit " << bit;
      }
    }
  }
}

TEST(Hash, counted_keys_never_collide_in_64_bits) {
  std::vector<uint64_t> hashes;
  for (int i = 0; i < 400'000; ++i) {
    const std::string number = std::to_string(i);
    hashes.push_back(hash_bytes("key:" + number, 1));
    hashes.push_back(hash_bytes(number, 1));
    hashes.push_back(hash_bytes("user:00000000000000:" + number + ":session", 1));
    hashes.push_back(hash_bytes({reinterpret_cast<const char*>(&i), sizeof i}, 1));
  }
  // The four families share no key: the raw integers end in a zero byte, the others in text.
  std::sort(hashes.begin(), hashes.end());
  EXPECT_EQ(std::adjacent_find(hashes.begin(), hashes.end()), hashes.end());
}

TEST(Hash, runs_of_one_byte_differ_by_their_length) {
  std::unordered_set<uint64_t> seen;
  size_t inserted = 0;
  for (const char byte : {'\0', 'a', '\xff'}) {
    for (size_t size = byte == '\0' ? 0 : 1; size <= 600; ++size) {
      seen.insert(hash_bytes(std::string(size, byte), 0));
      ++inserted;
    }
  }
  EXPECT_EQ(seen.size(), inserted);
}

TEST(Hash, sparse_keys_do_not_collide) {
  // All 32-byte keys with at most two bits set: 1 + 256 + 32,640 of them.
  std::unordered_set<uint64_t> seen;
  size_t inserted = 0;
  std::string key(32, '\0');
  const auto flip = [&key](size_t bit) {
    key[bit / 8] = static_cast<char>(key[bit / 8] ^ (1 << (bit % 8)));
  };
  for (size_t first = 0; first < 256; ++first) {
    flip(first);
    for (size_t second = first; second < 256; ++second) {
      if (second != first) {
        flip(second);
      }
      seen.insert(hash_bytes(key, 99));
      ++inserted;
      if (second != first) {
        flip(second);
      }
    }
    flip(first);
  }
  EXPECT_EQ(seen.size(), inserted);
}

// Chi-squared of bucket counts, normalised so that a fair hash gives 0 with deviation 1.
double imbalance(const std::vector<uint32_t>& counts, double items) {
  const double expected = items / static_cast<double>(counts.size());
  double chi = 0;
  for (const uint32_t count : counts) {
    const double off = count - expected;
    chi += off * off / expected;
  }
  const double freedom = static_cast<double>(counts.size() - 1);
  return (chi - freedom) / std::sqrt(2 * freedom);
}

TEST(Hash, low_middle_and_high_bits_fill_buckets_evenly) {
  constexpr int kItems = 262'144;
  constexpr size_t kBuckets = 4'096;
  for (const int shift : {0, 12, 26, 40, 52}) {
    std::vector<uint32_t> text(kBuckets);
    std::vector<uint32_t> word(kBuckets);
    for (int i = 0; i < kItems; ++i) {
      char key[17];
      std::snprintf(key, sizeof key, "key:%012d", i);
      ++text[hash_bytes({key, 16}, 5) >> shift & (kBuckets - 1)];
      ++word[hash_word(static_cast<uint64_t>(i), 5) >> shift & (kBuckets - 1)];
    }
    EXPECT_LT(std::abs(imbalance(text, kItems)), 5) << shift;
    EXPECT_LT(std::abs(imbalance(word, kItems)), 5) << shift;
  }
}

TEST(Hash, a_zero_operand_hides_no_byte) {
  // Choose the second word equal to the state of the seed, so the first product is zero.
  const uint64_t seed = 123;
  const uint64_t second = seed ^ hash_detail::kSalt4;
  std::unordered_set<uint64_t> seen;
  for (uint64_t first = 0; first < 1'000; ++first) {
    char key[16];
    std::memcpy(key, &first, 8);
    std::memcpy(key + 8, &second, 8);
    seen.insert(hash_bytes({key, 16}, seed));
  }
  EXPECT_EQ(seen.size(), 1'000u);
}

}  // namespace
}  // namespace gyre::base
