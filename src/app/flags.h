// The command line of gyre-server.
//
//   gyre-server [FILE | -] [--config FILE] [--set NAME=VALUE]... [--NAME VALUE...]... [--strict]
//
// Every parameter is a flag, with as many values as follow it, as with redis-server: scripts and
// test suites start servers with `FILE.conf --port 7000 --save 60 1 --save 300 10 -`. A parser
// library wants each flag and its number of values declared, reports by exceptions, and takes
// `--save --port 1` apart differently, so these few rules are written out here instead of CLI11.
#pragma once

#include <optional>
#include <span>
#include <string>
#include <string_view>

#include "server/config_load.h"

namespace gyre::app {

enum class Action : uint8_t {
  serve,
  check_config,  // load, report, exit
  print_version,
  print_help,
  print_config_toml,    // hidden: generates config/gyre.toml
  print_config_docs,    // hidden: generates docs/config.md
  print_commands_docs,  // hidden: generates docs/commands.md
};

struct Flags {
  Action action = Action::serve;
  server::LoadRequest load;
};

// Arguments without the program's name. The error is a sentence for standard error; unknown
// parameters are only found by load_config().
server::Checked<Flags> parse_flags(std::span<const std::string_view> arguments);

std::string version_text();
std::string help_text();

// Does everything except serving, and gives the exit status then.
std::optional<int> finish_without_serving(const Flags& flags);

// What to print on standard error when flags or configuration are bad; status 1 goes with it.
std::string fatal_text(std::string_view error);

}  // namespace gyre::app
