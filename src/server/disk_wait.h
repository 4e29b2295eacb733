// wait_for_disk(): until what was written so far is in the append-only file, on the disk.
#pragma once

#include <cstdint>

#include "exec/session.h"
#include "ring/task.h"

namespace gyre::server {

// Asks for the flushes that this takes. False if it is not there after `timeout_ms` (0: never give
// up), or when the client or the server ends, or if there is no append-only file; without `waits`
// it only looks. On any core; the session outlives the task.
ring::Task<bool> wait_for_disk(const exec::Session& session, bool waits, int64_t timeout_ms);

}  // namespace gyre::server
