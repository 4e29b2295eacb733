// What the bitmap commands share: reading bit offsets, and the string behind a bitmap.
#pragma once

#include <cstdint>
#include <string_view>

#include "commands/string/strings.h"

namespace gyre::commands {

// A bit's place within a string of the largest size. With `width` > 0 a leading '#' counts fields
// of that many bits.
Result<uint64_t> parse_bit_offset(std::string_view text, const store::Shard& shard,
                                  unsigned width = 0);

// The string of a bitmap for changing, at least `size` bytes of it, zeros behind the present ones.
struct Bitmap {
  char* bytes = nullptr;
  size_t size = 0;
  bool has_grown = false;
};
Result<Bitmap> open_bitmap(const exec::Request& request, store::Shard& shard, size_t size);

// The event of a changed bitmap.
inline constexpr store::Event kSetbitEvent{'$', "setbit"};

}  // namespace gyre::commands
