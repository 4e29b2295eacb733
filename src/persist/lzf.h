// LZF, the compression of strings in RDB encodings.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

namespace gyre::persist {

// The text compressed, in `out`; empty if that would not save `gain` bytes.
std::string_view lzf_compress(std::string_view text, size_t gain, std::string& out);

// Can so many compressed bytes be a text of this size? Three bytes stand for 264 at most.
constexpr bool lzf_can_be(size_t compressed, size_t size) {
  return size > 0 && size <= UINT32_MAX && compressed <= UINT32_MAX && size <= compressed * 88;
}
// False if these are not exactly `size` bytes compressed.
bool lzf_decompress(std::string_view compressed, char* out, size_t size);

}  // namespace gyre::persist
