// MONITOR.
#include "server/caller.h"
#include "server/monitors.h"

namespace gyre::commands {
namespace {

// Like in Redis, who monitors already is not answered.
Status monitor(exec::Request& request, store::Shard&, resp::Reply& reply) {
  server::Connection& connection = server::caller(request);
  if (connection.is_in_exec) {
    return fail("ERR MONITOR isn't allowed for DENY BLOCKING client");
  }
  if (!connection.is_monitor()) {
    connection.core().monitors().add(connection);
    reply.ok();
  }
  return {};
}

constexpr exec::Command kRows[] = {
    {.name = "MONITOR",
     .since = "1.0.0",
     .group = exec::Group::server,
     .complexity = "O(1)",
     .summary = "Shows the connection every command that the server runs from now on.",
     .flags = exec::kAdmin | exec::kNoscript | exec::kLoading | exec::kStale,
     .shape = exec::here(monitor)},
};

}  // namespace

extern const exec::Rows server_monitor{kRows};

}  // namespace gyre::commands
