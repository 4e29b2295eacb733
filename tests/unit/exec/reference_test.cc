// Tests of exec/reference.h: the page of all commands.
#include "exec/reference.h"

#include <string>

#include <gtest/gtest.h>

namespace gyre::exec {
namespace {

Status nothing(Request&, store::Shard&, resp::Reply&) { return {}; }

constexpr Change kHistory[] = {{"6.2.0", "The `!GET` argument."}};
constexpr Command kRows[] = {
    {.name = "PUT",
     .since = "1.0.0",
     .group = Group::string,
     .complexity = "O(1)",
     .summary = "Puts.",
     .syntax = "key value:double [GET|NX|EX seconds:integer]",
     .history = kHistory,
     .shape = here(nothing),
     .deprecated_since = "7.0.0",
     .replaced_by = "`SET` with `!GET`"},
    {.name = "BOX", .since = "2.0.0", .group = Group::server, .summary = "Holds."},
    {.name = "SHUT",
     .parent = "BOX",
     .since = "2.1.0",
     .group = Group::server,
     .summary = "Shuts.",
     .shape = here(nothing)},
};

TEST(Reference, entries_stand_under_their_group_and_containers_only_name_theirs) {
  const Rows files[] = {kRows};
  const std::string page = reference(CommandTable(files));
  const size_t strings = page.find(
      "\n## string\n\n- `PUT key value [GET|NX|EX seconds]`: Puts. Since 1.0.0; "
      "O(1). 6.2.0: The `GET` argument. Deprecated since 7.0.0: use "
      "`SET` with `GET`.\n");
  const size_t server = page.find("\n## server\n\n- `BOX SHUT`: Shuts. Since 2.1.0.\n");
  EXPECT_NE(strings, std::string::npos) << page;
  EXPECT_NE(server, std::string::npos) << page;
  EXPECT_LT(strings, server);
  EXPECT_EQ(page.find("`BOX`"), std::string::npos);
  EXPECT_EQ(page.find("## list"), std::string::npos);
}

}  // namespace
}  // namespace gyre::exec
