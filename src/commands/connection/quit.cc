// QUIT, RESET.
#include "exec/transaction.h"
#include "server/caller.h"

namespace gyre::commands {
namespace {

using server::Connection;

Status quit(exec::Request& request, store::Shard&, resp::Reply& reply) {
  reply.ok();
  server::caller(request).close_gently();
  return {};
}

Status reset(exec::Request& request, store::Shard&, resp::Reply& reply) {
  Connection& connection = server::caller(request);
  connection.db = 0;
  connection.resp3 = false;
  connection.authenticated = connection.core().config().requirepass.empty();
  connection.no_touch = false;
  connection.no_evict = false;
  connection.reply_off = false;
  connection.reply_skip_next = false;
  connection.transaction.reset();
  connection.name.clear();
  connection.core().engine().channels().leave_all(connection);
  connection.core().engine().tracking().disable(connection);
  connection.core().monitors().remove(connection, false);
  connection.update_care();
  reply.set_resp3(false);
  reply.simple("RESET");
  return {};
}

constexpr uint32_t kFlags = exec::kNoscript | exec::kLoading | exec::kStale | exec::kFast |
                            exec::kNoAuth | exec::kAllowBusy | exec::kWhileListening;

constexpr exec::Command kRows[] = {
    {.name = "QUIT",
     .since = "1.0.0",
     .group = exec::Group::connection,
     .complexity = "O(1)",
     .summary = "Answers OK and closes the connection.",
     .flags = kFlags | exec::kUnqueued,
     .shape = exec::here(quit),
     .arity = -1,
     .deprecated_since = "7.2.0",
     .replaced_by = "just closing the connection"},
    {.name = "RESET",
     .since = "6.2.0",
     .group = exec::Group::connection,
     .complexity = "O(1)",
     .summary = "Makes the connection as it was when it was new.",
     .flags = kFlags | exec::kUnqueued,
     .shape = exec::here(reset)},
};

}  // namespace

extern const exec::Rows connection_quit{kRows};

}  // namespace gyre::commands
