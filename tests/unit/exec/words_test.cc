// Tests of exec/words.h: flags, categories and key ranges as COMMAND INFO tells them.
#include "exec/words.h"

#include <gtest/gtest.h>

namespace gyre::exec {
namespace {

std::string categories(const Command& command) {
  std::string text;
  for (const std::string_view word : category_words()) {
    if ((categories_of(command) & category_bit(word)) != 0) {
      text += (text.empty() ? "" : " ") + std::string(word);
    }
  }
  return text;
}

TEST(Words, categories_follow_from_group_and_flags) {
  EXPECT_EQ(
      categories({.group = Group::string, .flags = kReadonly | kFast, .shape = here(nullptr)}),
      "read string fast");
  EXPECT_EQ(categories({.group = Group::generic, .flags = kWrite, .shape = here(nullptr)}),
            "keyspace write slow");
  EXPECT_EQ(categories({.group = Group::server, .flags = kAdmin, .shape = here(nullptr)}),
            "admin slow dangerous");
  EXPECT_EQ(categories({.group = Group::sorted_set,
                        .flags = kWrite | kBlocking | kFast,
                        .shape = here(nullptr)}),
            "write sortedset fast blocking");
  EXPECT_EQ(categories({.group = Group::scripting, .flags = kReadonly, .shape = here(nullptr)}),
            "slow scripting");
}

TEST(Words, a_row_adds_and_takes_away_categories) {
  EXPECT_EQ(categories({.group = Group::generic,
                        .flags = kBlocking,
                        .categories = "-keyspace connection",
                        .shape = here(nullptr)}),
            "slow blocking connection");
}

TEST(Words, a_container_has_no_category_of_its_group) {
  const Command sub{.name = "ID", .group = Group::connection};
  EXPECT_EQ(categories({.group = Group::connection, .subcommands = {&sub, 1}}), "slow");
}

TEST(Words, unknown_categories_are_none) {
  EXPECT_EQ(category_bit("nosuch"), 0U);
  EXPECT_EQ(category_bit(""), 0U);
  EXPECT_NE(category_bit("STRING"), 0U);
}

void expect_range(std::span<const KeySpec> keys, int first, int last, int step) {
  const KeyRange range = key_range_of({.keys = keys});
  EXPECT_EQ(range.first, first);
  EXPECT_EQ(range.last, last);
  EXPECT_EQ(range.step, step);
}

TEST(Words, key_ranges_join_specifications_that_follow_each_other) {
  constexpr KeySpec kOne[] = {{.index = 1}};
  constexpr KeySpec kAll[] = {{.index = 1, .last = -1}};
  constexpr KeySpec kEveryOther[] = {{.index = 1, .last = -1, .step = 2}};
  constexpr KeySpec kTwo[] = {{.index = 1}, {.index = 2}};
  constexpr KeySpec kApart[] = {{.index = 1}, {.index = 3}};
  constexpr KeySpec kOpen[] = {{.index = 1}, {.index = 2, .last = -1}, {.index = 9}};
  constexpr KeySpec kNumbered[] = {
      {.index = 2, .find = KeySpec::Find::keynum, .keynum_index = 0, .first_key = 1}};
  constexpr KeySpec kKeyword[] = {{.begin = KeySpec::Begin::keyword, .keyword = "KEYS"}};
  expect_range({}, 0, 0, 0);
  expect_range(kOne, 1, 1, 1);
  expect_range(kAll, 1, -1, 1);
  expect_range(kEveryOther, 1, -1, 2);
  expect_range(kTwo, 1, 2, 1);
  expect_range(kApart, 1, 1, 1);
  expect_range(kOpen, 1, -1, 1);
  expect_range(kNumbered, 0, 0, 0);
  expect_range(kKeyword, 0, 0, 0);
}

}  // namespace
}  // namespace gyre::exec
