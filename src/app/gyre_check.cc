// gyre-check: verifies files that a server has written, and says what is damaged.
//
// The exit status is 0 if all is in order, 1 if something is damaged, 2 if a file could not be
// looked at.
#include <fmt/core.h>

#include <algorithm>
#include <cstdio>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "app/check_rdb.h"
#include "base/clock.h"
#include "server/versions.h"

namespace gyre::app {
namespace {

constexpr std::string_view kHelp =
    "usage: gyre-check [--digest] FILE...\n"
    "\n"
    "Reads RDB files (dump.rdb) of Gyre, Redis and Valkey to the last byte: checksums, and every\n"
    "key with its value. Prints what is in them, and what is damaged with its place.\n"
    "\n"
    "  --digest   print what DEBUG DIGEST answers on a server that has loaded the file\n"
    "  --help     print this\n"
    "  --version  print the version\n"
    "\n"
    "The exit status is 0 if all is in order, 1 if something is damaged, 2 if a file could not be\n"
    "looked at.\n";

enum Outcome : int { kSound = 0, kDamaged = 1, kUnusable = 2 };

Outcome check_file(const std::string& path, bool has_digest) {
  FileWindow file(path);
  if (!file.is_open()) {
    fmt::print(stderr, "{}: cannot be opened: {}\n", path, file.problem());
    return kUnusable;
  }
  const RdbReport report = check_rdb(file, base::unix_ms(), has_digest);
  fmt::print("{}: RDB file of {} bytes\n{}", path, file.size(), describe(report));
  if (has_digest) {
    fmt::print("  {:<12}{}\n", "digest", digest_of(report));
  }
  for (const std::string& damage : report.damages) {
    fmt::print("{}: damaged at {}\n", path, damage);
  }
  if (report.damages.empty()) {
    fmt::print("{}: in order\n", path);
  }
  return report.damages.empty() ? kSound : kDamaged;
}

int run(std::span<char*> arguments) {
  bool has_digest = false;
  std::vector<std::string> paths;
  for (const std::string_view argument : arguments) {
    if (argument == "--help" || argument == "-h") {
      fmt::print("{}", kHelp);
      return kSound;
    }
    if (argument == "--version" || argument == "-v") {
      fmt::print("gyre-check {}\n", server::kGyreVersion);
      return kSound;
    }
    if (argument == "--digest") {
      has_digest = true;
    } else if (argument.starts_with("-")) {
      fmt::print(stderr, "gyre-check: {} is no option; --help tells those there are\n", argument);
      return kUnusable;
    } else {
      paths.emplace_back(argument);
    }
  }
  if (paths.empty()) {
    fmt::print(stderr, "{}", kHelp);
    return kUnusable;
  }
  int outcome = kSound;
  for (const std::string& path : paths) {
    outcome = std::max<int>(outcome, check_file(path, has_digest));
  }
  return outcome;
}

}  // namespace
}  // namespace gyre::app

int main(int argc, char** argv) {
  return gyre::app::run({argv + 1, static_cast<size_t>(argc - 1)});
}
