// Tests of persist/rdb_skimmer.h and of what persist/rdb_file_reader.h refuses.
#include "persist/rdb_skimmer.h"

#include <string>

#include <gtest/gtest.h>

#include "persist/rdb_file_reader.h"

namespace gyre::persist {
namespace {

using Step = RdbFileReader::Step;
using namespace std::literals;

constexpr std::string_view kHeader = "REDIS0012";

// What is said of a file that consists of this and of `more` bytes that are not there yet.
std::string problem_of(std::string_view bytes, uint64_t more = 0) {
  RdbFileReader reader(bytes.size() + more);
  Step step = Step::item;
  while (step == Step::item) {
    step = reader.next(bytes.substr(reader.offset()));
  }
  if (step == Step::more) {
    return "wants " + std::to_string(reader.wanted());
  }
  return step == Step::done ? ""
                            : std::to_string(reader.damage().offset) + ": " + reader.damage().text;
}

std::string after_header(std::string_view bytes) {
  return std::string(kHeader) + std::string(bytes);
}

TEST(RdbFileReader, knows_headers) {
  EXPECT_EQ(problem_of("REDIS0001\xff"sv), "");
  EXPECT_EQ(problem_of("REDIS0004\xff"sv), "");  // without a checksum
  EXPECT_EQ(problem_of("REDIS0012\xff        "sv), "");
  EXPECT_EQ(problem_of("VALKEY080\xff        "sv), "");
  constexpr std::string_view kNone =
      "9: this is no RDB file: it begins neither with REDIS nor with VALKEY and a version";
  for (const std::string_view bytes :
       {"SQLite format 3"sv, "REDIS001x"sv, "REDIS-012"sv, "REDIS0000"sv, "VALKEYabc"sv}) {
    EXPECT_EQ(problem_of(bytes), kNone);
  }
  EXPECT_EQ(problem_of("REDIS0014"), "9: the version 14 of RDB files is not known");
  EXPECT_EQ(problem_of("VALKEY081"), "9: the version 81 of RDB files is not known");
  EXPECT_EQ(problem_of("REDIS", 100), "wants 9");
  EXPECT_EQ(problem_of("REDIS"), "0: 9 bytes are to follow, but 5 are left");
}

TEST(RdbFileReader, refuses_what_cannot_be) {
  const std::pair<std::string_view, std::string_view> kCases[] = {
      {"\xf0"sv, "240 is the type of no value that is known"},
      {"\x1b\x01k"sv, "27 is the type of no value that is known"},
      {"\x06\x01k"sv, "6 is the type of no value that is known"},
      {"\xf3"sv, "243 is the mark of nothing that is known"},
      {"\xf6"sv, "functions of release candidates of Redis 7.0 cannot be read"},
      {"\xfe\x80\xff\xff\xff\xff"sv, "there cannot be a database 4294967295"},
      {"\xfe\xc0\x05"sv, "no length begins with 0xc0"},
      {"\xfe\x82"sv, "no length begins with 0x82"},
      {"\x00\xc4"sv, "no string begins with 0xc4"},
      {"\xfc\x01\x00\x00\x00\x00\x00\x00\x00\xfe\x00"sv,
       "an expiry or a use is told, but no key follows"},
      {"\x00\xc3\x01\x40\x64q\x00"sv, "a string cannot be decompressed"},
      // The longest ids of modules, and one of Redis's own.
      {"\x07\x01k\x81\xff\xff\xff\xff\xff\xff\xff\xff"sv,
       "a value of the module type '_________' cannot be read"},
      {"\x07\x01k\x81\xbd\xe7\x2d\xa2\xbb\x1e\xb4\x01"sv,
       "a value of the module type 'vectorset' cannot be read"},
      {"\xf7\x00\x01"sv, "a module's data does not begin as it should"},
      {"\xf7\x00\x02\x00\x06"sv, "a module's data has a part of unknown kind 6"},
  };
  for (const auto& [bytes, problem] : kCases) {
    const std::string text = problem_of(after_header(bytes), 1000);
    EXPECT_EQ(text.substr(text.find(' ') + 1), problem);
  }
}

// Of each type one value that says there are more elements than the file has bytes; and if that
// file is very large, no more than the next few bytes are wanted.
TEST(RdbFileReader, believes_no_length) {
  constexpr std::string_view kHuge = "\x81\x00\x00\x00\xff\xff\xff\xff\xff"sv;
  for (const int type :
       {0, 1, 2, 3, 4, 5, 9, 10, 11, 12, 13, 14, 15, 16, 17, 18, 19, 20, 21, 22, 23, 24, 25}) {
    std::string bytes = after_header("");
    bytes += static_cast<char>(type);
    bytes += "\x01k";
    if (type == 24 || type == 25) {
      bytes += std::string(8, '\0');
    }
    bytes += kHuge;
    const std::string known = problem_of(bytes, 100);
    EXPECT_NE(known.find(" are to follow, but "), std::string::npos) << type << known;
    const std::string unknown = problem_of(bytes, uint64_t{1} << 62);
    EXPECT_TRUE(unknown.starts_with("wants ")) << unknown;
  }
}

TEST(RdbFileReader, passes_over_what_concerns_others) {
  const std::string bytes = after_header(
      "\xf5\x03lib"
      "\xf4\x01\x02\x03"
      "\xf7\x81\xbd\xe7\x2d\xa2\xbb\x1e\xb4\x01\x02\x02\x01\x05\x02\x05\x03\x00\x00\x00\x00"
      "\x04\x00\x00\x00\x00\x00\x00\x00\x00\x05\x03"
      "abc\x00"
      "\xff        "sv);
  RdbFileReader reader(bytes.size());
  std::string seen;
  for (std::string_view window = bytes; reader.next(window) == Step::item;
       window.remove_prefix(reader.item().size)) {
    using Kind = RdbItem::Kind;
    const RdbItem& item = reader.item();
    seen += item.kind == Kind::function ? "function " + std::string(item.text) + " "
            : item.kind == Kind::module ? "module " + std::string(item.name) + " "
            : item.kind == Kind::slot   ? "slot "
                                        : "";
  }
  EXPECT_EQ(seen, "function lib slot module vectorset ");
  EXPECT_EQ(problem_of(bytes), "");
  // Valkey's imports of slots, whose mark nobody else knows.
  EXPECT_EQ(problem_of("VALKEY080\xf3\x03job\x02\x00\x05\x07\x07\xff        "sv), "");
}

TEST(RdbFileReader, knows_expiries_and_uses) {
  const std::string bytes = after_header(
      "\xfd\xff\xff\xff\x7f\xf8\x40\x64\x00\x01"
      "a\x01x"
      "\xfc\x05\x00\x00\x00\x00\x00\x00\x00\xf9\x07\x00\xc1\x39\x30\x01x"
      "\xfc\xfe\xff\xff\xff\xff\xff\xff\xff\x00\x01"
      "b\x01x"
      "\xfc\xff\xff\xff\xff\xff\xff\xff\xff\x00\x01"
      "c\x01x"
      "\x00\x01"
      "d\x01x"sv);
  RdbFileReader reader(UINT64_MAX);
  std::string seen;
  for (std::string_view window = bytes; reader.next(window) == Step::item;
       window.remove_prefix(reader.item().size)) {
    if (reader.item().kind == RdbItem::Kind::key) {
      const RdbRecord& key = reader.item().key;
      seen += std::string(key.key) + " " + std::to_string(key.expire_at_ms) + " " +
              std::to_string(key.idle_seconds) + " " + std::to_string(key.frequency) + "; ";
    }
  }
  EXPECT_EQ(seen, "a 2147483647000 100 -1; 12345 5 -1 7; b 0 -1 -1; c -1 -1 -1; d -1 -1 -1; ");
}

TEST(RdbFileReader, of_a_chunk_wants_a_database_first_and_no_end) {
  RdbFileReader keyless(12, {.offset = 100, .size = 4});
  EXPECT_EQ(keyless.next("\x00\x01k\x00"sv), Step::damage);
  EXPECT_EQ(keyless.damage().offset, 101u);
  RdbFileReader ended(12, {.offset = 100, .size = 9});
  EXPECT_EQ(ended.next("\xff        "sv), Step::damage);
  RdbFileReader empty(12, {.offset = 100, .size = 0});
  EXPECT_EQ(empty.next(""), Step::done);
  // What stands behind the chunk is not looked at.
  RdbFileReader cut(12, {.offset = 100, .size = 5});
  EXPECT_EQ(cut.next("\xfe\x00\x00\x01kabc"sv), Step::item);
  EXPECT_EQ(cut.next("\x00\x01kabc"sv), Step::damage);
}

}  // namespace
}  // namespace gyre::persist
