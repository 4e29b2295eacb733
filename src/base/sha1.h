// SHA-1, for DEBUG DIGEST and the names of cached scripts: identity, not security.
#pragma once

#include <array>
#include <cstdint>
#include <string_view>

#include "base/sha_blocks.h"

namespace gyre::base {

class Sha1 {
 public:
  using Digest = std::array<uint8_t, 20>;

  void update(std::string_view bytes);

  // Ends the message; only reset() may follow.
  Digest finish();

  void reset() { *this = Sha1(); }

  static Digest of(std::string_view bytes) {
    Sha1 sha;
    sha.update(bytes);
    return sha.finish();
  }

 private:
  void take_block(const uint8_t* block);

  std::array<uint32_t, 5> state_{0x67452301, 0xefcdab89, 0x98badcfe, 0x10325476, 0xc3d2e1f0};
  ShaBlocks blocks_;
};

}  // namespace gyre::base
