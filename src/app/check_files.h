// check_path(): what gyre-check does with one argument: tells what is there, and repairs torn ends.
#pragma once

#include <cstdint>
#include <limits>
#include <string>

#include "exec/table.h"

namespace gyre::app {

// In order of weight; the exit status.
enum Outcome : int { kSound = 0, kDamaged = 1, kUnusable = 2 };

struct CheckOptions {
  bool has_digest = false;
  bool fixes = false;        // torn ends are cut off
  bool asks = true;          // before that
  int64_t until_s = kNever;  // what is later is cut off, too

  static constexpr int64_t kNever = std::numeric_limits<int64_t>::max();
};

// A directory or a manifest of an append-only file, one file of it, or an RDB file.
Outcome check_path(const std::string& path, const CheckOptions& options,
                   const exec::CommandTable& commands);

}  // namespace gyre::app
