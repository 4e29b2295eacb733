#include "base/sha1.h"

#include <bit>

namespace gyre::base {
namespace {

struct Round {
  uint32_t choice;
  uint32_t constant;
};

Round round_of(size_t step, uint32_t b, uint32_t c, uint32_t d) {
  if (step < 20) {
    return {(b & c) | (~b & d), 0x5a827999};
  }
  if (step < 40) {
    return {b ^ c ^ d, 0x6ed9eba1};
  }
  if (step < 60) {
    return {(b & c) | (b & d) | (c & d), 0x8f1bbcdc};
  }
  return {b ^ c ^ d, 0xca62c1d6};
}

}  // namespace

void Sha1::update(std::string_view bytes) {
  blocks_.update(bytes, [this](const uint8_t* block) { take_block(block); });
}

Sha1::Digest Sha1::finish() {
  blocks_.finish([this](const uint8_t* block) { take_block(block); });
  return ShaBlocks::digest_of(state_);
}

void Sha1::take_block(const uint8_t* block) {
  uint32_t words[80];
  for (size_t i = 0; i < 16; ++i) {
    words[i] = ShaBlocks::load_word(block + 4 * i);
  }
  for (size_t i = 16; i < 80; ++i) {
    words[i] = std::rotl(words[i - 3] ^ words[i - 8] ^ words[i - 14] ^ words[i - 16], 1);
  }
  auto [a, b, c, d, e] = state_;
  for (size_t i = 0; i < 80; ++i) {
    const Round round = round_of(i, b, c, d);
    const uint32_t next = std::rotl(a, 5) + round.choice + e + round.constant + words[i];
    e = d;
    d = c;
    c = std::rotl(b, 30);
    b = a;
    a = next;
  }
  state_[0] += a;
  state_[1] += b;
  state_[2] += c;
  state_[3] += d;
  state_[4] += e;
}

}  // namespace gyre::base
