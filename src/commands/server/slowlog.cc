// SLOWLOG GET, LEN, RESET.
#include <algorithm>
#include <vector>

#include "base/number.h"
#include "commands/help.h"
#include "server/every_core.h"

namespace gyre::commands {
namespace {

using exec::Group;
using exec::Request;
using exec::SlowLog;
using exec::wait;
using resp::Reply;
using server::CoreServer;

ring::Task<Status> slowlog_get(Request& request, Reply& reply) {
  size_t most = 10;
  if (request.size() > 3) {
    co_return exec::format_error(
        "ERR unknown subcommand or wrong number of arguments for '%.*s'. Try SLOWLOG HELP.",
        static_cast<int>(request.arg(1).size()), request.arg(1).data());
  }
  if (request.size() > 2) {
    const auto count = base::parse_int64(request.arg(2));
    if (!count || *count < -1) {
      co_return fail("ERR count should be greater than or equal to -1");
    }
    most = *count == -1 ? SIZE_MAX : static_cast<size_t>(*count);
  }
  std::vector<SlowLog::Entry> entries;
  co_await server::on_every_core([&](CoreServer& at) {
    for (const SlowLog::Entry& entry : at.engine().slow_log().entries()) {
      entries.push_back(entry);
    }
  });
  std::sort(entries.begin(), entries.end(), [](const SlowLog::Entry& a, const SlowLog::Entry& b) {
    return a.unix_s != b.unix_s ? a.unix_s > b.unix_s : a.id > b.id;
  });
  // Each core keeps as many as all may be; the rest is of no interest.
  most = std::min(most, static_cast<size_t>(CoreServer::current().config().slowlog_max_len));
  entries.resize(std::min(entries.size(), most));
  reply.array(entries.size());
  for (const SlowLog::Entry& entry : entries) {
    reply.array(6);
    reply.integer(static_cast<int64_t>(entry.id));
    reply.integer(entry.unix_s);
    reply.integer(entry.usec);
    reply.array(entry.args.size());
    for (const std::string& arg : entry.args) {
      reply.bulk(arg);
    }
    reply.bulk(entry.peer);
    reply.bulk(entry.name);
  }
  co_return Status{};
}

ring::Task<Status> slowlog_len(Request&, Reply& reply) {
  size_t count = 0;
  co_await server::on_every_core(
      [&](CoreServer& at) { count += at.engine().slow_log().entries().size(); });
  const auto most = static_cast<size_t>(CoreServer::current().config().slowlog_max_len);
  reply.integer(static_cast<int64_t>(std::min(count, most)));
  co_return Status{};
}

ring::Task<Status> slowlog_reset(Request&, Reply& reply) {
  co_await server::on_every_core([](CoreServer& at) { at.engine().slow_log().clear(); });
  reply.ok();
  co_return Status{};
}

constexpr exec::Change kGetHistory[] = {{"4.0.0", "Tells the address and the name of the client."}};
constexpr uint32_t kFlags = exec::kAdmin | exec::kLoading | exec::kStale;

constexpr exec::Command kRows[] = {
    {.name = "SLOWLOG",
     .since = "2.2.12",
     .group = Group::server,
     .complexity = "Depends on subcommand.",
     .summary = "Commands about the log of slow commands."},
    {.name = "GET",
     .parent = "SLOWLOG",
     .since = "2.2.12",
     .group = Group::server,
     .complexity = "O(N) where N is the number of entries returned",
     .summary = "Tells the last slow commands, newest first.",
     .syntax = "[count]",
     .history = kGetHistory,
     .flags = kFlags,
     .shape = wait(slowlog_get),
     .tips = "request_policy:all_nodes nondeterministic_output"},
    {.name = "LEN",
     .parent = "SLOWLOG",
     .since = "2.2.12",
     .group = Group::server,
     .complexity = "O(1)",
     .summary = "Counts the entries of the log.",
     .flags = kFlags,
     .shape = wait(slowlog_len),
     .tips = "request_policy:all_nodes response_policy:agg_sum nondeterministic_output"},
    {.name = "RESET",
     .parent = "SLOWLOG",
     .since = "2.2.12",
     .group = Group::server,
     .complexity = "O(N) where N is the number of entries in the slowlog",
     .summary = "Empties the log.",
     .flags = kFlags,
     .shape = wait(slowlog_reset),
     .tips = "request_policy:all_nodes response_policy:all_succeeded"},
    {.name = "HELP",
     .parent = "SLOWLOG",
     .since = "6.2.0",
     .group = Group::server,
     .complexity = "O(1)",
     .summary = "Lists the subcommands.",
     .flags = exec::kLoading | exec::kStale,
     .shape = exec::here(container_help)},
};

}  // namespace

extern const exec::Rows server_slowlog{kRows};

}  // namespace gyre::commands
