// SELECT.
#include "commands/database_argument.h"
#include "exec/session.h"

namespace gyre::commands {
namespace {

Status select(exec::Request& request, store::Shard& shard, resp::Reply& reply) {
  GYRE_TRY_LET(db, parse_database(request.arg(1), shard));
  request.session->db = db;
  reply.ok();
  return {};
}

constexpr exec::Command kRows[] = {
    {.name = "SELECT",
     .since = "1.0.0",
     .group = exec::Group::connection,
     .complexity = "O(1)",
     .summary = "Chooses the database that the following commands of this connection use.",
     .syntax = "index",
     .flags = exec::kLoading | exec::kStale | exec::kFast,
     .shape = exec::here(select)},
};

}  // namespace

extern const exec::Rows connection_select{kRows};

}  // namespace gyre::commands
