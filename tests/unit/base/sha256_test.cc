// Tests of base/sha256.h: published vectors, and splits at every place of a block.
#include "base/sha256.h"

#include <string>

#include <gtest/gtest.h>

#include "base/text.h"

namespace gyre::base {
namespace {

TEST(Sha256, published_vectors) {
  EXPECT_EQ(to_hex(Sha256::of("")),
            "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855");
  EXPECT_EQ(to_hex(Sha256::of("abc")),
            "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
  EXPECT_EQ(to_hex(Sha256::of("abcdbcdecdefdefgefghfghighijhijkijkljklmklmnlmnomnopnopq")),
            "248d6a61d20638b8e5c026930c3e6039a33ce45964ff2167f6ecedd419db06c1");
  EXPECT_EQ(to_hex(Sha256::of(std::string(1'000'000, 'a'))),
            "cdc76e5c9914fb9281a1c7e284d73e67f1809a48a497200e046d39ccc7112cd0");
}

TEST(Sha256, a_message_may_come_in_parts) {
  const std::string bytes(200, '\xa7');
  for (size_t size = 0; size <= bytes.size(); ++size) {
    const auto message = std::string_view(bytes).substr(0, size);
    for (size_t cut = 0; cut <= size; cut += 13) {
      Sha256 sha;
      sha.update(message.substr(0, cut));
      sha.update(message.substr(cut));
      ASSERT_EQ(sha.finish(), Sha256::of(message)) << size << " cut at " << cut;
    }
  }
}

}  // namespace
}  // namespace gyre::base
