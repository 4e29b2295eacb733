// The sets of a command over several of them, wherever they are.
#pragma once

#include <vector>

#include "commands/collections.h"
#include "data/set.h"

namespace gyre::commands {

// The read step for the keys from argument `first` on.
Status read_operands(const exec::Request& request, store::Shard& shard, exec::Carry& carry,
                     uint32_t first);
// The write step: what to combine, in order. Null stands for a missing key.
std::vector<const data::Set*> operands(const exec::Carry& carry, uint32_t first);

}  // namespace gyre::commands
