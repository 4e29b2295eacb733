#include "base/small.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <memory>
#include <string>

namespace gyre::base {
namespace {

// Blocks of exactly the size, so that a sanitizer sees every byte too many.
std::unique_ptr<char[]> exact(const std::string& bytes) {
  auto block = std::make_unique<char[]>(bytes.size());
  std::copy(bytes.begin(), bytes.end(), block.get());
  return block;
}

std::string pattern(size_t size) {
  std::string bytes(size, '\0');
  for (size_t i = 0; i < size; ++i) {
    bytes[i] = static_cast<char>(i * 7 + 1);
  }
  return bytes;
}

TEST(Small, copies_every_size_and_nothing_around_it) {
  for (size_t size = 0; size <= 300; ++size) {
    const std::string from = pattern(size);
    const auto source = exact(from);
    std::string to(size + 2, '#');
    copy_small(to.data() + 1, source.get(), size);
    EXPECT_EQ(to, "#" + from + "#") << size;
  }
}

TEST(Small, compares_every_byte_of_every_size) {
  for (size_t size = 0; size <= 100; ++size) {
    const std::string bytes = pattern(size);
    const auto one = exact(bytes);
    const auto other = exact(bytes);
    EXPECT_TRUE(equal_small(one.get(), other.get(), size)) << size;
    for (size_t at = 0; at < size; ++at) {
      other[at] = static_cast<char>(other[at] ^ 0x40);
      EXPECT_FALSE(equal_small(one.get(), other.get(), size)) << size << " " << at;
      other[at] = static_cast<char>(other[at] ^ 0x40);
    }
  }
}

}  // namespace
}  // namespace gyre::base
