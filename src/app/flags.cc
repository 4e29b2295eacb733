// One pass over the arguments; what is not a flag of the program is a parameter.
#include "app/flags.h"

#include <fmt/core.h>

#include <cstdio>

#include "base/assert.h"
#include "base/text.h"
#include "commands/rows.h"
#include "exec/reference.h"
#include "gyre/version.h"
#include "server/config_docs.h"

namespace gyre::app {
namespace {

using server::Checked;
using server::ConfigForm;
using server::Override;

void print(FILE* file, const std::string& text) { std::fputs(text.c_str(), file); }

tl::unexpected<std::string> refuse(std::string text) { return tl::unexpected(std::move(text)); }

bool is_flag(std::string_view argument) { return argument.starts_with("--"); }

class Parser {
 public:
  explicit Parser(std::span<const std::string_view> arguments) : arguments_(arguments) {}

  Checked<Flags> run() {
    while (at_ < arguments_.size()) {
      const std::string_view argument = arguments_[at_++];
      const Checked<void> outcome = is_flag(argument) || argument == "-v" || argument == "-h"
                                        ? take_flag(argument)
                                        : take_positional(argument);
      if (!outcome) {
        return refuse(outcome.error());
      }
    }
    return std::move(flags_);
  }

 private:
  Checked<void> take_flag(std::string_view argument) {
    if (const Action action = action_of(argument); action != Action::serve) {
      // The first one wins, so `--help --version` helps.
      flags_.action = flags_.action == Action::serve ? action : flags_.action;
      return {};
    }
    if (argument == "--strict") {
      flags_.load.strict = true;
      return {};
    }
    const size_t equals = argument.find('=');
    const std::string_view name = argument.substr(2, std::min(equals, argument.size()) - 2);
    if (name == "config" || name == "set") {
      return take_own(
          name, equals == std::string_view::npos ? std::string_view() : argument.substr(equals + 1),
          equals != std::string_view::npos);
    }
    return take_parameter(argument.substr(2));
  }

  static Action action_of(std::string_view argument) {
    if (argument == "--version" || argument == "-v") {
      return Action::print_version;
    }
    if (argument == "--help" || argument == "-h") {
      return Action::print_help;
    }
    if (argument == "--check-config") {
      return Action::check_config;
    }
    if (argument == "--print-config-toml") {
      return Action::print_config_toml;
    }
    if (argument == "--print-commands-docs") {
      return Action::print_commands_docs;
    }
    return argument == "--print-config-docs" ? Action::print_config_docs : Action::serve;
  }

  // --config FILE and --set NAME=VALUE; the value may be joined with '='.
  Checked<void> take_own(std::string_view name, std::string_view value, bool joined) {
    if (!joined) {
      if (at_ == arguments_.size()) {
        return refuse(name == "config" ? "--config: expected a file name, got nothing"
                                       : "--set: expected NAME=VALUE, got nothing");
      }
      value = arguments_[at_++];
    }
    if (name == "config") {
      return take_file(value, ConfigForm::toml);
    }
    const size_t equals = value.find('=');
    if (equals == std::string_view::npos || equals == 0) {
      return refuse(fmt::format("--set: expected NAME=VALUE, got '{}'", value));
    }
    flags_.load.overrides.push_back({.name = std::string(value.substr(0, equals)),
                                     .words = {std::string(value.substr(equals + 1))},
                                     .replace = true});
    return {};
  }

  // "port", "port=7000" or, as scripts of redis-server also write it, "port 7000" in one argument.
  Checked<void> take_parameter(std::string_view argument) {
    const size_t name_end = std::min(argument.find_first_of(" \t="), argument.size());
    Override given{.name = std::string(argument.substr(0, name_end)), .words = {}};
    if (given.name.empty()) {
      return refuse(fmt::format("'--{}': expected the name of a parameter after --", argument));
    }
    if (name_end < argument.size() && argument[name_end] == '=') {
      given.words.emplace_back(argument.substr(name_end + 1));
    } else if (auto words = base::split_args(argument.substr(name_end)); words) {
      given.words = std::move(*words);
    } else {
      return refuse(fmt::format("'--{}': unbalanced quotes", argument));
    }
    // The first value is taken whatever it looks like, so that a password may start with "--";
    // but `--save --port 1` has always meant an empty save.
    const bool is_save = base::equals_ignore_case(given.name, "save");
    if (given.words.empty() && !is_save && at_ < arguments_.size() && !ends_here()) {
      given.words.emplace_back(arguments_[at_++]);
    }
    while (at_ < arguments_.size() && !is_flag(arguments_[at_]) && !ends_here()) {
      given.words.emplace_back(arguments_[at_++]);
    }
    if (given.words.empty() && is_save) {
      given.words.emplace_back();
    }
    flags_.load.overrides.push_back(std::move(given));
    return {};
  }

