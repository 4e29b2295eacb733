// WAITAOF.
#include "base/number.h"
#include "exec/session.h"
#include "server/core_server.h"
#include "server/disk_wait.h"

namespace gyre::commands {
namespace {

using exec::Request;
using resp::Reply;

struct Wanted {
  bool local = false;
  int64_t timeout_ms = 0;  // 0: none
};

Result<Wanted> parse(const Request& request) {
  const auto local = base::parse_int64(request.arg(1));
  if (!local) {
    return fail(exec::errors::not_integer);
  }
  if (*local < 0 || *local > 1) {
    return fail("ERR value is out of range, value must between 0 and 1");
  }
  const auto replicas = base::parse_int64(request.arg(2));
  if (!replicas || *replicas < 0) {
    return fail(exec::errors::negative);
  }
  const auto timeout_ms = base::parse_int64(request.arg(3));
  if (!timeout_ms) {
    return fail("ERR timeout is not an integer or out of range");
  }
  if (*timeout_ms < 0) {
    return fail("ERR timeout is negative");
  }
  return Wanted{*local == 1, *timeout_ms};
}

// Nobody waits for the flush of the second: it is asked for. Replicas there are none, and none can
// come, so nobody waits for them either.
ring::Task<Status> waitaof(Request& request, Reply& reply) {
  const auto wanted = parse(request);
  if (!wanted) {
    co_return fail(wanted.error());
  }
  if (wanted->local && !server::CoreServer::current().config().appendonly) {
    co_return fail("ERR WAITAOF cannot be used when numlocal is set but appendonly is disabled.");
  }
  const bool waits = wanted->local && !request.session->is_in_exec;
  const bool is_there = co_await server::wait_for_disk(*request.session, waits, wanted->timeout_ms);
  reply.array(2);
  reply.integer(is_there ? 1 : 0);
  reply.integer(0);
  co_return Status{};
}

constexpr exec::Command kRows[] = {
    {.name = "WAITAOF",
     .since = "7.2.0",
     .group = exec::Group::generic,
     .complexity = "O(1)",
     .summary = "Waits until what was written before is in the append-only file, on the disk.",
     .syntax = "numlocal numreplicas timeout",
     .flags = exec::kBlocking,
     .categories = "-keyspace connection",
     .shape = exec::wait(waitaof),
     .tips = "request_policy:all_shards response_policy:agg_min"},
};

}  // namespace

extern const exec::Rows server_waitaof{kRows};

}  // namespace gyre::commands
