// The sorted sets and sets of a command over several of them, wherever they are.
#pragma once

#include <vector>

#include "commands/collections.h"
#include "data/sorted_set_algebra.h"

namespace gyre::commands {

// How many sources there are, by the argument at `count_at`, which stands before them.
Result<size_t> parse_source_count(const exec::Request& request, size_t count_at);

// The read step for the keys behind argument `count_at`.
Status read_sources(const exec::Request& request, store::Shard& shard, exec::Carry& carry,
                    size_t count_at);

// The write step: the sources in the order in which they are named.
std::vector<data::ScoredSource> gathered_sources(exec::Carry& carry, size_t count_at, size_t count);

}  // namespace gyre::commands
