// Faults: file operations that fail and places where the process ends, on purpose, for tests.
//
// The environment of the process says which, so no client can ask for them:
//
//     GYRE_FAULTS=ACTION[:KIND]@FROM[-[TO]]    operations number FROM to TO of the process
//     GYRE_FAULTS=crash@NAME[#COUNT]           the place of this name, when it comes up so often
//
//     ACTION  eio, enospc   the operation fails
//             short         half of what is to be read or written is
//             crash         the process ends in front of it, as if it were killed
//             tear          half of it is written, and the process ends
//     KIND    open, read, write, fsync, fdatasync, close, rename, unlink: only these count
//
// Each fault is told on standard error. Without the variable a file operation and a failpoint cost
// one load that is not ordered.
#pragma once

#include <atomic>
#include <string_view>

#include "ring/reactor.h"

namespace gyre::ring {

inline std::atomic<bool> faults_are_armed{false};

// Reads the environment. Empty, or what is wrong with it.
std::string_view arm_faults();

// Before an operation is handed to the kernel: 0, or what it is to end with instead, or what it is
// to do is made less.
int judge_fault(FileOp& op);
void reach_failpoint(std::string_view name);

// A place at which a crash must leave everything in order.
inline void failpoint(std::string_view name) {
  if (faults_are_armed.load(std::memory_order_relaxed)) [[unlikely]] {
    reach_failpoint(name);
  }
}

}  // namespace gyre::ring
