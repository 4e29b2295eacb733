// Tests of base/glob.h: the elements of a pattern, the oddities of Redis, and the bound on work.
#include "base/glob.h"

#include <string>

#include <gtest/gtest.h>

namespace gyre::base {
namespace {

TEST(Glob, literal_text_matches_itself_only) {
  EXPECT_TRUE(glob_match("hello", "hello"));
  EXPECT_FALSE(glob_match("hello", "hell"));
  EXPECT_FALSE(glob_match("hello", "helloo"));
  EXPECT_FALSE(glob_match("hello", "Hello"));
  EXPECT_TRUE(glob_match("a]b-c^", "a]b-c^"));
  const std::string binary("a\0b", 3);
  EXPECT_TRUE(glob_match(binary, binary));
  EXPECT_FALSE(glob_match(binary, "a"));
}

TEST(Glob, question_mark_takes_one_byte) {
  EXPECT_TRUE(glob_match("h?llo", "hello"));
  EXPECT_TRUE(glob_match("???", "abc"));
  EXPECT_FALSE(glob_match("???", "ab"));
  EXPECT_FALSE(glob_match("?", ""));
}

TEST(Glob, star_takes_any_bytes) {
  EXPECT_TRUE(glob_match("*", "anything"));
  EXPECT_TRUE(glob_match("h*o", "ho"));
  EXPECT_TRUE(glob_match("h*llo", "heeeello"));
  EXPECT_TRUE(glob_match("*a*b*", "xxaxxbxx"));
  EXPECT_FALSE(glob_match("*a*b*", "xxbxxaxx"));
  EXPECT_TRUE(glob_match("*ab", "aaab"));
  EXPECT_TRUE(glob_match("*abac", "ababac"));
  EXPECT_TRUE(glob_match("a**", "a"));
  EXPECT_TRUE(glob_match("***a", "a"));
  EXPECT_FALSE(glob_match("*?", ""));
}

TEST(Glob, the_empty_text_matches_only_the_empty_pattern) {
  EXPECT_TRUE(glob_match("", ""));
  EXPECT_FALSE(glob_match("", "a"));
  EXPECT_FALSE(glob_match("*", ""));
  EXPECT_FALSE(glob_match("[^a]", ""));
}

TEST(Glob, class_lists_bytes_and_ranges) {
  EXPECT_TRUE(glob_match("h[ae]llo", "hallo"));
  EXPECT_FALSE(glob_match("h[ae]llo", "hillo"));
  EXPECT_TRUE(glob_match("[a-c]x", "bx"));
  EXPECT_FALSE(glob_match("[a-c]x", "dx"));
  EXPECT_TRUE(glob_match("[c-a]", "b"));
  EXPECT_TRUE(glob_match("[a-cx-z]", "y"));
  EXPECT_TRUE(glob_match("[-a]", "-"));
  EXPECT_TRUE(glob_match("[a\\]b]", "]"));
  EXPECT_TRUE(glob_match("[\\a-c]", "-"));
  EXPECT_FALSE(glob_match("[\\a-c]", "b"));
  EXPECT_FALSE(glob_match("[]", "a"));
  EXPECT_FALSE(glob_match("[]a]", "a"));
}

TEST(Glob, negated_class_takes_any_other_byte) {
  EXPECT_TRUE(glob_match("[^a]", "b"));
  EXPECT_FALSE(glob_match("[^a]", "a"));
  EXPECT_FALSE(glob_match("h[^a-c]llo", "hbllo"));
  EXPECT_TRUE(glob_match("[^]", "a"));
  EXPECT_TRUE(glob_match("[a^]", "^"));
  EXPECT_FALSE(glob_match("[!a]", "b"));
}

TEST(Glob, class_without_end_ends_with_the_pattern) {
  EXPECT_TRUE(glob_match("[abc", "b"));
  EXPECT_FALSE(glob_match("[abc", "d"));
  EXPECT_FALSE(glob_match("[", "["));
  EXPECT_TRUE(glob_match("[^", "x"));
  EXPECT_TRUE(glob_match("x[a-", "x-"));
  EXPECT_TRUE(glob_match("[a\\", "\\"));
  // The ']' is the upper bound of a range here.
  EXPECT_TRUE(glob_match("[a-]", "_"));
  EXPECT_FALSE(glob_match("[a-]", "-"));
}

TEST(Glob, escape_takes_the_next_byte_literally) {
  EXPECT_TRUE(glob_match("a\\*b", "a*b"));
  EXPECT_FALSE(glob_match("a\\*b", "axb"));
  EXPECT_TRUE(glob_match("\\[a]", "[a]"));
  EXPECT_TRUE(glob_match("\\?", "?"));
  EXPECT_TRUE(glob_match("\\a", "a"));
  EXPECT_TRUE(glob_match("a\\", "a\\"));
  EXPECT_TRUE(glob_match("\\\\", "\\"));
}

TEST(Glob, case_is_ignored_on_request) {
  EXPECT_TRUE(glob_match("MAX*", "maxmemory", true));
  EXPECT_FALSE(glob_match("MAX*", "maxmemory"));
  EXPECT_TRUE(glob_match("[A-C]", "b", true));
  EXPECT_TRUE(glob_match("[xyz]", "Y", true));
  EXPECT_TRUE(glob_match("\\A", "a", true));
  EXPECT_FALSE(glob_match("[\\A]", "a", true));
  EXPECT_FALSE(glob_match("\xc4", "\xe4", true));
}

TEST(Glob, ranges_order_bytes_as_signed) {
  EXPECT_TRUE(glob_match("[\x80-\xff]", "\xc4"));
  EXPECT_TRUE(glob_match("[\xff-a]", "0"));
  EXPECT_FALSE(glob_match("[a-\xff]", "b"));
}

TEST(Glob, many_stars_do_not_explode) {
  std::string pattern;
  for (int i = 0; i < 200; ++i) {
    pattern += "a*";
  }
  EXPECT_FALSE(glob_match(pattern + "b", std::string(20'000, 'a')));
  EXPECT_TRUE(glob_match(pattern + "b", std::string(20'000, 'a') + "b"));
}

}  // namespace
}  // namespace gyre::base
