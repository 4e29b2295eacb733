// Tests of exec/slow_log.h: what is kept of slow commands.
#include "exec/slow_log.h"

#include <gtest/gtest.h>

#include <cstring>
#include <string>
#include <vector>

#include "exec/session.h"

namespace gyre::exec {
namespace {

struct Caller final : Session {};

// A request that owns its words.
struct Words {
  explicit Words(const char* name, std::vector<std::string> all) : texts(std::move(all)) {
    command.full_name = name;
    for (const std::string& text : texts) {
      views.emplace_back(text);
    }
    request.command = &command;
    request.argv = views.data();
    request.argc = static_cast<uint32_t>(views.size());
  }
  std::vector<std::string> texts;
  std::vector<std::string_view> views;
  Command command;
  Request request;
};

using Args = std::vector<std::string>;

Args kept(const char* name, std::vector<std::string> words) {
  SlowLog log(0, 1);
  log.configure(0, 10);
  Words owned(name, std::move(words));
  log.add(owned.request, 1000, 0);
  return log.entries().front().args;
}

TEST(SlowLog, the_limit_decides_what_is_slow) {
  SlowLog log(0, 1);
  EXPECT_FALSE(log.is_slow(UINT64_MAX - 1)) << "before it is configured";
  log.configure(10, 5);
  EXPECT_FALSE(log.is_slow(9999));
  EXPECT_TRUE(log.is_slow(10000));
  log.configure(0, 5);
  EXPECT_TRUE(log.is_slow(0));
  log.configure(-1, 5);
  EXPECT_FALSE(log.is_slow(1'000'000'000'000));
  log.configure(INT64_MAX, 5);
  EXPECT_FALSE(log.is_slow(1'000'000'000'000));
}

TEST(SlowLog, the_oldest_entries_go_and_ids_stay_unique_over_cores) {
  SlowLog log(1, 4);
  log.configure(0, 3);
  Words words("get", {"GET", "k"});
  for (int i = 0; i < 5; ++i) {
    log.add(words.request, 5000, 7000);
  }
  ASSERT_EQ(log.entries().size(), 3U);
  EXPECT_EQ(log.entries()[0].id, 17U);
  EXPECT_EQ(log.entries()[2].id, 9U);
  EXPECT_EQ(log.entries()[0].usec, 5);
  EXPECT_EQ(log.entries()[0].unix_s, 7);
  log.configure(0, 1);
  EXPECT_EQ(log.entries().size(), 1U);
  log.configure(0, 0);
  log.add(words.request, 5000, 7000);
  EXPECT_TRUE(log.entries().empty());
}

TEST(SlowLog, it_names_the_client) {
  SlowLog log(0, 1);
  log.configure(0, 1);
  Words words("get", {"GET", "k"});
  Caller caller;
  caller.name = "me";
  caller.peer = "127.0.0.1:5";
  words.request.session = &caller;
  log.add(words.request, 1, 0);
  EXPECT_EQ(log.entries()[0].name, "me");
  EXPECT_EQ(log.entries()[0].peer, "127.0.0.1:5");
}

TEST(SlowLog, long_arguments_and_long_lists_are_cut) {
  EXPECT_EQ(kept("get", {"GET", std::string(128, 'a')})[1], std::string(128, 'a'));
  EXPECT_EQ(kept("get", {"GET", std::string(130, 'a')})[1],
            std::string(128, 'a') + "... (2 more bytes)");
  EXPECT_EQ(kept("del", Args(32, "x")).size(), 32U);
  EXPECT_EQ(kept("del", Args(32, "x")).back(), "x");
  EXPECT_EQ(kept("del", Args(33, "x")).size(), 32U);
  EXPECT_EQ(kept("del", Args(33, "x")).back(), "... (2 more arguments)");
}

TEST(SlowLog, a_value_that_the_handler_took_is_shown_as_it_was) {
  resp::Arguments arguments;
  arguments.views = {"PING", "MSET", "k", "", "j", ""};  // of two commands
  for (const size_t view : {3, 5}) {
    base::Blob* blob = base::Blob::make(std::string(70'000, view == 3 ? 'a' : 'b'));
    arguments.blobs.emplace_back(blob, view);
    arguments.views[view] = blob->view();
  }
  Words words("mset", {});
  words.request.argv = arguments.views.data() + 1;
  words.request.argc = 5;
  words.request.source = &arguments;
  base::Blob* blob = words.request.take_blob(2);
  ASSERT_NE(blob, nullptr);
  EXPECT_EQ(blob->data(), arguments.views[3].data());
  EXPECT_EQ(words.request.take_blob(2), nullptr) << "twice";
  EXPECT_EQ(words.request.take_blob(1), nullptr) << "not in a blob";
  std::memset(blob->data(), 'x', blob->size);  // as its new owner may
  blob->unref();
  SlowLog log(0, 1);
  log.configure(0, 10);
  log.add(words.request, 1000, 0);
  const std::string more = "... (69872 more bytes)";
  EXPECT_EQ(log.entries().front().args,
            (Args{"MSET", "k", std::string(128, 'a') + more, "j", std::string(128, 'b') + more}));
}

TEST(SlowLog, passwords_are_taken_out) {
  EXPECT_EQ(kept("auth", {"AUTH", "user", "pass"}), (Args{"AUTH", "(redacted)", "(redacted)"}));
  EXPECT_EQ(kept("hello", {"HELLO", "3", "auth", "user", "pass", "SETNAME", "me"}),
            (Args{"HELLO", "3", "auth", "(redacted)", "(redacted)", "SETNAME", "me"}));
  EXPECT_EQ(
      kept("config|set", {"CONFIG", "SET", "port", "1", "RequirePass", "p", "masterauth", "q"}),
      (Args{"CONFIG", "SET", "port", "1", "RequirePass", "(redacted)", "masterauth",
            "(redacted)"}));
}

TEST(SlowLog, commands_that_skip_it_are_skipped) {
  SlowLog log(0, 1);
  log.configure(0, 1);
  Words words("exec", {"EXEC"});
  words.command.flags = kSkipSlowlog;
  log.add(words.request, 1, 0);
  EXPECT_TRUE(log.entries().empty());
}

}  // namespace
}  // namespace gyre::exec
