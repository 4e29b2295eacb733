#include "persist/aof_manifest.h"

#include <gtest/gtest.h>

namespace gyre::persist {
namespace {

TEST(AofManifest, redis_ones_are_read) {
  std::string error;
  const auto manifest = AofManifest::parse(
      "file appendonly.aof.2.base.rdb seq 2 type b\n"
      "file appendonly.aof.4.incr.aof seq 4 type i\n"
      "file \"a b.5.incr.aof\" seq 5 type i\n"
      "file appendonly.aof.1.incr.aof seq 1 type h\n",
      error);
  ASSERT_TRUE(manifest) << error;
  ASSERT_NE(manifest->base(), nullptr);
  EXPECT_EQ(manifest->base()->name, "appendonly.aof.2.base.rdb");
  ASSERT_EQ(manifest->incremental().size(), 2U);
  EXPECT_EQ(manifest->incremental()[1]->name, "a b.5.incr.aof");
  EXPECT_FALSE(manifest->incremental()[0]->is_own);
  EXPECT_EQ(manifest->next_number(), 6U);
}

TEST(AofManifest, what_is_written_is_read) {
  AofManifest manifest;
  manifest.add_generation("my prefix", 2);
  manifest.add_generation("my prefix", 1);
  const std::string text = manifest.format();
  std::string error;
  const auto again = AofManifest::parse(text, error);
  ASSERT_TRUE(again) << error;
  EXPECT_EQ(again->format(), text);
  const auto files = again->incremental();
  ASSERT_EQ(files.size(), 3U);
  EXPECT_EQ(files[1]->core, 1U);
  EXPECT_EQ(files[1]->generation, 1U);
  EXPECT_EQ(files[2]->number, 3U);
  EXPECT_EQ(files[2]->generation, 2U);
  EXPECT_TRUE(files[2]->is_own);
}

TEST(AofManifest, a_new_base_replaces_what_came_before_its_generation) {
  AofManifest manifest;
  manifest.add_generation("a", 1);
  manifest.add_generation("a", 1);
  const auto gone = manifest.set_base(manifest.next_base("a", 0), 2);
  EXPECT_EQ(gone, std::vector<std::string>{"a.1.incr.aof"});
  EXPECT_EQ(manifest.base()->name, "a.1.base.rdb");
  ASSERT_EQ(manifest.incremental().size(), 1U);
  EXPECT_EQ(manifest.incremental()[0]->generation, 2U);
  EXPECT_EQ(manifest.next_base("a", 0).name, "a.2.base.rdb");
}

TEST(AofManifest, every_flipped_bit_is_noticed) {
  AofManifest manifest;
  manifest.add_generation("a", 2);
  manifest.set_base(manifest.next_base("a", 0), 1);
  const std::string text = manifest.format();
  for (size_t bit = 0; bit < text.size() * 8; ++bit) {
    std::string bad = text;
    bad[bit / 8] = static_cast<char>(bad[bit / 8] ^ (1 << (bit % 8)));
    std::string error;
    EXPECT_FALSE(AofManifest::parse(bad, error)) << bad;
    EXPECT_FALSE(error.empty());
  }
  // The base alone could be what Redis wrote.
  for (size_t size = text.find('\n') + 2; size < text.size(); ++size) {
    std::string error;
    EXPECT_FALSE(AofManifest::parse(text.substr(0, size), error)) << size;
  }
}

TEST(AofManifest, what_is_not_in_order_is_named) {
  const auto error_of = [](std::string_view text) -> std::string {
    std::string error;
    return AofManifest::parse(text, error) ? "no error" : error;
  };
  EXPECT_TRUE(error_of("file a seq 1 type x\n").starts_with("line 1: not a line"));
  EXPECT_TRUE(error_of("file a seq 1 type i").starts_with("line 1: not a line"));
  EXPECT_TRUE(error_of("\n").starts_with("line 1: not a line"));
  EXPECT_TRUE(error_of("file a/b seq 1 type i\n").starts_with("line 1: not a line"));
  EXPECT_TRUE(error_of("file a seq 0 type i\n").starts_with("line 1: not a line"));
  const std::string base = "file a seq 1 type b\n";
  EXPECT_TRUE(error_of("file a seq 2 type i\nfile b seq 2 type i\n").starts_with("line 2: the n"));
  EXPECT_TRUE(error_of(base + "file b seq 2 type b\n").starts_with("line 2: a second"));
  EXPECT_TRUE(error_of(base + "file a seq 2 type i\n").starts_with("line 2: the same"));
}

}  // namespace
}  // namespace gyre::persist
