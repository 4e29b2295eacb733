// Hash of byte strings for tables inside one process: two wide multiplies for keys up to 16 bytes.
#pragma once

#include <cstddef>
#include <cstdint>
#include <cstring>
#include <string_view>

namespace gyre::base {

// The multiply-and-fold family (wyhash, rapidhash): a 64x64 -> 128 bit product mixes every bit of
// both operands, and xoring its halves folds it back to 64 bits. The first product of a key is
// xored with its own operands, so an operand that happens to be zero hides nothing.
//
// Values depend on the seed and on the byte order of the machine: they must never be stored or
// sent. A secret seed is what keeps a client from choosing keys that collide.

namespace hash_detail {

// Fractional digits of pi: arbitrary, and visibly so.
inline constexpr uint64_t kSalt0 = 0x243f6a8885a308d3;
inline constexpr uint64_t kSalt1 = 0x13198a2e03707344;
inline constexpr uint64_t kSalt2 = 0xa4093822299f31d0;
inline constexpr uint64_t kSalt3 = 0x082efa98ec4e6c89;
inline constexpr uint64_t kSalt4 = 0x452821e638d01377;

inline uint64_t load64(const char* bytes) {
  uint64_t word;
  std::memcpy(&word, bytes, sizeof word);
  return word;
}

inline uint64_t load32(const char* bytes) {
  uint32_t word;
  std::memcpy(&word, bytes, sizeof word);
  return word;
}

inline uint64_t mix(uint64_t left, uint64_t right) {
  const unsigned __int128 product = static_cast<unsigned __int128>(left) * right;
  return static_cast<uint64_t>(product) ^ static_cast<uint64_t>(product >> 64);
}

// The rounds that all lengths end with.
inline uint64_t finish(uint64_t left, uint64_t right, uint64_t state, uint64_t size) {
  left ^= kSalt0;
  right ^= state;
  const unsigned __int128 product = static_cast<unsigned __int128>(left) * right;
  left ^= static_cast<uint64_t>(product);
  right ^= static_cast<uint64_t>(product >> 64);
  return mix(left ^ kSalt1 ^ size, right ^ kSalt2);
}

// Out of line: keys above 16 bytes are rarer, and the caller's fast path stays small.
[[gnu::noinline]] inline uint64_t hash_long(const char* bytes, size_t size, uint64_t state) {
  size_t left = size;
  if (left > 48) {
    // Three independent chains, so that the multiplier never waits for one of them.
    uint64_t second = state ^ kSalt0;
    uint64_t third = state ^ kSalt1;
    do {
      state = mix(load64(bytes) ^ kSalt2, load64(bytes + 8) ^ state);
      second = mix(load64(bytes + 16) ^ kSalt3, load64(bytes + 24) ^ second);
      third = mix(load64(bytes + 32) ^ kSalt4, load64(bytes + 40) ^ third);
      bytes += 48;
      left -= 48;
    } while (left > 48);
    state ^= second ^ (third << 32 | third >> 32);
  }
  while (left > 16) {
    state = mix(load64(bytes) ^ kSalt3, load64(bytes + 8) ^ state);
    bytes += 16;
    left -= 16;
  }
  // The last 16 bytes may overlap what is mixed already; `size` tells the lengths apart.
  return finish(load64(bytes + left - 16), load64(bytes + left - 8), state, size);
}

}  // namespace hash_detail

inline uint64_t hash_bytes(std::string_view text, uint64_t seed) {
  namespace d = hash_detail;
  const char* const bytes = text.data();
  const size_t size = text.size();
  const uint64_t state = seed ^ d::kSalt4;
  if (size > 16) [[unlikely]] {
    return d::hash_long(bytes, size, state);
  }
  uint64_t left = 0;
  uint64_t right = 0;
  if (size >= 8) [[likely]] {
    left = d::load64(bytes);
    right = d::load64(bytes + size - 8);
  } else if (size >= 4) {
    left = d::load32(bytes);
    right = d::load32(bytes + size - 4);
  } else if (size > 0) {
    const auto at = [bytes](size_t index) {
      return static_cast<uint64_t>(static_cast<unsigned char>(bytes[index]));
    };
    left = at(0) << 16 | at(size / 2) << 8 | at(size - 1);
  }
  return d::finish(left, right, state, size);
}

// Hash of one word, for tables keyed by numbers.
inline uint64_t hash_word(uint64_t word, uint64_t seed) {
  return hash_detail::finish(word, word, seed ^ hash_detail::kSalt3, sizeof word);
}

}  // namespace gyre::base
