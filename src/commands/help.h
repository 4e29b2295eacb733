// HELP of a container, from the rows of its subcommands.
#pragma once

#include "exec/request.h"
#include "resp/reply.h"
#include "store/shard.h"

namespace gyre::commands {

// The handler of every HELP subcommand: two lines for each subcommand, its syntax and its summary.
Status container_help(exec::Request& request, store::Shard& shard, resp::Reply& reply);

}  // namespace gyre::commands
