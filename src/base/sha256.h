// SHA-256, for stored passwords: ACL rules and requirepass keep digests only.
#pragma once

#include <array>
#include <cstdint>
#include <string_view>

#include "base/sha_blocks.h"

namespace gyre::base {

class Sha256 {
 public:
  using Digest = std::array<uint8_t, 32>;

  void update(std::string_view bytes);

  // Ends the message; only reset() may follow.
  Digest finish();

  void reset() { *this = Sha256(); }

  static Digest of(std::string_view bytes) {
    Sha256 sha;
    sha.update(bytes);
    return sha.finish();
  }

 private:
  void take_block(const uint8_t* block);

  std::array<uint32_t, 8> state_{0x6a09e667, 0xbb67ae85, 0x3c6ef372, 0xa54ff53a,
                                 0x510e527f, 0x9b05688c, 0x1f83d9ab, 0x5be0cd19};
  ShaBlocks blocks_;
};

}  // namespace gyre::base
