// LoadProgress: how far the loading of data from files has come.
#pragma once

#include <cstdint>

namespace gyre::persist {

// Written and read on the first core.
struct LoadProgress {
  int64_t begin_ms = 0;  // Unix
  uint64_t total_bytes = 0;
  uint64_t loaded_bytes = 0;
  uint64_t used_memory = 0;  // of the server that wrote the file, as it says
  uint64_t keys = 0;
  uint64_t expired = 0;   // keys that were not loaded because their time had come
  int64_t logged_ms = 0;  // of the last line about it

  // A line in the log every few seconds.
  void log_some(int64_t now_ms);
};

}  // namespace gyre::persist
