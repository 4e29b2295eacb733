// Tests of base/sha1.h: published vectors, and splits at every place of a block.
#include "base/sha1.h"

#include <string>

#include <gtest/gtest.h>

#include "base/text.h"

namespace gyre::base {
namespace {

std::string hex(const Sha1::Digest& digest) { return to_hex(digest); }

TEST(Sha1, published_vectors) {
  EXPECT_EQ(hex(Sha1::of("")), "da39a3ee5e6b4b0d3255bfef95601890afd80709");
  EXPECT_EQ(hex(Sha1::of("abc")), "a9993e364706816aba3e25717850c26c9cd0d89d");
  EXPECT_EQ(hex(Sha1::of("abcdbcdecdefdefgefghfghighijhijkijkljklmklmnlmnomnopnopq")),
            "84983e441c3bd26ebaae4aa1f95129e5e54670f1");
  EXPECT_EQ(hex(Sha1::of(std::string(1'000'000, 'a'))), "34aa973cd4c4daa4f61eeb2bdbad27316534016f");
}

TEST(Sha1, a_message_may_come_in_parts) {
  std::string bytes;
  for (int i = 0; i < 300; ++i) {
    bytes.push_back(static_cast<char>(i * 7));
  }
  for (size_t size = 0; size <= 200; ++size) {
    const auto message = std::string_view(bytes).substr(0, size);
    const std::string whole = hex(Sha1::of(message));
    for (size_t cut = 0; cut <= size; cut += 13) {
      Sha1 sha;
      sha.update(message.substr(0, cut));
      sha.update("");
      sha.update(message.substr(cut));
      ASSERT_EQ(hex(sha.finish()), whole) << size << " cut at " << cut;
    }
  }
}

TEST(Sha1, reset_starts_a_new_message) {
  Sha1 sha;
  sha.update("something else");
  sha.reset();
  sha.update("abc");
  EXPECT_EQ(hex(sha.finish()), "a9993e364706816aba3e25717850c26c9cd0d89d");
}

}  // namespace
}  // namespace gyre::base
