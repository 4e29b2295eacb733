// PING, ECHO.
#include "exec/request.h"
#include "exec/session.h"

namespace gyre::commands {
namespace {

Status ping(exec::Request& request, store::Shard&, resp::Reply& reply) {
  if (request.size() > 2) {
    return fail("ERR wrong number of arguments for 'ping' command");
  }
  if (request.session->is_only_listening()) {  // who reads messages only
    reply.array(2);
    reply.bulk("pong");
    reply.bulk(request.size() == 1 ? "" : request.arg(1));
  } else if (request.size() == 1) {
    reply.simple("PONG");
  } else {
    reply.bulk(request.arg(1));
  }
  return {};
}

Status echo(exec::Request& request, store::Shard&, resp::Reply& reply) {
  reply.bulk(request.arg(1));
  return {};
}

constexpr exec::Command kRows[] = {
    {.name = "PING",
     .since = "1.0.0",
     .group = exec::Group::connection,
     .complexity = "O(1)",
     .summary = "Answers PONG, or the given message.",
     .syntax = "[message]",
     .flags = exec::kFast | exec::kWhileListening,
     .shape = exec::here(ping),
     .tips = "request_policy:all_shards response_policy:all_succeeded"},
    {.name = "ECHO",
     .since = "1.0.0",
     .group = exec::Group::connection,
     .complexity = "O(1)",
     .summary = "Answers with the given message.",
     .syntax = "message",
     .flags = exec::kFast | exec::kLoading | exec::kStale,
     .shape = exec::here(echo)},
};

}  // namespace

extern const exec::Rows connection_ping{kRows};

}  // namespace gyre::commands
