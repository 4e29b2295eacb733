// Blocking commands: wait until one of their keys has something.
#pragma once

#include "exec/engine.h"
#include "exec/part.h"
#include "exec/request.h"
#include "ring/task.h"

namespace gyre::exec {

// Runs a gather command that may block (Shape::blocking), wherever its keys are, and waits if they
// have nothing and its arguments ask for that. The reply is encoded into `out`. False if the client
// has gone, and there is none. All arguments outlive the task.
ring::Task<bool> run_blocking(Engine& engine, Session& session, Request& request, ReplyBuffer& out);

}  // namespace gyre::exec
