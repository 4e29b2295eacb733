// CLIENT REPLY, NO-EVICT, NO-TOUCH.
#include "base/text.h"
#include "server/caller.h"

namespace gyre::commands {
namespace {

using exec::Group;
using exec::Request;
using resp::Reply;
using server::Connection;
using store::Shard;

Status client_reply(Request& request, Shard&, Reply& reply) {
  Connection& connection = server::caller(request);
  if (base::equals_ignore_case(request.arg(2), "ON")) {
    connection.reply_off = false;
    connection.reply_skip = false;
    reply.ok();
  } else if (base::equals_ignore_case(request.arg(2), "OFF")) {
    connection.reply_off = true;
  } else if (base::equals_ignore_case(request.arg(2), "SKIP")) {
    connection.reply_skip_next = !connection.reply_off;
  } else {
    return fail(exec::errors::syntax);
  }
  connection.update_care();
  return {};
}

Result<bool> parse_switch(std::string_view word) {
  if (base::equals_ignore_case(word, "ON")) {
    return true;
  }
  if (base::equals_ignore_case(word, "OFF")) {
    return false;
  }
  return fail(exec::errors::syntax);
}

Status client_no_evict(Request& request, Shard&, Reply& reply) {
  GYRE_TRY_LET(on, parse_switch(request.arg(2)));
  server::caller(request).no_evict = on;
  reply.ok();
  return {};
}

Status client_no_touch(Request& request, Shard&, Reply& reply) {
  GYRE_TRY_LET(on, parse_switch(request.arg(2)));
  server::caller(request).no_touch = on;
  server::caller(request).update_care();
  reply.ok();
  return {};
}

constexpr uint32_t kFlags = exec::kNoscript | exec::kLoading | exec::kStale;

constexpr exec::Command kRows[] = {
    {.name = "REPLY",
     .parent = "CLIENT",
     .since = "3.2.0",
     .group = Group::connection,
     .complexity = "O(1)",
     .summary = "Sets whether the connection gets replies; SKIP spares it the next one.",
     .syntax = "<ON|OFF|SKIP>",
     .flags = kFlags,
     .shape = exec::here(client_reply)},
    {.name = "NO-EVICT",
     .parent = "CLIENT",
     .since = "7.0.0",
     .group = Group::connection,
     .complexity = "O(1)",
     .summary = "Exempts the connection from being closed to free memory.",
     .syntax = "<ON|OFF>",
     .flags = kFlags | exec::kAdmin,
     .shape = exec::here(client_no_evict)},
    {.name = "NO-TOUCH",
     .parent = "CLIENT",
     .since = "7.2.0",
     .group = Group::connection,
     .complexity = "O(1)",
     .summary = "Sets whether what the connection reads counts as used, for eviction.",
     .syntax = "<ON|OFF>",
     .flags = kFlags,
     .shape = exec::here(client_no_touch)},
};

}  // namespace

extern const exec::Rows connection_client_mode{kRows};

}  // namespace gyre::commands
