// Tests of persist/rdb_group.h and persist/rdb_sums.h: keys come into a shard, bytes are summed.
#include "persist/rdb_group.h"

#include <string>

#include <gtest/gtest.h>

#include "base/crc.h"
#include "persist/rdb_sums.h"

namespace gyre::persist {
namespace {

using namespace std::literals;

constexpr uint16_t kFileVersion = 11;

class RdbGroupTest : public testing::Test {
 protected:
  static RdbRecord record(std::string_view body, uint32_t database = 0) {
    return {.database = database, .type = 0, .body = body};
  }
  store::Entry* find(std::string_view key, uint16_t database = 0) {
    return shard_.db(database).peek({key, store::key_hash(key)});
  }
  void build() { group_.build(shard_, kFileVersion); }

  store::ShardOptions options_;
  store::Shard shard_{0, options_, 1};
  RdbGroup group_;
};

TEST_F(RdbGroupTest, puts_keys_into_their_databases) {
  group_.add(record("\x01k\x05value"sv));
  group_.add(record("\x01k\x05other"sv, 3));
  EXPECT_EQ(group_.size(), 2);
  build();
  EXPECT_EQ(group_.problem(), "");
  ASSERT_NE(find("k"), nullptr);
  EXPECT_EQ(find("k")->inlined(), "value");
  ASSERT_NE(find("k", 3), nullptr);
  EXPECT_EQ(find("k", 3)->inlined(), "other");
  EXPECT_EQ(shard_.stats().dirty, 0);
  group_.clear();
  EXPECT_TRUE(group_.empty());
}

TEST_F(RdbGroupTest, many_keys_in_a_row) {
  std::vector<std::string> bodies;
  for (int i = 0; i < 1000; ++i) {
    const std::string key = "key:" + std::to_string(i);
    bodies.push_back(static_cast<char>(key.size()) + key + "\x02" + "ab");
  }
  for (const std::string& body : bodies) {
    group_.add(record(body));
  }
  build();
  EXPECT_EQ(shard_.db(0).size(), 1000);
  EXPECT_NE(find("key:0"), nullptr);
  EXPECT_NE(find("key:999"), nullptr);
}

TEST_F(RdbGroupTest, takes_uses_and_expiries_over) {
  RdbRecord idle = record("\x04idle\x01v"sv);
  idle.idle_seconds = 5000;
  idle.expire_at_ms = 4'000'000'000'000;
  group_.add(idle);
  build();
  ASSERT_NE(find("idle"), nullptr);
  EXPECT_EQ(shard_.idle_seconds(*find("idle")), 5000);
  EXPECT_EQ(find("idle")->expire_at_ms(), 4'000'000'000'000);
  group_.clear();
  shard_.options().is_lfu = true;
  RdbRecord used = record("\x04used\x01v"sv);
  used.frequency = 77;
  group_.add(used);
  build();
  ASSERT_NE(find("used"), nullptr);
  EXPECT_EQ(shard_.frequency(*find("used")), 77);
}

TEST_F(RdbGroupTest, a_key_that_holds_nothing_is_passed_over) {
  RdbRecord none = record("\x04none\x00"sv);
  none.type = static_cast<uint8_t>(RdbType::list);
  group_.add(none);
  group_.add(record("\x01k\x01v"sv));
  build();
  EXPECT_EQ(group_.problem(), "");
  EXPECT_EQ(group_.empty_keys(), 1);
  EXPECT_EQ(find("none"), nullptr);
  EXPECT_NE(find("k"), nullptr);
}

TEST_F(RdbGroupTest, says_what_is_not_in_order) {
  constexpr std::string_view kBroken = "\x01k\x05vals"sv;
  group_.add(record("\x01j\x01v"sv));
  group_.add(record(kBroken));
  build();
  EXPECT_EQ(group_.problem(), "the value, which is of type 0, is not in order");
  EXPECT_EQ(group_.problem_at(), kBroken.data());
}

TEST_F(RdbGroupTest, a_key_is_there_once) {
  constexpr std::string_view kSecond = "\x01k\x01w"sv;
  group_.add(record("\x01k\x01v"sv, 2));
  group_.add(record(kSecond, 2));
  for (int i = 0; i < 20; ++i) {
    group_.add(record("\x05other\x01w"sv));
  }
  build();
  EXPECT_EQ(group_.problem(), "the key \"k\" of database 2 is there a second time");
  EXPECT_EQ(group_.problem_at(), kSecond.data());
}

TEST(RdbSums, of_a_whole_file) {
  constexpr std::string_view kBytes = "what a file consists of";
  for (size_t cut = 0; cut <= kBytes.size(); ++cut) {
    RdbSums sums({}, true);
    EXPECT_TRUE(sums.is_needed());
    sums.add(kBytes.substr(0, cut));
    sums.add(kBytes.substr(cut));
    EXPECT_EQ(sums.crc64(), base::crc64(0, kBytes));
  }
  RdbSums none({}, false);
  EXPECT_FALSE(none.is_needed());
  EXPECT_FALSE(none.crc64());
}

TEST(RdbSums, of_chunks) {
  constexpr std::string_view kBytes = "header and chunks of it all, and what is behind";
  const auto chunk = [&](size_t offset, size_t size) {
    RdbChunk made{.offset = offset};
    made.add(kBytes.substr(offset, size), false);
    return made;
  };
  const std::vector<RdbChunk> chunks{chunk(0, 10), chunk(10, 0), chunk(10, 15), chunk(25, 7)};
  EXPECT_TRUE(RdbSums(chunks, false).is_needed());
  for (size_t step = 1; step < kBytes.size(); ++step) {
    for (size_t flipped = 0; flipped < kBytes.size(); ++flipped) {
      std::string bytes(kBytes);
      bytes[flipped] ^= 4;
      RdbSums good(chunks, true);
      RdbSums bad(chunks, true);
      for (size_t at = 0; at < bytes.size(); at += step) {
        good.add(kBytes.substr(at, step));
        bad.add(std::string_view(bytes).substr(at, step));
      }
      EXPECT_EQ(good.wrong_chunk(), nullptr);
      EXPECT_FALSE(good.crc64());
      if (flipped < 32) {
        ASSERT_NE(bad.wrong_chunk(), nullptr);
        EXPECT_EQ(bad.wrong_chunk(), bad.chunk_of(flipped));
      } else {
        EXPECT_EQ(bad.wrong_chunk(), nullptr);
      }
    }
  }
}

}  // namespace
}  // namespace gyre::persist
