// Tests of base/log.h: the form of a line, levels, rotation, threads.
#include "base/log.h"

#include <unistd.h>

#include <cstdio>
#include <cstdlib>
#include <fstream>
#include <regex>
#include <string>
#include <thread>
#include <vector>

#include <gtest/gtest.h>

namespace gyre::log {
namespace {

class Log : public testing::Test {
 protected:
  void SetUp() override {
    std::string name = "/tmp/gyre-log-XXXXXX";
    folder_ = mkdtemp(name.data());
    path_ = folder_ + "/log";
    ASSERT_TRUE(start({.level = Level::debug, .file = path_}));
  }
  void TearDown() override {
    set_role('M');
    ASSERT_TRUE(start({}));
    for (const std::string& path : {path_, path_ + ".1"}) {
      unlink(path.c_str());
    }
    rmdir(folder_.c_str());
  }

  static std::vector<std::string> lines(const std::string& path) {
    std::ifstream file(path);
    std::vector<std::string> result;
    for (std::string line; std::getline(file, line);) {
      result.push_back(line);
    }
    return result;
  }

  std::string folder_;
  std::string path_;
};

TEST_F(Log, a_line_has_the_form_of_redis) {
  notice("{} clients, {:.1f}%", 17, 2.5);
  const std::string expected =
      std::to_string(getpid()) +
      R"(:M \d\d (Jan|Feb|Mar|Apr|May|Jun|Jul|Aug|Sep|Oct|Nov|Dec) \d{4} \d\d:\d\d:\d\d\.\d{3} \* )"
      "17 clients, 2\\.5%";
  ASSERT_EQ(lines(path_).size(), 1u);
  EXPECT_TRUE(std::regex_match(lines(path_)[0], std::regex(expected))) << lines(path_)[0];
}

TEST_F(Log, levels_have_marks_and_can_change) {
  set_role('S');
  debug("d");
  verbose("v");
  notice("n");
  warning("w");
  set_level(Level::warning);
  notice("hidden");
  warning("{}", "shown");
  set_level(Level::nothing);
  warning("hidden");
  std::string tails;
  for (const std::string& line : lines(path_)) {
    tails += line.substr(line.find(':') + 1, 1) + line.substr(line.find_last_of(".-*#")) + "|";
  }
  EXPECT_EQ(tails, "S. d|S- v|S* n|S# w|S# shown|");
  EXPECT_EQ(level(), Level::nothing);
}

TEST_F(Log, arguments_of_hidden_lines_are_not_formatted) {
  set_level(Level::warning);
  EXPECT_FALSE(is_on(Level::notice));
  EXPECT_TRUE(is_on(Level::warning));
}

TEST_F(Log, braces_in_arguments_are_text) {
  notice("{}", "{} %v %n");
  ASSERT_EQ(lines(path_).size(), 1u);
  EXPECT_TRUE(lines(path_)[0].ends_with("* {} %v %n"));
}

TEST_F(Log, reopen_follows_a_moved_file) {
  notice("old");
  ASSERT_EQ(rename(path_.c_str(), (path_ + ".1").c_str()), 0);
  reopen();
  notice("new");
  ASSERT_EQ(lines(path_).size(), 1u);
  EXPECT_TRUE(lines(path_)[0].ends_with("* new"));
  ASSERT_EQ(lines(path_ + ".1").size(), 1u);
}

TEST_F(Log, a_moved_file_is_noticed_within_a_second) {
  notice("old");
  ASSERT_EQ(rename(path_.c_str(), (path_ + ".1").c_str()), 0);
  usleep(1'050'000);
  notice("new");
  ASSERT_EQ(lines(path_).size(), 1u);
  EXPECT_TRUE(lines(path_)[0].ends_with("* new"));
}

TEST_F(Log, a_file_that_cannot_be_opened_changes_nothing) {
  const auto outcome = start({.level = Level::debug, .file = "/does/not/exist/log"});
  ASSERT_FALSE(outcome);
  EXPECT_EQ(outcome.error(),
            "Can't open the log file /does/not/exist/log: No such file or directory");
  notice("still here");
  EXPECT_EQ(lines(path_).size(), 1u);
}

TEST_F(Log, threads_write_whole_lines) {
  const std::string text(500, 'x');
  std::vector<std::thread> threads;
  for (int t = 0; t < 4; ++t) {
    threads.emplace_back([&text] {
      for (int i = 0; i < 500; ++i) {
        notice("{}", text);
      }
    });
  }
  for (std::thread& thread : threads) {
    thread.join();
  }
  const auto all = lines(path_);
  EXPECT_EQ(all.size(), 2000u);
  for (const std::string& line : all) {
    ASSERT_TRUE(line.ends_with("* " + text)) << line;
  }
}

}  // namespace
}  // namespace gyre::log
