// ROLE, REPLICAOF, SLAVEOF, WAIT: what a server without replicas answers.
#include "base/number.h"
#include "base/text.h"
#include "exec/request.h"

namespace gyre::commands {
namespace {

using exec::Group;
using exec::Request;
using resp::Reply;
using store::Shard;

Status role(Request&, Shard&, Reply& reply) {
  reply.array(3);
  reply.bulk("master");
  reply.integer(0);
  reply.array(0);
  return {};
}

Status replicaof(Request& request, Shard&, Reply& reply) {
  if (base::equals_ignore_case(request.arg(1), "NO") &&
      base::equals_ignore_case(request.arg(2), "ONE")) {
    reply.ok();  // it is no replica of anyone
    return {};
  }
  const auto port = base::parse_int64(request.arg(2));
  if (!port || *port < 0 || *port > 65535) {
    return fail("ERR Invalid master port");
  }
  return fail("ERR This version of Gyre cannot be a replica");
}

// No replica can come while the caller waits, so the number is known at once.
Status wait_for_replicas(Request& request, Shard&, Reply& reply) {
  const auto timeout_ms = base::parse_int64(request.arg(2));
  if (!base::parse_int64(request.arg(1))) {
    return fail(exec::errors::not_integer);
  }
  if (!timeout_ms) {
    return fail("ERR timeout is not an integer or out of range");
  }
  if (*timeout_ms < 0) {
    return fail("ERR timeout is negative");
  }
  reply.integer(0);
  return {};
}

constexpr uint32_t kReplicaofFlags =
    exec::kAdmin | exec::kNoscript | exec::kStale | exec::kNoAsyncLoading;

constexpr exec::Command kRows[] = {
    {.name = "ROLE",
     .since = "2.8.12",
     .group = Group::server,
     .complexity = "O(1)",
     .summary = "Tells whether the server is a primary or a replica.",
     .flags = exec::kNoscript | exec::kLoading | exec::kStale | exec::kFast,
     .categories = "admin dangerous",
     .shape = exec::here(role)},
    {.name = "REPLICAOF",
     .since = "5.0.0",
     .group = Group::server,
     .complexity = "O(1)",
     .summary = "Makes the server a replica of another one, or of none.",
     .syntax = "<host port|NO ONE>",
     .flags = kReplicaofFlags,
     .shape = exec::here(replicaof),
     .arity = 3},
    {.name = "SLAVEOF",
     .since = "1.0.0",
     .group = Group::server,
     .complexity = "O(1)",
     .summary = "Makes the server a replica of another one, or of none.",
     .syntax = "<host port|NO ONE>",
     .flags = kReplicaofFlags,
     .shape = exec::here(replicaof),
     .arity = 3,
     .deprecated_since = "5.0.0",
     .replaced_by = "`REPLICAOF`"},
    {.name = "WAIT",
     .since = "3.0.0",
     .group = Group::generic,
     .complexity = "O(1)",
     .summary = "Waits until so many replicas have what the connection wrote.",
     .syntax = "numreplicas timeout",
     .flags = exec::kBlocking,
     .categories = "-keyspace connection",
     .shape = exec::here(wait_for_replicas),
     .tips = "request_policy:all_shards response_policy:agg_min"},
};

}  // namespace

extern const exec::Rows server_replication{kRows};

}  // namespace gyre::commands
