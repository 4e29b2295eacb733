#include "persist/load_progress.h"

#include <algorithm>

#include "base/log.h"

namespace gyre::persist {

void LoadProgress::log_some(int64_t now_ms) {
  constexpr int64_t kPeriodMs = 3000;
  if (now_ms - std::max(begin_ms, logged_ms) < kPeriodMs) {
    return;
  }
  logged_ms = now_ms;
  const auto total = static_cast<double>(std::max<uint64_t>(total_bytes, 1));
  log::notice("Loading: {:.1f} % of {} MB, {} keys, {} a second",
              100 * static_cast<double>(loaded_bytes) / total, total_bytes >> 20, keys,
              keys * 1000 / static_cast<uint64_t>(std::max<int64_t>(now_ms - begin_ms, 1)));
}

}  // namespace gyre::persist
