// Tests of base/blob.h: bytes survive every way of growing, memory is given back, at once or in
// slices.
#include "base/blob.h"

#include <algorithm>
#include <cstring>
#include <string>
#include <utility>

#include <gtest/gtest.h>

namespace gyre::base {
namespace {

std::string pattern(size_t size) {
  std::string bytes(size, '\0');
  for (size_t i = 0; i < size; ++i) {
    bytes[i] = static_cast<char>(i * 7 + i / 4093);
  }
  return bytes;
}

TEST(Blob, keeps_its_bytes_while_it_grows_and_shrinks) {
  const size_t before = Blob::mapped_bytes();
  const size_t sizes[] = {0,         1,         4096, 100'000, Blob::kMapped - 100, Blob::kMapped,
                          3'000'001, 20'000'000};
  for (const size_t from : sizes) {
    for (const size_t to : sizes) {
      const std::string bytes = pattern(std::min(from, to));
      Blob* blob = Blob::make(from);
      EXPECT_EQ(blob->size, 0u);
      EXPECT_EQ(blob->capacity, from);
      EXPECT_FALSE(blob->is_shared());
      bytes.copy(blob->data(), bytes.size());
      blob->size = bytes.size();
      blob = Blob::resize(blob, to);
      EXPECT_EQ(blob->capacity, to);
      ASSERT_TRUE(blob->view() == bytes) << from << " to " << to;
      std::memset(blob->data() - Blob::kFront, '$', Blob::kFront);  // all of it is ours
      std::memset(blob->data(), 'x', to + Blob::kBack);
      blob->unref();
    }
  }
  EXPECT_EQ(Blob::mapped_bytes(), before);
}

TEST(Blob, lives_until_its_last_reference_is_gone) {
  const size_t before = Blob::mapped_bytes();
  const std::string bytes = pattern(5'000'000);
  BlobRef first(Blob::make(bytes));
  first.get()->ref();
  BlobRef second(first.get());
  EXPECT_TRUE(second.get()->is_shared());
  first.reset();
  EXPECT_FALSE(second.get()->is_shared());
  EXPECT_TRUE(second.get()->view() == bytes);
  BlobRef third(std::move(second));
  EXPECT_FALSE(second);
  third.reset();
  EXPECT_EQ(Blob::mapped_bytes(), before);
}

#ifndef GYRE_SANITIZED
TEST(Blob, is_freed_in_slices_where_that_is_asked_for) {
  const size_t before = Blob::mapped_bytes();
  Blob::free_in_slices(true);
  for (int i = 0; i < 3; ++i) {
    Blob::make(pattern(10'000'000))->unref();
  }
  EXPECT_GT(Blob::mapped_bytes(), before + 30'000'000);
  size_t last = Blob::mapped_bytes();
  int slices = 0;
  while (Blob::free_some(512 * 1024)) {
    ASSERT_LE(last - Blob::mapped_bytes(), 512u * 1024);
    ASSERT_LT(Blob::mapped_bytes(), last);
    last = Blob::mapped_bytes();
    ++slices;
  }
  EXPECT_GE(slices, 57);
  EXPECT_EQ(Blob::mapped_bytes(), before);
  EXPECT_FALSE(Blob::free_some(4096));
  Blob::make(pattern(10'000'000))->unref();
  Blob::make(pattern(1000))->unref();  // small ones go at once
  Blob::free_in_slices(false);
  EXPECT_EQ(Blob::mapped_bytes(), before);
}
#endif

}  // namespace
}  // namespace gyre::base
