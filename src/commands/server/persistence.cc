// SAVE, BGSAVE, BGREWRITEAOF, LASTSAVE: what a server without persistence answers.
#include "server/caller.h"
#include "server/server.h"

namespace gyre::commands {
namespace {

using exec::Group;
using exec::Request;
using resp::Reply;
using store::Shard;

Status refuse(Request&, Shard&, Reply&) {
  return fail("ERR This version of Gyre cannot write to disk");
}

// As in Redis, the start counts as a save: what it began with is what a disk would hold.
Status lastsave(Request& request, Shard&, Reply& reply) {
  reply.integer(server::caller(request).core().server().started_ms() / 1000);
  return {};
}

constexpr exec::Change kBgsaveHistory[] = {{"3.2.2", "`SCHEDULE`."}};
constexpr uint32_t kFlags = exec::kAdmin | exec::kNoscript | exec::kNoAsyncLoading;

constexpr exec::Command kRows[] = {
    {.name = "SAVE",
     .since = "1.0.0",
     .group = Group::server,
     .complexity = "O(N) where N is the total number of keys in all databases",
     .summary = "Writes all databases to disk before it answers.",
     .flags = kFlags | exec::kNoMulti,
     .shape = exec::here(refuse)},
    {.name = "BGSAVE",
     .since = "1.0.0",
     .group = Group::server,
     .complexity = "O(1)",
     .summary = "Begins to write all databases to disk.",
     .syntax = "[SCHEDULE]",
     .history = kBgsaveHistory,
     .flags = kFlags,
     .shape = exec::here(refuse)},
    {.name = "BGREWRITEAOF",
     .since = "1.0.0",
     .group = Group::server,
     .complexity = "O(1)",
     .summary = "Begins to write the append-only file anew, as short as it can be.",
     .flags = kFlags,
     .shape = exec::here(refuse)},
    {.name = "LASTSAVE",
     .since = "1.0.0",
     .group = Group::server,
     .complexity = "O(1)",
     .summary = "Tells when the databases were last written to disk, as Unix seconds.",
     .flags = exec::kLoading | exec::kStale | exec::kFast,
     .categories = "admin dangerous",
     .shape = exec::here(lastsave),
     .tips = "nondeterministic_output"},
};

}  // namespace

extern const exec::Rows server_persistence{kRows};

}  // namespace gyre::commands
