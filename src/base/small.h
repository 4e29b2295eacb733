// Copying and comparing of short byte strings, in line: a call to the C library costs more than the
// work itself, and keys and small values are what a store handles most.
#pragma once

#include <cstddef>
#include <cstdint>
#include <cstring>

namespace gyre::base {

namespace small_detail {

template <size_t kSize>
struct Block {
  char bytes[kSize];
};

// Copies kSize to 2 * kSize bytes as two blocks that may overlap.
template <size_t kSize>
inline void copy_ends(char* to, const char* from, size_t size) {
  Block<kSize> head;
  Block<kSize> tail;
  std::memcpy(&head, from, kSize);
  std::memcpy(&tail, from + size - kSize, kSize);
  std::memcpy(to, &head, kSize);
  std::memcpy(to + size - kSize, &tail, kSize);
}

template <typename Word>
inline Word load(const char* at) {
  Word word;
  std::memcpy(&word, at, sizeof word);
  return word;
}

}  // namespace small_detail

// memcpy, best for sizes up to 128; never reads or writes beyond them.
inline void copy_small(char* to, const char* from, size_t size) {
  using namespace small_detail;
  if (size > 128) {
    std::memcpy(to, from, size);
  } else if (size > 64) {
    copy_ends<64>(to, from, size);
  } else if (size > 32) {
    copy_ends<32>(to, from, size);
  } else if (size >= 16) {
    copy_ends<16>(to, from, size);
  } else if (size >= 8) {
    copy_ends<8>(to, from, size);
  } else if (size >= 4) {
    copy_ends<4>(to, from, size);
  } else if (size > 0) {
    to[0] = from[0];
    to[size / 2] = from[size / 2];
    to[size - 1] = from[size - 1];
  }
}

// memcmp(...) == 0, best for sizes up to 32.
inline bool equal_small(const char* a, const char* b, size_t size) {
  using namespace small_detail;
  if (size >= 16) {
    if (size > 32) {
      return std::memcmp(a, b, size) == 0;
    }
    const size_t last = size - 16;
    return ((load<uint64_t>(a) ^ load<uint64_t>(b)) |
            (load<uint64_t>(a + 8) ^ load<uint64_t>(b + 8)) |
            (load<uint64_t>(a + last) ^ load<uint64_t>(b + last)) |
            (load<uint64_t>(a + last + 8) ^ load<uint64_t>(b + last + 8))) == 0;
  }
  if (size >= 8) {
    const size_t last = size - 8;
    return ((load<uint64_t>(a) ^ load<uint64_t>(b)) |
            (load<uint64_t>(a + last) ^ load<uint64_t>(b + last))) == 0;
  }
  if (size >= 4) {
    const size_t last = size - 4;
    return ((load<uint32_t>(a) ^ load<uint32_t>(b)) |
            (load<uint32_t>(a + last) ^ load<uint32_t>(b + last))) == 0;
  }
  return size == 0 || (a[0] == b[0] && a[size / 2] == b[size / 2] && a[size - 1] == b[size - 1]);
}

}  // namespace gyre::base
