// Tests of persist/aof_groups.h: what counts when parts of groups are missing.
#include "persist/aof_groups.h"

#include <initializer_list>
#include <string>
#include <vector>

#include <gtest/gtest.h>

#include "commands/rows.h"

namespace gyre::persist {
namespace {

using Args = std::initializer_list<std::string_view>;

std::string command(Args args) {
  std::string text = "*" + std::to_string(args.size()) + "\r\n";
  for (const std::string_view arg : args) {
    text += "$" + std::to_string(arg.size()) + "\r\n" + std::string(arg) + "\r\n";
  }
  return text;
}

struct Shown {
  uint64_t generation;
  uint64_t group;
  uint32_t parts;
  std::string records;
};

// What is kept of batches that are shown in this order, with bars between them.
std::string kept(const std::vector<Shown>& batches) {
  static const exec::CommandTable table(commands::all_rows());
  AofGroups groups(table);
  const auto line_of = [](const Shown& shown) {
    return journal::BatchLine{.transaction = shown.group, .parts = shown.parts};
  };
  const auto show = [&](auto&& visit) {
    for (const Shown& shown : batches) {
      groups.begin_file(shown.generation);
      visit(line_of(shown), shown.records);
    }
  };
  show([&](const auto& line, const auto&) { groups.note(line); });
  for (bool has_more = groups.find_broken(); has_more; has_more = groups.has_grown()) {
    groups.begin_look();
    show([&](const auto& line, const auto& records) { groups.look(line, records); });
  }
  groups.begin_look();
  std::string text;
  show([&](const auto& line, const auto& records) {
    text += std::string(groups.keep(line, records)) + "|";
  });
  return text;
}

const std::string kSetA = command({"SET", "a", "1"});
const std::string kSetB = command({"SET", "b", "1"});
const std::string kSetC = command({"SET", "c", "1"});
const std::string kFlush = command({"FLUSHALL"});
const std::string kNothing = command({"SWAPDB", "0", "0"});

TEST(AofGroups, whole_groups_count) {
  EXPECT_EQ(kept({{1, 7, 2, kSetA}, {1, 7, 2, kSetB}, {1, 0, 0, kSetC}}),
            kSetA + "|" + kSetB + "|" + kSetC + "|");
}

TEST(AofGroups, a_part_alone_takes_its_keys_with_it) {
  EXPECT_EQ(kept({{1, 7, 2, kSetA}, {1, 0, 0, kSetA + kSetB}, {1, 0, 0, kSetC}}),
            "|" + kSetB + "|" + kSetC + "|");
}

TEST(AofGroups, a_group_that_rests_on_another_goes_with_it) {
  EXPECT_EQ(kept({{1, 7, 2, kSetA}, {1, 8, 2, kSetA}, {1, 8, 2, kSetB}, {1, 0, 0, kSetB + kSetC}}),
            "|||" + kSetC + "|");
}

TEST(AofGroups, what_came_after_half_a_flush_does_not_count) {
  EXPECT_EQ(kept({{1, 0, 0, kSetA}, {2, 7, 2, kFlush}, {2, 0, 0, kSetB}, {2, 0, 0, kSetC}}),
            kSetA + "||||");
}

TEST(AofGroups, nor_if_the_part_with_the_flush_is_lost) {
  EXPECT_EQ(kept({{1, 0, 0, kSetA}, {2, 7, 2, kNothing}, {2, 8, 1, kSetB}, {3, 0, 0, kSetC}}),
            kSetA + "||||");
}

TEST(AofGroups, a_whole_flush_counts) {
  EXPECT_EQ(kept({{1, 0, 0, kSetA}, {2, 7, 2, kFlush}, {2, 7, 2, kNothing}, {2, 0, 0, kSetB}}),
            kSetA + "|" + kFlush + "|" + kNothing + "|" + kSetB + "|");
}

TEST(AofGroups, the_next_run_knew_what_was_lost) {
  EXPECT_EQ(kept({{1, 7, 2, kFlush + kSetA}, {2, 0, 1, ""}, {2, 0, 0, kSetA}}), "||" + kSetA + "|");
}

}  // namespace
}  // namespace gyre::persist
