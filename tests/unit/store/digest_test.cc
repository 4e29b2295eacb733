// Tests of store/digest.h against what redis-server answers.
#include "store/digest.h"

#include <string>
#include <utility>

#include <gtest/gtest.h>

#include "store/value.h"

namespace gyre::store {
namespace {

struct EntryOwner {
  explicit EntryOwner(Entry* made) : entry(made) {}
  EntryOwner(const EntryOwner&) = delete;
  ~EntryOwner() { Entry::destroy(entry); }
  Entry* entry;
};

std::string value_hex(Entry* made) {
  EntryOwner owner(made);
  Digest digest;
  mix_value(digest, *owner.entry);
  return digest.hex();
}

TEST(Digest, of_nothing_is_zero) { EXPECT_EQ(Digest().hex(), std::string(40, '0')); }

// DEBUG DIGEST-VALUE of Redis 7.0 for the same values.
TEST(Digest, of_values_is_that_of_redis) {
  constexpr const char* kOne = "b4fc66738120fba0b5aa500ab5c2bf89cea1c5da";
  constexpr const char* kTwo = "bd6ebb3e74e9888d84ceac11373bac05c49e3d35";
  EXPECT_EQ(value_hex(Entry::make_integer("a", 1, Entry::kNever)), kOne);
  EXPECT_EQ(value_hex(Entry::make_inline("a", "1", Entry::kNever)), kOne);
  EXPECT_EQ(value_hex(Entry::make_inline("b", "two", Entry::kNever)), kTwo);
  EXPECT_EQ(
      value_hex(Entry::make_blob("b", base::Blob::make(std::string_view("two")), Entry::kNever)),
      kTwo);
  EXPECT_EQ(value_hex(Entry::make_inline("c", "", Entry::kNever)),
            "8b3447c33a834b810e3e181b6fd6a2ee1020921c");
  EXPECT_EQ(value_hex(Entry::make_integer("a", 1, 1234)),
            "5279988c5d1911f474bcbbf2f0a87012d40f8459")
      << "that it expires counts, not when";
}

// DEBUG DIGEST-VALUE of Redis 7.0 after XADD s 1-2 a 1 b two.
TEST(Digest, of_a_stream_is_that_of_redis) {
  data::Stream stream = data::Stream::make();
  const std::string_view fields[] = {"a", "1", "b", "two"};
  stream.append({1, 2}, fields, {});
  EXPECT_EQ(value_hex(make_value("s", std::move(stream), Entry::kNever)),
            "67def64c5ea3aa7bfe631f4f95ddd9612afd789e");
}

// DEBUG DIGEST of Redis 7.0 with the one key k = v in database 0.
TEST(Digest, of_a_data_set_is_that_of_redis) {
  EntryOwner owner(Entry::make_inline("k", "v", Entry::kNever));
  Digest all;
  all.mix(std::string_view("\0\0\0\0", 4));
  all.add(entry_digest(*owner.entry));
  EXPECT_EQ(all.hex(), "264ccf65edec66bccfa7cc659414ccca432057d2");
}

TEST(Digest, adding_forgets_order_and_partition_mixing_does_not) {
  Digest left;
  left.add("a");
  left.add("b");
  Digest right;
  right.add("b");
  right.add("a");
  EXPECT_EQ(left.hex(), right.hex());
  Digest first;
  first.add("a");
  Digest second;
  second.add("b");
  first.merge(second);
  EXPECT_EQ(first.hex(), left.hex());
  Digest ab;
  ab.mix("a");
  ab.mix("b");
  Digest ba;
  ba.mix("b");
  ba.mix("a");
  EXPECT_NE(ab.hex(), ba.hex());
}

}  // namespace
}  // namespace gyre::store
