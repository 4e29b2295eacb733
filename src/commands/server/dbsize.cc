// DBSIZE.
#include "exec/engine.h"
#include "exec/everywhere.h"

namespace gyre::commands {
namespace {

struct Count {
  uint16_t db;
  size_t keys = 0;
};

// All cores are locked for writes, so that a command over several of them counts whole or not at
// all.
ring::Task<Status> dbsize(exec::Request& request, resp::Reply& reply) {
  Count count{.db = request.db};
  co_await exec::run_everywhere(
      request, false,
      [](exec::Engine& at, void* context) {
        auto& total = *static_cast<Count*>(context);
        total.keys += at.shard().db(total.db).size();
      },
      &count);
  reply.integer(static_cast<int64_t>(count.keys));
  co_return Status{};
}

constexpr exec::Command kRows[] = {
    {.name = "DBSIZE",
     .since = "1.0.0",
     .group = exec::Group::server,
     .complexity = "O(1)",
     .summary = "Returns the number of keys in the database.",
     .flags = exec::kReadonly | exec::kFast,
     .categories = "keyspace",
     .shape = exec::wait(dbsize),
     .tips = "request_policy:all_shards response_policy:agg_sum"},
};

}  // namespace

extern const exec::Rows server_dbsize{kRows};

}  // namespace gyre::commands
