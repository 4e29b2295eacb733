// Commands with keys on several cores: lock, run the parts, merge.
#pragma once

#include <span>
#include <vector>

#include "exec/batch.h"
#include "exec/engine.h"
#include "ring/task.h"

namespace gyre::exec {

// Runs a split or gather command whose keys live on several cores, atomically: all its keys are
// locked, core by core in ascending order, before any part runs, and each core lets go when its
// last part has run. So whoever sees one effect of it sees all of them. The reply is encoded into
// `reply`'s sink through `out`, which the caller keeps until the task has ended.
ring::Task<> run_several(Engine& engine, Request& request, ReplyBuffer& out);

// Runs a command of shape wait, with its error encoded and its time counted.
ring::Task<> run_waiting(Engine& engine, Request& request, ReplyBuffer& out);

// Locks whole cores for FLUSHALL, SWAPDB and their kin: runs `body` on every core while nothing
// else runs on any. `body` is called on each core in turn.
ring::Task<> run_everywhere(Engine& engine, bool exclusive, void (*body)(Engine& at, void* context),
                            void* context);

// A step of a command on one core.
using Step = void (*)(Engine& at, void* context);

// Runs a command that finds its keys only as it goes: locks whole cores, runs one step after the
// other, each on all cores at a time, and lets go. What a step leaves in the context, the next one
// sees on every core. Nothing else writes meanwhile, and if `exclusive` nothing else runs.
ring::Task<> run_in_steps(Engine& engine, bool exclusive, std::span<const Step> steps,
                          void* context);

// A step of something long; true if there is more to do. Not longer than some tens of microseconds,
// because the core has others to serve.
using Slice = bool (*)(Engine& at, void* context);

// Calls `slice` on one core until it has no more to do, and lets the core do other things between.
ring::Task<> run_sliced(Engine& engine, uint16_t core, Slice slice, void* context);
// The same on all cores at a time, each with a context of its own, and all see the keys as they are
// at one moment, as KEYS has to: nothing writes on a core from that moment until its walk has
// ended. Reads go on meanwhile.
ring::Task<> walk_everywhere(Engine& engine, Slice slice, std::vector<void*> contexts);

}  // namespace gyre::exec
