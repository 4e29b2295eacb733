// LATENCY: the distribution of run times of commands; single slow events are not recorded.
#include <string>
#include <vector>

#include "commands/help.h"
#include "commands/server/command_rows.h"
#include "server/every_core.h"
#include "server/info.h"

namespace gyre::commands {
namespace {

using exec::Command;
using exec::Group;
using exec::Request;
using exec::wait;
using resp::Reply;
using server::CoreServer;
using server::InfoTotals;
using store::Shard;

// Commands whose histograms are asked for: the named ones with their subcommands, or all.
std::vector<const Command*> chosen(const Request& request) {
  const exec::CommandTable& table = exec::Engine::current().commands();
  std::vector<const Command*> commands;
  const auto add = [&commands](const Command& command) {
    commands.push_back(&command);
    for (const Command& sub : command.subcommands) {
      commands.push_back(&sub);
    }
  };
  if (request.size() == 2) {
    for (const Command& command : table.commands()) {
      add(command);
    }
  }
  for (const std::string_view name : request.args(2)) {
    if (const Command* command = find_command(table, name)) {
      add(*command);
    }
  }
  return commands;
}

// Cumulative counts up to every power of two that has something new, in microseconds.
void reply_histogram(const base::Histogram& latency, Reply& reply) {
  constexpr uint64_t kFirstNs = 1024;
  std::vector<std::pair<uint64_t, uint64_t>> steps;
  uint64_t seen = 0;
  for (uint64_t limit = kFirstNs; seen < latency.total(); limit *= 2) {
    const uint64_t below =
        limit > base::Histogram::kValueMax ? latency.total() : latency.count_below(limit);
    if (below > seen) {
      // The bucket that ends at the limit is as wide as Redis's: 1/128 of it.
      steps.emplace_back((limit + limit / 128 - 1) / 1000, below);
      seen = below;
    }
  }
  reply.map(2);
  reply.bulk("calls");
  reply.integer(static_cast<int64_t>(latency.total()));
  reply.bulk("histogram_usec");
  reply.map(steps.size());
  for (const auto& [usec, count] : steps) {
    reply.integer(static_cast<int64_t>(usec));
    reply.integer(static_cast<int64_t>(count));
  }
}

ring::Task<Status> histogram(Request& request, Reply& reply) {
  InfoTotals totals;
  co_await server::on_every_core(
      [&](CoreServer& at) { totals.add(at, bit(server::Section::latencystats)); });
  std::vector<const Command*> commands = chosen(request);
  std::erase_if(commands, [&](const Command* command) {
    return totals.commands[command->id].latency_ns.total() == 0;
  });
  reply.map(commands.size());
  for (const Command* command : commands) {
    reply.bulk(command->full_name);
    reply_histogram(totals.commands[command->id].latency_ns, reply);
  }
  co_return Status{};
}

Status nothing(Request&, Shard&, Reply& reply) {
  reply.array(0);
  return {};
}

Status reset(Request&, Shard&, Reply& reply) {
  reply.integer(0);
  return {};
}

Status graph(Request& request, Shard&, Reply&) {
  const std::string_view event = request.arg(2);
  return exec::format_error("ERR No samples available for event '%.*s'",
                            static_cast<int>(event.size()), event.data());
}

Status doctor(Request&, Shard&, Reply& reply) {
  reply.verbatim(
      "Single slow events are not recorded. LATENCY HISTOGRAM tells how long commands take, "
      "SLOWLOG GET which ones took long, and INFO runtime the longest turn of each core.\n");
  return {};
}

constexpr uint32_t kFlags = exec::kAdmin | exec::kNoscript | exec::kLoading | exec::kStale;
constexpr std::string_view kSpecial =
    "nondeterministic_output request_policy:all_nodes response_policy:special";

constexpr Command kRows[] = {
    {.name = "LATENCY",
     .since = "2.8.13",
     .group = Group::server,
     .complexity = "Depends on subcommand.",
     .summary = "Commands about latencies."},
    {.name = "HISTOGRAM",
     .parent = "LATENCY",
     .since = "7.0.0",
     .group = Group::server,
     .complexity =
         "O(N) where N is the number of commands with latency information being retrieved.",
     .summary = "Tells how many calls of each command took how long.",
     .syntax = "[command [command ...]]",
     .flags = kFlags,
     .shape = wait(histogram),
     .tips = kSpecial},
    {.name = "LATEST",
     .parent = "LATENCY",
     .since = "2.8.13",
     .group = Group::server,
     .complexity = "O(1)",
     .summary = "Tells the last slow event of each kind.",
     .flags = kFlags,
     .shape = exec::here(nothing),
     .tips = kSpecial},
    {.name = "HISTORY",
     .parent = "LATENCY",
     .since = "2.8.13",
     .group = Group::server,
     .complexity = "O(1)",
     .summary = "Tells the slow events of one kind.",
     .syntax = "event",
     .flags = kFlags,
     .shape = exec::here(nothing),
     .tips = kSpecial},
    {.name = "GRAPH",
     .parent = "LATENCY",
     .since = "2.8.13",
     .group = Group::server,
     .complexity = "O(1)",
     .summary = "Draws the slow events of one kind.",
     .syntax = "event",
     .flags = kFlags,
     .shape = exec::here(graph),
     .tips = kSpecial},
    {.name = "RESET",
     .parent = "LATENCY",
     .since = "2.8.13",
     .group = Group::server,
     .complexity = "O(1)",
     .summary = "Forgets slow events; tells of how many kinds.",
     .syntax = "[event [event ...]]",
     .flags = kFlags,
     .shape = exec::here(reset),
     .tips = "request_policy:all_nodes response_policy:agg_sum"},
    {.name = "DOCTOR",
     .parent = "LATENCY",
     .since = "2.8.13",
     .group = Group::server,
     .complexity = "O(1)",
     .summary = "Says where to look when commands are slow.",
     .flags = kFlags,
     .shape = exec::here(doctor),
     .tips = kSpecial},
    {.name = "HELP",
     .parent = "LATENCY",
     .since = "2.8.13",
     .group = Group::server,
     .complexity = "O(1)",
     .summary = "Lists the subcommands.",
     .flags = exec::kLoading | exec::kStale,
     .shape = exec::here(container_help)},
};

}  // namespace

extern const exec::Rows server_latency{kRows};

}  // namespace gyre::commands
