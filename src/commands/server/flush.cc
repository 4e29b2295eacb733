// FLUSHALL, FLUSHDB, SWAPDB.
#include "base/number.h"
#include "base/text.h"
#include "exec/engine.h"
#include "exec/everywhere.h"

namespace gyre::commands {
namespace {

using exec::Engine;

constexpr size_t kSliceEntries = 500;

// Which database to empty, or all of them.
struct Flush {
  uint16_t db = 0;
  bool is_all = false;
  exec::AtomicGroup group;
};

// On every core, before any of them lets anybody look: so who caches keys hears of it before the
// next look finds them gone, whichever core that is on.
constexpr exec::Step kFlushSteps[] = {[](Engine& at, void* context) {
  const auto& flush = *static_cast<const Flush*>(context);
  const uint16_t end = flush.is_all ? at.shard().databases() : flush.db + 1;
  for (uint16_t db = flush.is_all ? 0 : flush.db; db < end; ++db) {
    at.shard().flush(db);
  }
  at.tracking().flush();
  at.recorder().say_for_all(flush.group, flush.db, {flush.is_all ? "FLUSHALL" : "FLUSHDB"});
}};

// The databases are empty at once for everybody. Freeing what they held takes its time: with ASYNC
// it is left to the housekeeping, else the reply waits until the memory is free, and other clients
// are served meanwhile.
ring::Task<Status> flush(exec::Request& request, bool is_all) {  // the request outlives the task
  const bool is_async = request.size() == 2 && base::equals_ignore_case(request.arg(1), "async");
  const bool is_sync = request.size() == 2 && base::equals_ignore_case(request.arg(1), "sync");
  if (request.size() > 1 && !is_async && !is_sync) {
    co_return fail(exec::errors::syntax);
  }
  Engine& engine = Engine::current();
  Flush what{request.db, is_all, exec::group_over_all(request)};
  co_await exec::run_in_steps(request, true, kFlushSteps, &what, what.group);
  for (uint16_t core = 0; core < engine.all().count() && !is_async; ++core) {
    co_await exec::run_sliced(
        core, [](Engine& at, void*) { return at.shard().free_discarded(kSliceEntries); }, nullptr);
  }
  co_return Status{};
}

ring::Task<Status> flushall(exec::Request& request, resp::Reply& reply) {
  const Status status = co_await flush(request, true);
  if (status) {
    reply.ok();
  }
  co_return status;
}

ring::Task<Status> flushdb(exec::Request& request, resp::Reply& reply) {
  const Status status = co_await flush(request, false);
  if (status) {
    reply.ok();
  }
  co_return status;
}

struct Swap {
  uint16_t first;
  uint16_t second;
  exec::AtomicGroup group;
};

ring::Task<Status> swapdb(exec::Request& request, resp::Reply& reply) {
  Engine& engine = Engine::current();
  const auto first = base::parse_int64(request.arg(1));
  if (!first || *first != static_cast<int32_t>(*first)) {
    co_return fail("ERR invalid first DB index");
  }
  const auto second = base::parse_int64(request.arg(2));
  if (!second || *second != static_cast<int32_t>(*second)) {
    co_return fail("ERR invalid second DB index");
  }
  const int64_t count = engine.shard().databases();
  if (*first < 0 || *first >= count || *second < 0 || *second >= count) {
    co_return fail(exec::errors::db_out_of_range);
  }
  Swap swap{static_cast<uint16_t>(*first), static_cast<uint16_t>(*second),
            exec::group_over_all(request)};
  if (swap.first != swap.second) {
    co_await exec::run_everywhere(
        request, true,
        [](Engine& at, void* context) {
          const auto& dbs = *static_cast<const Swap*>(context);
          at.shard().swap(dbs.first, dbs.second);
          char first[base::kIntCharsMax];
          char second[base::kIntCharsMax];
          at.recorder().say_for_all(dbs.group, 0,
                                    {"SWAPDB",
                                     {first, base::format_uint64(first, dbs.first)},
                                     {second, base::format_uint64(second, dbs.second)}});
        },
        &swap, swap.group);
  }
  reply.ok();
  co_return Status{};
}

constexpr exec::Change kFlushallHistory[] = {
    {"4.0.0", "`ASYNC`."},
    {"6.2.0", "`SYNC`."},
};

constexpr exec::Command kRows[] = {
    {.name = "FLUSHALL",
     .since = "1.0.0",
     .group = exec::Group::server,
     .complexity = "O(N) where N is the number of keys in all databases",
     .summary = "Removes the keys of all databases.",
     .syntax = "[ASYNC|SYNC]",
     .history = kFlushallHistory,
     .flags = exec::kWrite,
     .categories = "keyspace dangerous",
     .shape = exec::wait(flushall),
     .tips = "request_policy:all_shards response_policy:all_succeeded"},
    {.name = "FLUSHDB",
     .since = "1.0.0",
     .group = exec::Group::server,
     .complexity = "O(N) where N is the number of keys in the database",
     .summary = "Removes the keys of the selected database.",
     .syntax = "[ASYNC|SYNC]",
     .history = kFlushallHistory,
     .flags = exec::kWrite,
     .categories = "keyspace dangerous",
     .shape = exec::wait(flushdb),
     .tips = "request_policy:all_shards response_policy:all_succeeded"},
    {.name = "SWAPDB",
     .since = "4.0.0",
     .group = exec::Group::server,
     .complexity = "O(N) where N is the number of clients that watch or wait for keys of the two",
     .summary = "Exchanges the contents of two databases.",
     .syntax = "index1 index2",
     .flags = exec::kWrite | exec::kFast,
     .categories = "keyspace dangerous",
     .shape = exec::wait(swapdb)},
};

}  // namespace

extern const exec::Rows server_flush{kRows};

}  // namespace gyre::commands
