// Tests of exec/syntax.h: from a syntax line to a tree of arguments.
#include "exec/syntax.h"

#include <gtest/gtest.h>

#include <string>

namespace gyre::exec {
namespace {

std::string show(const std::vector<Argument>& arguments);

// "EX seconds:integer?*" with '?' for optional, '*' for multiple, '+' for a repeated token.
std::string show(const Argument& argument) {
  std::string text = argument.token.empty() ? "" : argument.token + " ";
  text += argument.name + ":" + std::string(type_name(argument.type));
  if (!argument.parts.empty()) {
    text += "(" + show(argument.parts) + ")";
  }
  text += argument.is_optional ? "?" : "";
  text += argument.is_multiple ? "*" : "";
  text += argument.repeats_token ? "+" : "";
  return text;
}

std::string show(const std::vector<Argument>& arguments) {
  std::string text;
  for (const Argument& argument : arguments) {
    text += (text.empty() ? "" : ", ") + show(argument);
  }
  return text;
}

std::string tree(std::string_view syntax) { return show(parse_syntax(syntax)); }

TEST(Syntax, words_get_their_types_from_their_names) {
  EXPECT_EQ(tree(""), "");
  EXPECT_EQ(tree("key value"), "key:key, value:string");
  EXPECT_EQ(tree("key start end"), "key:key, start:integer, end:integer");
  EXPECT_EQ(tree("key unix-time-milliseconds"), "key:key, unix-time-milliseconds:unix-time");
  EXPECT_EQ(tree("pattern"), "pattern:pattern");
  EXPECT_EQ(tree("key increment:double"), "key:key, increment:double");
}

TEST(Syntax, brackets_are_options_and_choices) {
  EXPECT_EQ(tree("[message]"), "message:string?");
  EXPECT_EQ(tree("[GET]"), "GET get:pure-token?");
  EXPECT_EQ(tree("<ON|OFF>"), "on-off:oneof(ON on:pure-token, OFF off:pure-token)");
  EXPECT_EQ(tree("key [NX|XX]"), "key:key, condition:oneof(NX nx:pure-token, XX xx:pure-token)?");
  EXPECT_EQ(tree("[EX seconds|KEEPTTL]"),
            "seconds-keepttl:oneof(EX seconds:integer, KEEPTTL keepttl:pure-token)?");
}

TEST(Syntax, a_token_goes_with_what_follows_it) {
  EXPECT_EQ(tree("[COUNT count]"), "COUNT count:integer?");
  EXPECT_EQ(tree("[LIMIT offset count]"), "LIMIT limit:block(offset:integer, count:integer)?");
  EXPECT_EQ(tree("[TYPE <NORMAL|PUBSUB>]"),
            "TYPE type:oneof(NORMAL normal:pure-token, PUBSUB pubsub:pure-token)?");
  EXPECT_EQ(tree("<host port|NO ONE>"),
            "host-no:oneof(host:block(host:string, port:integer), NO no:block(ONE "
            "one:pure-token))");
}

TEST(Syntax, dots_repeat_what_stands_before_them) {
  EXPECT_EQ(tree("key [key ...]"), "key:key*");
  EXPECT_EQ(tree("key value [key value ...]"), "data:block(key:key, value:string)*");
  EXPECT_EQ(tree("[ID client-id [client-id ...]]"), "ID client-id:integer?*");
  EXPECT_EQ(tree("[PREFIX prefix [PREFIX prefix ...]]"), "PREFIX prefix:string?*+");
  EXPECT_EQ(tree("[command-name [command-name ...]]"), "command-name:string?*");
}

TEST(Syntax, brackets_may_hold_brackets) {
  EXPECT_EQ(tree("[protover [AUTH username password] [SETNAME clientname]]"),
            "protover:block(protover:integer, AUTH auth:block(username:string, "
            "password:string)?, SETNAME clientname:string?)?");
}

TEST(Syntax, broken_lines_end_without_harm) {
  for (const char* syntax : {"[", "]", "<", "a]b", "[a|", "...", "[...]", "[[[", "|", "<a|b"}) {
    parse_syntax(syntax);
  }
}

Status nothing(Request&, store::Shard&, resp::Reply&) { return {}; }

TEST(Syntax, arguments_are_as_old_as_the_history_says) {
  constexpr Change kHistory[] = {{"6.0.0", "Added `KEEPTTL`."},
                                 {"6.2.0", "Added `GET`."},
                                 {"7.0.0", "`NX` and `XX`, and `GET` again; more of `key`."}};
  Command command{.name = "SET",
                  .syntax = "key value [NX|XX] [GET] [EX seconds|KEEPTTL]",
                  .history = kHistory,
                  .shape = here(nothing)};
  const std::vector<Argument> arguments = arguments_of(command);
  ASSERT_EQ(arguments.size(), 5U);
  EXPECT_EQ(arguments[0].since, "");
  EXPECT_EQ(arguments[2].since, "7.0.0") << "all alternatives are of one age";
  EXPECT_EQ(arguments[2].parts[0].since, "");
  EXPECT_EQ(arguments[3].since, "6.2.0") << "the first entry counts";
  EXPECT_EQ(arguments[4].since, "");
  EXPECT_EQ(arguments[4].parts[1].since, "6.0.0");
}

TEST(Syntax, keys_know_the_specification_that_finds_them) {
  constexpr KeySpec kPair[] = {{.flags = "RO", .index = 1, .last = 1}};
  constexpr KeySpec kTwo[] = {{.flags = "RO", .index = 1}, {.flags = "OW", .index = 2}};
  Command lcs{.name = "LCS", .syntax = "key1 key2 [LEN]", .keys = kPair, .shape = here(nothing)};
  Command copy{
      .name = "COPY", .syntax = "source destination", .keys = kTwo, .shape = here(nothing)};
  EXPECT_EQ(arguments_of(lcs)[0].key_spec, 0);
  EXPECT_EQ(arguments_of(lcs)[1].key_spec, 0);
  EXPECT_EQ(arguments_of(lcs)[2].key_spec, -1);
  EXPECT_EQ(arguments_of(copy)[0].key_spec, 0);
  EXPECT_EQ(arguments_of(copy)[1].key_spec, 1);
}

}  // namespace
}  // namespace gyre::exec
