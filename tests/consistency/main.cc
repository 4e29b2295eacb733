// gyre-consistency: drives a server with many clients and proves that what they saw can be
// explained.
#include <fmt/core.h>

#include <csignal>
#include <string_view>

#include "options.h"
#include "runs.h"

namespace gyre::consistency {

namespace {

struct Part {
  std::string_view name;
  bool (*run)(const Options& options);
};

constexpr Part kParts[] = {{"registers", run_registers},
                           {"skew", run_skew},
                           {"transactions", run_transactions},
                           {"delivery", run_delivery},
                           {"hunt", run_hunt}};

int usage() {
  fmt::print(stderr,
             "usage: gyre-consistency PART --ports PORT[,PORT] [--count N] [--clients N] "
             "[--seconds N] [--keys N] [--kills N] [--pipeline N] [--seed N] [--stall N] "
             "[--plain] [--strict] [--torn] [--unblocked]\nparts:");
  for (const Part& part : kParts) fmt::print(stderr, " {}", part.name);
  fmt::print(stderr, "\nexit codes: 0 no violation, 1 violation, 2 no run, 3 stall\n");
  return 2;
}

int run(int count, char** words) {
  Options options;
  if (!parse_options(count, words, options)) return usage();
  for (const Part& part : kParts) {
    if (part.name != options.part) continue;
    std::signal(SIGPIPE, SIG_IGN);
    return part.run(options) ? 0 : 1;
  }
  return usage();
}

}  // namespace

}  // namespace gyre::consistency

int main(int count, char** words) { return gyre::consistency::run(count, words); }
