// The clock of all histories: nanoseconds that never go back and that all threads agree on.
#pragma once

#include <chrono>
#include <cstdint>
#include <limits>

namespace gyre::consistency {

// The end of what was never answered.
inline constexpr int64_t kNever = std::numeric_limits<int64_t>::max();

inline int64_t now_ns() {
  return std::chrono::duration_cast<std::chrono::nanoseconds>(
             std::chrono::steady_clock::now().time_since_epoch())
      .count();
}

}  // namespace gyre::consistency
