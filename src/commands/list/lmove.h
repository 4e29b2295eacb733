// Moving an element from one list to another, for commands that wait for one and those that do not.
#pragma once

#include "commands/list/lists.h"

namespace gyre::commands {

struct MoveSides {
  data::Side from = data::Side::back;
  data::Side to = data::Side::front;
};

// The sides that the arguments name, or those of RPOPLPUSH.
Result<MoveSides> parse_move_sides(const exec::Request& request);
// The two steps of the move; a command that may block is told when there is no source.
Status lmove_read(exec::Request& request, store::Shard& shard, exec::Carry& carry);
Status lmove(exec::Request& request, store::Shard& shard, exec::Carry& carry, resp::Reply& reply);

}  // namespace gyre::commands
