// gyre-check: verifies files that a server has written, and says what is damaged.
#include <fmt/core.h>

#include <algorithm>
#include <cstdio>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "app/check_files.h"
#include "base/number.h"
#include "commands/rows.h"
#include "server/versions.h"

namespace gyre::app {
namespace {

constexpr std::string_view kHelp =
    "usage: gyre-check [OPTIONS] PATH...\n"
    "\n"
    "Reads files of Gyre, Redis and Valkey to the last byte, prints what is in them, and what is\n"
    "damaged with its place. A PATH is an RDB file (dump.rdb), the directory of an append-only\n"
    "file or the manifest in it, or one of its files (*.aof).\n"
    "\n"
    "  --digest   print what DEBUG DIGEST answers on a server that has loaded the RDB file\n"
    "  --fix      cut off the end of a file that a crash has torn, never more; asks before\n"
    "  --truncate-to-timestamp SECONDS\n"
    "             cut off what is later, if the files tell the time (aof-timestamp-enabled); asks\n"
    "  --yes      do not ask\n"
    "  --help     print this\n"
    "  --version  print the version\n"
    "\n"
    "The exit status is 0 if all is in order, or has been brought in order; 1 if something is\n"
    "damaged or torn; 2 if a file could not be looked at. No server may be writing to the files\n"
    "that are changed.\n";

struct Arguments {
  CheckOptions options;
  std::vector<std::string> paths;
  std::string wrong;  // what is wrong with them
};

Arguments parse(std::span<char*> words) {
  Arguments arguments;
  for (size_t i = 0; i < words.size(); ++i) {
    const std::string_view word = words[i];
    if (word == "--digest") {
      arguments.options.has_digest = true;
    } else if (word == "--fix") {
      arguments.options.fixes = true;
    } else if (word == "--yes" || word == "-y") {
      arguments.options.asks = false;
    } else if (word == "--truncate-to-timestamp") {
      const auto until = i + 1 < words.size() ? base::parse_int64(words[++i]) : std::nullopt;
      if (!until || *until <= 0) {
        arguments.wrong = "--truncate-to-timestamp needs a time in Unix seconds";
        return arguments;
      }
      arguments.options.until_s = *until;
    } else if (word.starts_with("-")) {
      arguments.wrong = fmt::format("{} is no option; --help tells those there are", word);
      return arguments;
    } else {
      arguments.paths.emplace_back(word);
    }
  }
  return arguments;
}

int run(std::span<char*> words) {
  for (const std::string_view word : words) {
    if (word == "--help" || word == "-h") {
      fmt::print("{}", kHelp);
      return kSound;
    }
    if (word == "--version" || word == "-v") {
      fmt::print("gyre-check {}\n", server::kGyreVersion);
      return kSound;
    }
  }
  const Arguments arguments = parse(words);
  if (!arguments.wrong.empty()) {
    fmt::print(stderr, "gyre-check: {}\n", arguments.wrong);
    return kUnusable;
  }
  if (arguments.paths.empty()) {
    fmt::print(stderr, "{}", kHelp);
    return kUnusable;
  }
  const exec::CommandTable commands(commands::all_rows());
  Outcome outcome = kSound;
  for (const std::string& path : arguments.paths) {
    outcome = std::max(outcome, check_path(path, arguments.options, commands));
  }
  return outcome;
}

}  // namespace
}  // namespace gyre::app

int main(int argc, char** argv) {
  return gyre::app::run({argv + 1, static_cast<size_t>(argc - 1)});
}
