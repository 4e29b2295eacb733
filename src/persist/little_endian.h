// Numbers as bytes, least significant first, which is how this machine keeps them too.
#pragma once

#include <bit>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <string>

namespace gyre::persist {

static_assert(std::endian::native == std::endian::little);

template <typename T>
T load(const char* at) {
  T value;
  std::memcpy(&value, at, sizeof value);
  return value;
}

// The lowest `size` bytes of a number, with its sign.
inline int64_t load_signed(const char* at, size_t size) {
  uint64_t bits = 0;
  std::memcpy(&bits, at, size);
  const auto unused = static_cast<unsigned>(64 - size * 8);
  return static_cast<int64_t>(bits << unused) >> unused;
}

// The same to the end of `out`.
inline void append_number(std::string& out, uint64_t value, size_t size) {
  char bytes[sizeof value];
  std::memcpy(bytes, &value, sizeof value);
  out.append(bytes, size);
}

}  // namespace gyre::persist
