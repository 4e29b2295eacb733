// Tests of base/text.h: ASCII case, quoting, and the splitting of lines as Redis does it.
#include "base/text.h"

#include <gtest/gtest.h>

namespace gyre::base {
namespace {

using Arguments = std::vector<std::string>;

TEST(Text, only_ascii_letters_change_case) {
  for (int code = 0; code < 256; ++code) {
    const char c = static_cast<char>(code);
    const bool is_upper = code >= 'A' && code <= 'Z';
    const bool is_lower = code >= 'a' && code <= 'z';
    EXPECT_EQ(to_lower(c), is_upper ? static_cast<char>(code + 32) : c);
    EXPECT_EQ(to_upper(c), is_lower ? static_cast<char>(code - 32) : c);
  }
  EXPECT_EQ(to_lower("MiXed-9"), "mixed-9");
  EXPECT_EQ(to_upper("MiXed-9"), "MIXED-9");
}

TEST(Text, equality_ignores_the_case_of_letters_only) {
  EXPECT_TRUE(equals_ignore_case("", ""));
  EXPECT_TRUE(equals_ignore_case("GET", "get"));
  EXPECT_FALSE(equals_ignore_case("GET", "gets"));
  EXPECT_TRUE(equals_ignore_case("maxMemory-Policy", "MAXmemory-POLICY"));
  EXPECT_FALSE(equals_ignore_case("maxmemory-policy", "maxmemory_policy"));
}

TEST(Text, equality_compares_every_pair_of_bytes_at_every_place) {
  for (const size_t size : {1, 7, 8, 9, 16, 19}) {
    for (const size_t place : {size_t{0}, size / 2, size - 1}) {
      std::string left(size, 'x');
      std::string right(size, 'X');
      for (int a = 0; a < 256; ++a) {
        for (int b = 0; b < 256; ++b) {
          left[place] = static_cast<char>(a);
          right[place] = static_cast<char>(b);
          const bool same = to_lower(left[place]) == to_lower(right[place]);
          ASSERT_EQ(equals_ignore_case(left, right), same) << size << ' ' << a << ' ' << b;
        }
      }
    }
  }
}

TEST(Text, quoting_escapes_what_does_not_print) {
  EXPECT_EQ(escape_quoted(""), "\"\"");
  EXPECT_EQ(escape_quoted("plain ~"), "\"plain ~\"");
  EXPECT_EQ(escape_quoted("a\\\"'b"), "\"a\\\\\\\"'b\"");
  EXPECT_EQ(escape_quoted("\n\r\t\a\b"), "\"\\n\\r\\t\\a\\b\"");
  EXPECT_EQ(escape_quoted(std::string_view("\0\x1f\x7f\xff", 4)), "\"\\x00\\x1f\\x7f\\xff\"");
}

TEST(Text, hex_shows_two_digits_a_byte) {
  const uint8_t bytes[] = {0x00, 0x0f, 0xa0, 0xff};
  EXPECT_EQ(to_hex(bytes), "000fa0ff");
}

TEST(Text, every_byte_survives_quoting_and_splitting) {
  std::string all;
  for (int code = 0; code < 256; ++code) {
    all.push_back(static_cast<char>(code));
  }
  EXPECT_EQ(split_args(escape_quoted(all)), Arguments{all});
}

TEST(Text, blanks_separate_arguments) {
  EXPECT_EQ(split_args(""), Arguments{});
  EXPECT_EQ(split_args(" \t\r\n\v\f"), Arguments{});
  EXPECT_EQ(split_args("  set\tkey \r\nvalue "), (Arguments{"set", "key", "value"}));
  // Vertical tabs and form feeds are skipped before an argument, but do not end one.
  EXPECT_EQ(split_args("\va\vb \fc"), (Arguments{"a\vb", "c"}));
  EXPECT_EQ(split_args("a\\nb"), Arguments{"a\\nb"});
}

TEST(Text, a_nul_byte_ends_the_line) {
  EXPECT_EQ(split_args(std::string_view("get\0 key", 8)), Arguments{"get"});
  EXPECT_EQ(split_args(std::string_view("\0get", 4)), Arguments{});
  EXPECT_EQ(split_args(std::string_view("\"a\0\"", 4)), std::nullopt);
}

TEST(Text, double_quotes_know_escapes) {
  EXPECT_EQ(split_args("\"\""), Arguments{""});
  EXPECT_EQ(split_args("\"a b\" c"), (Arguments{"a b", "c"}));
  EXPECT_EQ(split_args("\"\\x41\\xfF\\x00\""), Arguments{std::string("A\xff\0", 3)});
  EXPECT_EQ(split_args("\"\\xg1\\x4\""), Arguments{"xg1x4"});
  EXPECT_EQ(split_args("\"\\n\\r\\t\\b\\a\\q\\\"\\\\'\""), Arguments{"\n\r\t\b\aq\"\\'"});
}

TEST(Text, single_quotes_know_only_themselves) {
  EXPECT_EQ(split_args("''"), Arguments{""});
  EXPECT_EQ(split_args("'a \"b\\n'"), Arguments{"a \"b\\n"});
  EXPECT_EQ(split_args("'it\\'s'"), Arguments{"it's"});
}

TEST(Text, quotes_may_open_inside_an_argument_but_must_end_it) {
  EXPECT_EQ(split_args("foo\"bar\""), Arguments{"foobar"});
  EXPECT_EQ(split_args("foo'b r' x"), (Arguments{"foob r", "x"}));
  for (const char* line :
       {"\"foo\"bar", "'foo'bar", "\"foo\"'bar'", "\"foo\"\"bar\"", "\"foo", "'foo", "foo\"",
        "\"foo\\", "\"foo\\\"", "'foo\\'", "a b \"", "'", "\""}) {
    EXPECT_EQ(split_args(line), std::nullopt) << line;
  }
}

}  // namespace
}  // namespace gyre::base