  // A last "-" is not a value but asks for more lines on standard input.
  bool ends_here() const { return at_ + 1 == arguments_.size() && arguments_[at_] == "-"; }

  Checked<void> take_positional(std::string_view argument) {
    if (argument == "-") {
      flags_.load.from_stdin = true;
      return {};
    }
    if (argument.starts_with('-')) {
      return refuse(fmt::format("'{}': unknown flag; try --help", argument));
    }
    return take_file(argument, ConfigForm::redis_conf);
  }

  // The name decides the form; `otherwise` is for names that tell nothing.
  Checked<void> take_file(std::string_view file, ConfigForm otherwise) {
    if (file.empty()) {
      return refuse("expected a file name, got an empty one");
    }
    if (!flags_.load.file.empty()) {
      return refuse(
          fmt::format("'{}': there is already a configuration file, '{}'", file, flags_.load.file));
    }
    flags_.load.file = file;
    flags_.load.form = server::form_of_file(file).value_or(otherwise);
    return {};
  }

  std::span<const std::string_view> arguments_;
  size_t at_ = 0;
  Flags flags_;
};

}  // namespace

Checked<Flags> parse_flags(std::span<const std::string_view> arguments) {
  return Parser(arguments).run();
}

std::string version_text() {
  return fmt::format("gyre-server {}.{}.{} (Redis 7.2 compatible, {}-bit, clang {}.{})\n",
                     GYRE_VERSION_MAJOR, GYRE_VERSION_MINOR, GYRE_VERSION_PATCH, sizeof(void*) * 8,
                     __clang_major__, __clang_minor__);
}

std::string help_text() {
  return R"(Usage: gyre-server [FILE | -] [--config FILE] [flags]

  FILE               configuration: TOML if it ends with .toml, else a redis.conf
  -                  more redis.conf lines from standard input (first or last argument)
  --config FILE      configuration: a redis.conf if it ends with .conf, else TOML
  --set NAME=VALUE   sets any parameter; may be repeated
  --NAME VALUE...    the same, for example:
    --port N         TCP port to listen on (6379)
    --bind ADDR...   addresses to listen on
    --cores N        threads that serve; 0 takes the CPUs this process may use (0)
    --dir DIR        working directory, where data files go (.)
  --strict           an unknown directive of a redis.conf is an error, not a warning
  --check-config     load the configuration, report what is wrong with it, and exit
  --version, -v      print the version
  --help, -h         print this

Files are read first, then flags in their order. config/gyre.toml lists every parameter,
docs/config.md explains them.
)";
}

std::optional<int> finish_without_serving(const Flags& flags) {
  switch (flags.action) {
    case Action::serve:
      return std::nullopt;
    case Action::check_config: {
      const Checked<server::LoadedConfig> loaded = server::load_config(flags.load);
      if (!loaded) {
        print(stderr, fatal_text(loaded.error()));
        return 1;
      }
      for (const std::string& warning : loaded->warnings) {
        print(stderr, warning + '\n');
      }
      print(stdout, "The configuration is good.\n");
      return 0;
    }
    case Action::print_version:
      print(stdout, version_text());
      return 0;
    case Action::print_help:
      print(stdout, help_text());
      return 0;
    case Action::print_config_toml:
      print(stdout, server::config_toml_file());
      return 0;
    case Action::print_config_docs:
      print(stdout, server::config_docs_file());
      return 0;
    case Action::print_commands_docs:
      print(stdout, exec::reference(exec::CommandTable(commands::all_rows())));
      return 0;
  }
  GYRE_UNREACHABLE();
}

// The first line is Redis's, which scripts and test suites look for.
std::string fatal_text(std::string_view error) {
  return fmt::format("\n*** FATAL CONFIG FILE ERROR (Gyre {}.{}.{}) ***\n{}\n", GYRE_VERSION_MAJOR,
                     GYRE_VERSION_MINOR, GYRE_VERSION_PATCH, error);
}

}  // namespace gyre::app
