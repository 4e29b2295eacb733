// Tests of exec/keys.h: where the keys are, for every kind of specification that Redis has.
#include "exec/keys.h"

#include <sstream>
#include <string>
#include <vector>

#include <gtest/gtest.h>

namespace gyre::exec {
namespace {

using Begin = KeySpec::Begin;
using Find = KeySpec::Find;

// Positions as text: "1 3"; "!" in front if the arguments did not fit.
std::string keys_of(std::span<const KeySpec> specs, const std::string& line) {
  std::vector<std::string> words;
  std::istringstream in(line);
  for (std::string word; in >> word;) {
    words.push_back(word == "''" ? "" : word);
  }
  const std::vector<std::string_view> args(words.begin(), words.end());
  Command command;
  command.keys = specs;
  std::vector<KeyPosition> positions;
  std::string text = find_keys(command, args, positions) ? "" : "!";
  for (const KeyPosition& key : positions) {
    EXPECT_LT(key.position, args.size());
    text += (text.empty() || text == "!" ? "" : " ") + std::to_string(key.position);
  }
  return text;
}

constexpr KeySpec kPairs[] = {{.flags = "OW update", .last = -1, .step = 2}};
constexpr KeySpec kAllButLast[] = {{.flags = "RW", .last = -2}};
constexpr KeySpec kTwo[] = {{.flags = "RW access delete"}, {.flags = "OW update", .index = 2}};
constexpr KeySpec kSecond[] = {{.flags = "RO", .index = 2}};
constexpr KeySpec kScript[] = {
    {.flags = "RW", .index = 2, .find = Find::keynum, .keynum_index = 0, .first_key = 1}};
constexpr KeySpec kStoreMany[] = {
    {.flags = "OW update"},
    {.flags = "RO access", .index = 2, .find = Find::keynum, .keynum_index = 0, .first_key = 1}};
constexpr KeySpec kStreams[] = {{.flags = "RO access",
                                 .begin = Begin::keyword,
                                 .index = 1,
                                 .keyword = "STREAMS",
                                 .last = -1,
                                 .limit = 2}};
constexpr KeySpec kOptionalStore[] = {
    {.flags = "RO access"},
    {.flags = "OW update", .begin = Begin::keyword, .index = 6, .keyword = "STORE"}};
constexpr KeySpec kBackward[] = {
    {.flags = "RW", .begin = Begin::keyword, .index = -2, .keyword = "KEYS", .last = -1}};
constexpr KeySpec kUnknown[] = {{.flags = "RO", .begin = Begin::none}};

TEST(FindKeys, ranges) {
  EXPECT_EQ(keys_of(kReadKey, "GET k"), "1");
  EXPECT_EQ(keys_of(kReadKeys, "MGET a b c"), "1 2 3");
  EXPECT_EQ(keys_of(kReadKeys, "MGET a"), "1");
  EXPECT_EQ(keys_of(kPairs, "MSET a 1 b 2"), "1 3");
  EXPECT_EQ(keys_of(kPairs, "MSET a 1 b"), "1 3");
  EXPECT_EQ(keys_of(kAllButLast, "BLPOP a b 0"), "1 2");
  EXPECT_EQ(keys_of(kTwo, "RENAME a b"), "1 2");
  EXPECT_EQ(keys_of(kSecond, "OBJECT ENCODING k"), "2");
  EXPECT_EQ(keys_of({}, "PING"), "");
  EXPECT_EQ(keys_of(kUnknown, "X a b"), "");
}

TEST(FindKeys, too_few_arguments_name_no_keys_or_do_not_fit) {
  EXPECT_EQ(keys_of(kReadKey, "GET"), "");
  EXPECT_EQ(keys_of(kSecond, "OBJECT HELP"), "");
  EXPECT_EQ(keys_of(kAllButLast, "BLPOP a"), "!");
  EXPECT_EQ(keys_of(kTwo, "RENAME a"), "1");
}

TEST(FindKeys, counted_keys) {
  EXPECT_EQ(keys_of(kScript, "EVAL s 2 a b arg"), "3 4");
  EXPECT_EQ(keys_of(kScript, "EVAL s 0 arg"), "");
  EXPECT_EQ(keys_of(kScript, "EVAL s 0"), "");
  EXPECT_EQ(keys_of(kScript, "EVAL s 3 a b"), "!");
  EXPECT_EQ(keys_of(kScript, "EVAL s -1 a"), "!");
  EXPECT_EQ(keys_of(kScript, "EVAL s x a"), "!");
  EXPECT_EQ(keys_of(kScript, "EVAL s '' a"), "!");
  EXPECT_EQ(keys_of(kScript, "EVAL s 1"), "!");
  EXPECT_EQ(keys_of(kScript, "EVAL s 9223372036854775807 a"), "!");
  EXPECT_EQ(keys_of(kScript, "EVAL s"), "");
  EXPECT_EQ(keys_of(kStoreMany, "ZUNIONSTORE d 2 a b WEIGHTS 1 2"), "1 3 4");
  EXPECT_EQ(keys_of(kStoreMany, "ZUNIONSTORE d 0 a"), "1");
  EXPECT_EQ(keys_of(kStoreMany, "ZUNIONSTORE d 5 a b"), "!1");
}

TEST(FindKeys, keywords) {
  EXPECT_EQ(keys_of(kStreams, "XREAD COUNT 2 STREAMS a b 0 0"), "4 5");
  EXPECT_EQ(keys_of(kStreams, "XREAD streams a 0"), "2");
  EXPECT_EQ(keys_of(kStreams, "XREAD STREAMS a b c 0 0 0"), "2 3 4");
  EXPECT_EQ(keys_of(kStreams, "XREAD COUNT 2"), "");
  EXPECT_EQ(keys_of(kStreams, "XREAD STREAMS"), "");
  EXPECT_EQ(keys_of(kOptionalStore, "GEORADIUS k 1 2 3 km STORE d"), "1 7");
  EXPECT_EQ(keys_of(kOptionalStore, "GEORADIUS k 1 2 3 km COUNT 1 STORE d"), "1 9");
  EXPECT_EQ(keys_of(kOptionalStore, "GEORADIUS k 1 2 3 km"), "1");
  EXPECT_EQ(keys_of(kOptionalStore, "GEORADIUS k 1 2 3 km STORE"), "1");
  EXPECT_EQ(keys_of(kBackward, "MIGRATE h p '' 0 9 COPY KEYS a b c"), "8 9 10");
  EXPECT_EQ(keys_of(kBackward, "MIGRATE h p k 0 9"), "");
}

TEST(FindKeys, flags_come_with_each_key_and_positions_are_appended) {
  Command command;
  command.keys = kTwo;
  const std::string_view args[] = {"RENAME", "a", "b"};
  std::vector<KeyPosition> positions = {{.position = 99, .flags = "x"}};
  ASSERT_TRUE(find_keys(command, args, positions));
  ASSERT_EQ(positions.size(), 3u);
  EXPECT_EQ(positions[1].flags, "RW access delete");
  EXPECT_EQ(positions[2].flags, "OW update");
}

}  // namespace
}  // namespace gyre::exec
