// CONFIG GET, SET, RESETSTAT, REWRITE.
#include <algorithm>
#include <vector>

#include "base/text.h"
#include "commands/help.h"
#include "exec/session.h"
#include "server/caller.h"
#include "server/config_apply.h"
#include "server/every_core.h"

namespace gyre::commands {
namespace {

using exec::Group;
using exec::Request;
using exec::wait;
using resp::Reply;
using server::CoreServer;
using server::Durability;
using server::NameValue;
using store::Shard;

tl::unexpected<Error> fail_with(const std::string& text) {
  return exec::format_error("%s", text.c_str());
}

Status config_get(Request& request, Shard&, Reply& reply) {
  const auto found = server::config_get(CoreServer::current().config(), request.args(2));
  reply.map(found.size());
  for (const NameValue& pair : found) {
    reply.bulk(pair.name);
    reply.bulk(pair.value);
  }
  return {};
}

ring::Task<Status> config_set(Request& request, Reply& reply) {
  if (request.size() % 2 != 0) {
    co_return fail(exec::errors::syntax);
  }
  std::vector<NameValue> pairs;
  for (size_t i = 2; i < request.size(); i += 2) {
    pairs.push_back({std::string(request.arg(i)), std::string(request.arg(i + 1))});
  }
  server::SetContext context{.local_client =
                                 server::caller(request).arrival().is_of_this_machine()};
  const bool is_aof = std::any_of(pairs.begin(), pairs.end(), [](const NameValue& pair) {
    return base::equals_ignore_case(pair.name, "appendonly");
  });
  if (is_aof) {
    co_await server::visit_first_core([&](Durability& durability) -> ring::Task<> {
      context.can_turn_on = co_await durability.can_turn_on();
    });
  }
  const auto changed = co_await server::on_core(
      0, [&](CoreServer& at) { return server::change_config(at.server(), pairs, context); });
  if (!changed) {
    co_return fail_with(changed.error());
  }
  co_await server::on_every_core(
      [&](CoreServer& at) { at.apply(changed->config, changed->version); });
  if (is_aof && !request.session->holds_cores) {  // a transaction would wait for itself
    co_await server::visit_first_core([&](Durability& durability) -> ring::Task<> {
      co_await durability.wait_until_turned(changed->config.appendonly);
    });
  }
  reply.ok();
  co_return Status{};
}

ring::Task<Status> config_resetstat(Request&, Reply& reply) {
  co_await server::on_every_core([](CoreServer& at) {
    at.reset_stats();
    if (at.core().id() == 0) {
      at.server().reset_rejected_connections();
    }
  });
  reply.ok();
  co_return Status{};
}

ring::Task<Status> config_rewrite(Request&, Reply& reply) {
  const auto done = co_await server::on_core(
      0, [](CoreServer& at) { return server::rewrite_config(at.server()); });
  if (!done) {
    co_return fail_with(done.error());
  }
  reply.ok();
  co_return Status{};
}

constexpr exec::Change kGetHistory[] = {{"7.0.0", "Takes several patterns."}};
constexpr exec::Change kSetHistory[] = {{"7.0.0", "Sets several parameters at once."}};
constexpr uint32_t kFlags = exec::kAdmin | exec::kNoscript | exec::kLoading | exec::kStale;
constexpr std::string_view kOnAllNodes = "request_policy:all_nodes response_policy:all_succeeded";

constexpr exec::Command kRows[] = {
    {.name = "CONFIG",
     .since = "2.0.0",
     .group = Group::server,
     .complexity = "Depends on subcommand.",
     .summary = "Commands about the configuration of the server."},
    {.name = "GET",
     .parent = "CONFIG",
     .since = "2.0.0",
     .group = Group::server,
     .complexity = "O(N) when N is the number of configuration parameters provided",
     .summary = "Tells the values of the parameters that match.",
     .syntax = "parameter [parameter ...]",
     .history = kGetHistory,
     .flags = kFlags,
     .shape = exec::here(config_get)},
    {.name = "SET",
     .parent = "CONFIG",
     .since = "2.0.0",
     .group = Group::server,
     .complexity = "O(N) when N is the number of configuration parameters provided",
     .summary = "Changes parameters of the running server, all or none.",
     .syntax = "parameter value [parameter value ...]",
     .history = kSetHistory,
     .flags = kFlags,
     .shape = wait(config_set),
     .tips = kOnAllNodes},
    {.name = "RESETSTAT",
     .parent = "CONFIG",
     .since = "2.0.0",
     .group = Group::server,
     .complexity = "O(1)",
     .summary = "Sets the counters of INFO to zero.",
     .flags = kFlags,
     .shape = wait(config_resetstat),
     .tips = kOnAllNodes},
    {.name = "REWRITE",
     .parent = "CONFIG",
     .since = "2.8.0",
     .group = Group::server,
     .complexity = "O(1)",
     .summary = "Brings the configuration file up to date.",
     .flags = kFlags,
     .shape = wait(config_rewrite),
     .tips = kOnAllNodes},
    {.name = "HELP",
     .parent = "CONFIG",
     .since = "5.0.0",
     .group = Group::server,
     .complexity = "O(1)",
     .summary = "Lists the subcommands.",
     .flags = exec::kLoading | exec::kStale,
     .shape = exec::here(container_help)},
};

}  // namespace

extern const exec::Rows server_config{kRows};

}  // namespace gyre::commands
