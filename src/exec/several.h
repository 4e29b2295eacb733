// Commands with keys on several cores: lock, run the parts, merge.
#pragma once

#include "exec/batch.h"
#include "exec/engine.h"
#include "ring/task.h"

namespace gyre::exec {

// Runs a split or gather command whose keys live on several cores, atomically: all its keys are
// locked, core by core in ascending order, before any part runs, and each core lets go when its
// last part has run. So whoever sees one effect of it sees all of them. With `held` a transaction
// holds the locks already, and keeps them; what is written is repeated as part of that group. The
// reply is encoded into `out`, which the caller keeps until the task has ended.
ring::Task<> run_several(Engine& engine, Request& request, ReplyBuffer& out,
                         const AtomicGroup* held = nullptr);

// Runs a command of shape wait, with its error encoded and its time counted.
ring::Task<> run_waiting(Engine& engine, Request& request, ReplyBuffer& out);

}  // namespace gyre::exec
