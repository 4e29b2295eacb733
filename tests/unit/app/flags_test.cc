// Tests of app/flags.h: the flags of Gyre, and command lines written for redis-server.
#include "app/flags.h"

#include <gtest/gtest.h>

namespace gyre::app {
namespace {

using server::ConfigForm;
using server::Override;

Flags parse(std::vector<std::string_view> arguments) {
  auto flags = parse_flags(arguments);
  EXPECT_TRUE(flags) << flags.error();
  return flags ? *flags : Flags();
}

std::string error_of(std::vector<std::string_view> arguments) {
  const auto flags = parse_flags(arguments);
  return flags ? "no error" : flags.error();
}

// "port(7000) save!(60 1)": name, words, '!' if it replaces.
std::string overrides(std::vector<std::string_view> arguments) {
  std::string text;
  for (const Override& given : parse(std::move(arguments)).load.overrides) {
    text += (text.empty() ? "" : " ") + given.name + (given.replace ? "!(" : "(");
    for (const std::string& word : given.words) {
      text += "<" + word + ">";
    }
    text += ")";
  }
  return text;
}

TEST(Flags, nothing_serves_with_defaults) {
  const Flags flags = parse({});
  EXPECT_EQ(flags.action, Action::serve);
  EXPECT_EQ(flags.load.file, "");
  EXPECT_FALSE(flags.load.strict);
  EXPECT_FALSE(flags.load.from_stdin);
}

TEST(Flags, files_and_their_form) {
  EXPECT_EQ(parse({"a.conf"}).load.form, ConfigForm::redis_conf);
  EXPECT_EQ(parse({"a.toml"}).load.form, ConfigForm::toml);
  EXPECT_EQ(parse({"a"}).load.form, ConfigForm::redis_conf);
  EXPECT_EQ(parse({"--config", "a"}).load.form, ConfigForm::toml);
  EXPECT_EQ(parse({"--config=a.conf"}).load.form, ConfigForm::redis_conf);
  EXPECT_EQ(parse({"--config=a.conf"}).load.file, "a.conf");
  EXPECT_EQ(error_of({"a.conf", "--config", "b.toml"}),
            "'b.toml': there is already a configuration file, 'a.conf'");
  EXPECT_EQ(error_of({"--config"}), "--config: expected a file name, got nothing");
  EXPECT_EQ(error_of({""}), "expected a file name, got an empty one");
}

TEST(Flags, parameters_take_the_values_that_follow) {
  EXPECT_EQ(overrides({"--port", "7000", "--bind", "127.0.0.1", "::1", "--cores", "2"}),
            "port(<7000>) bind(<127.0.0.1><::1>) cores(<2>)");
  EXPECT_EQ(overrides({"--port 7000", "--requirepass 'a b'"}), "port(<7000>) requirepass(<a b>)");
  EXPECT_EQ(overrides({"--port=7000", "--requirepass=a=b c"}), "port(<7000>) requirepass(<a=b c>)");
  EXPECT_EQ(overrides({"--list-max-listpack-size", "-2"}), "list-max-listpack-size(<-2>)");
  EXPECT_EQ(overrides({"--port"}), "port()");
}

TEST(Flags, first_values_may_look_like_flags) {
  EXPECT_EQ(overrides({"--requirepass", "--secret", "--port", "1"}),
            "requirepass(<--secret>) port(<1>)");
  EXPECT_EQ(overrides({"--save", "--port", "1", "--save"}), "save(<>) port(<1>) save(<>)");
  EXPECT_EQ(overrides({"--save", "60", "1", "--save", ""}), "save(<60><1>) save(<>)");
}

TEST(Flags, set_replaces) {
  EXPECT_EQ(overrides({"--set", "save=60 1", "--set=port=1", "--set", "requirepass=a=b"}),
            "save!(<60 1>) port!(<1>) requirepass!(<a=b>)");
  EXPECT_EQ(overrides({"--set", "unixsocket="}), "unixsocket!(<>)");
  EXPECT_EQ(error_of({"--set", "port"}), "--set: expected NAME=VALUE, got 'port'");
  EXPECT_EQ(error_of({"--set", "=1"}), "--set: expected NAME=VALUE, got '=1'");
  EXPECT_EQ(error_of({"--set"}), "--set: expected NAME=VALUE, got nothing");
}

TEST(Flags, standard_input) {
  EXPECT_TRUE(parse({"-"}).load.from_stdin);
  const Flags flags = parse({"a.conf", "--port", "1", "-"});
  EXPECT_TRUE(flags.load.from_stdin);
  EXPECT_EQ(flags.load.overrides.at(0).words, server::Words{"1"});
  EXPECT_EQ(overrides({"--requirepass", "-", "--port", "1"}), "requirepass(<->) port(<1>)");
}

TEST(Flags, actions) {
  EXPECT_EQ(parse({"--version"}).action, Action::print_version);
  EXPECT_EQ(parse({"-v"}).action, Action::print_version);
  EXPECT_EQ(parse({"--help", "--version"}).action, Action::print_help);
  EXPECT_EQ(parse({"-h"}).action, Action::print_help);
  EXPECT_EQ(parse({"--check-config", "x.toml"}).action, Action::check_config);
  EXPECT_EQ(parse({"--print-config-toml"}).action, Action::print_config_toml);
  EXPECT_EQ(parse({"--print-config-docs"}).action, Action::print_config_docs);
  EXPECT_EQ(parse({"--print-commands-docs"}).action, Action::print_commands_docs);
  EXPECT_TRUE(parse({"--strict"}).load.strict);
}

TEST(Flags, what_makes_no_sense_is_refused) {
  EXPECT_EQ(error_of({"-x"}), "'-x': unknown flag; try --help");
  EXPECT_EQ(error_of({"--"}), "'--': expected the name of a parameter after --");
  EXPECT_EQ(error_of({"--port '1"}), "'--port '1': unbalanced quotes");
}

TEST(Flags, texts) {
  EXPECT_TRUE(version_text().starts_with("gyre-server 0.")) << version_text();
  EXPECT_NE(help_text().find("--set NAME=VALUE"), std::string::npos);
  EXPECT_NE(fatal_text("why").find("*** FATAL CONFIG FILE ERROR (Gyre "), std::string::npos);
  EXPECT_EQ(finish_without_serving({}), std::nullopt);
}

}  // namespace
}  // namespace gyre::app
