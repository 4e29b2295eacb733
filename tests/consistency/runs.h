// The parts of the prover: each drives a server, checks what it saw, prints what it found and its
// figures.
#pragma once

#include "options.h"

namespace gyre::consistency {

// True: no violation.
bool run_registers(const Options& options);
bool run_delivery(const Options& options);
bool run_hunt(const Options& options);
bool run_skew(const Options& options);
bool run_transactions(const Options& options);

inline double seconds(int64_t ns) { return static_cast<double>(ns) / 1e9; }

}  // namespace gyre::consistency
