// What SHA-1 and SHA-256 share: cutting a message into blocks of 64 bytes, and its padding.
#pragma once

#include <algorithm>
#include <array>
#include <cstddef>
#include <cstdint>
#include <string_view>

namespace gyre::base {

class ShaBlocks {
 public:
  // Calls take_block(const uint8_t*) for each block that is complete, and keeps the rest.
  template <typename TakeBlock>
  void update(std::string_view bytes, TakeBlock take_block) {
    const auto* at = reinterpret_cast<const uint8_t*>(bytes.data());
    size_t left = bytes.size();
    const size_t filled = size_ % 64;
    size_ += left;
    if (filled != 0) {
      const size_t part = std::min(left, 64 - filled);
      std::copy_n(at, part, pending_.begin() + filled);
      if (filled + part < 64) {
        return;
      }
      take_block(pending_.data());
      at += part;
      left -= part;
    }
    for (; left >= 64; at += 64, left -= 64) {
      take_block(at);
    }
    std::copy_n(at, left, pending_.begin());
  }

  // Ends the message: a one bit, zeros, and the number of bits.
  template <typename TakeBlock>
  void finish(TakeBlock take_block) {
    size_t filled = size_ % 64;
    pending_[filled++] = 0x80;
    if (filled > 56) {
      std::fill(pending_.begin() + filled, pending_.end(), uint8_t{0});
      take_block(pending_.data());
      filled = 0;
    }
    std::fill(pending_.begin() + filled, pending_.begin() + 56, uint8_t{0});
    for (size_t i = 0; i < 8; ++i) {
      pending_[56 + i] = static_cast<uint8_t>(size_ * 8 >> (56 - 8 * i));
    }
    take_block(pending_.data());
  }

  static uint32_t load_word(const uint8_t* bytes) {
    return static_cast<uint32_t>(bytes[0]) << 24 | static_cast<uint32_t>(bytes[1]) << 16 |
           static_cast<uint32_t>(bytes[2]) << 8 | bytes[3];
  }

  // Writes the words of a state as bytes, the highest first.
  template <size_t kWords>
  static std::array<uint8_t, kWords * 4> digest_of(const std::array<uint32_t, kWords>& state) {
    std::array<uint8_t, kWords * 4> digest;
    for (size_t i = 0; i < digest.size(); ++i) {
      digest[i] = static_cast<uint8_t>(state[i / 4] >> (24 - 8 * (i % 4)));
    }
    return digest;
  }

 private:
  uint64_t size_ = 0;
  std::array<uint8_t, 64> pending_{};
};

}  // namespace gyre::base
