// Commands that concern all keys: whole cores locked, steps on every core, long walks in slices.
#pragma once

#include <span>
#include <vector>

#include "exec/engine.h"
#include "exec/request.h"
#include "ring/task.h"

namespace gyre::exec {

// All of these run on the asking core for a request of shape wait. A transaction that holds the
// cores already (Session::holds_cores) is not locked out by itself.

// As what a command about all keys is repeated: as more of the transaction that it is in, or on
// several cores as a group of its own.
AtomicGroup group_over_all(const Request& request);

// Locks whole cores for FLUSHALL, SWAPDB and their kin: runs `body` on every core while nothing
// else runs on any. `body` is called on each core in turn, and says what is repeated as `group`.
ring::Task<> run_everywhere(const Request& request, bool exclusive,
                            void (*body)(Engine& at, void* context), void* context,
                            AtomicGroup group = {});

// A step of a command on one core.
using Step = void (*)(Engine& at, void* context);

// Runs a command that finds its keys only as it goes: locks whole cores, runs one step after the
// other, each on all cores at a time, and lets go. What a step leaves in the context, the next one
// sees on every core. Nothing else writes meanwhile, and if `exclusive` nothing else runs.
ring::Task<> run_in_steps(const Request& request, bool exclusive, std::span<const Step> steps,
                          void* context, AtomicGroup group = {});

// A step of something long; true if there is more to do. Not longer than some tens of microseconds,
// because the core has others to serve.
using Slice = bool (*)(Engine& at, void* context);

// Calls `slice` on one core until it has no more to do, and lets the core do other things between.
ring::Task<> run_sliced(uint16_t core, Slice slice, void* context);
// The same on all cores at a time, each with a context of its own, and all see the keys as they are
// at one moment, as KEYS has to: nothing writes on a core from that moment until its walk has
// ended. Reads go on meanwhile.
ring::Task<> walk_everywhere(const Request& request, Slice slice, std::vector<void*> contexts);

}  // namespace gyre::exec
