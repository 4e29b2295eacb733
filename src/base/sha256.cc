#include "base/sha256.h"

#include <bit>
#include <cstddef>

namespace gyre::base {
namespace {

// Fractional parts of the cube roots of the first 64 primes.
constexpr uint32_t kRoundConstants[64] = {
    0x428a2f98, 0x71374491, 0xb5c0fbcf, 0xe9b5dba5, 0x3956c25b, 0x59f111f1, 0x923f82a4, 0xab1c5ed5,
    0xd807aa98, 0x12835b01, 0x243185be, 0x550c7dc3, 0x72be5d74, 0x80deb1fe, 0x9bdc06a7, 0xc19bf174,
    0xe49b69c1, 0xefbe4786, 0x0fc19dc6, 0x240ca1cc, 0x2de92c6f, 0x4a7484aa, 0x5cb0a9dc, 0x76f988da,
    0x983e5152, 0xa831c66d, 0xb00327c8, 0xbf597fc7, 0xc6e00bf3, 0xd5a79147, 0x06ca6351, 0x14292967,
    0x27b70a85, 0x2e1b2138, 0x4d2c6dfc, 0x53380d13, 0x650a7354, 0x766a0abb, 0x81c2c92e, 0x92722c85,
    0xa2bfe8a1, 0xa81a664b, 0xc24b8b70, 0xc76c51a3, 0xd192e819, 0xd6990624, 0xf40e3585, 0x106aa070,
    0x19a4c116, 0x1e376c08, 0x2748774c, 0x34b0bcb5, 0x391c0cb3, 0x4ed8aa4a, 0x5b9cca4f, 0x682e6ff3,
    0x748f82ee, 0x78a5636f, 0x84c87814, 0x8cc70208, 0x90befffa, 0xa4506ceb, 0xbef9a3f7, 0xc67178f2,
};

uint32_t spread(uint32_t word, int first, int second, int shift) {
  return std::rotr(word, first) ^ std::rotr(word, second) ^ word >> shift;
}

uint32_t blend(uint32_t word, int first, int second, int third) {
  return std::rotr(word, first) ^ std::rotr(word, second) ^ std::rotr(word, third);
}

}  // namespace

void Sha256::update(std::string_view bytes) {
  blocks_.update(bytes, [this](const uint8_t* block) { take_block(block); });
}

Sha256::Digest Sha256::finish() {
  blocks_.finish([this](const uint8_t* block) { take_block(block); });
  return ShaBlocks::digest_of(state_);
}

void Sha256::take_block(const uint8_t* block) {
  uint32_t words[64];
  for (size_t i = 0; i < 16; ++i) {
    words[i] = ShaBlocks::load_word(block + 4 * i);
  }
  for (size_t i = 16; i < 64; ++i) {
    words[i] = words[i - 16] + spread(words[i - 15], 7, 18, 3) + words[i - 7] +
               spread(words[i - 2], 17, 19, 10);
  }
  auto [a, b, c, d, e, f, g, h] = state_;
  for (size_t i = 0; i < 64; ++i) {
    const uint32_t choice = (e & f) ^ (~e & g);
    const uint32_t majority = (a & b) ^ (a & c) ^ (b & c);
    const uint32_t first = h + blend(e, 6, 11, 25) + choice + kRoundConstants[i] + words[i];
    const uint32_t second = blend(a, 2, 13, 22) + majority;
    h = g;
    g = f;
    f = e;
    e = d + first;
    d = c;
    c = b;
    b = a;
    a = first + second;
  }
  const uint32_t after[8] = {a, b, c, d, e, f, g, h};
  for (size_t i = 0; i < 8; ++i) {
    state_[i] += after[i];
  }
}

}  // namespace gyre::base
