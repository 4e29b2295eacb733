// check_aof(): reads one file of an append-only file to its end and tells what is damaged.
#pragma once

#include <cstdint>
#include <limits>
#include <optional>
#include <string>
#include <vector>

#include "app/file_window.h"
#include "persist/aof_groups.h"
#include "persist/aof_manifest.h"
#include "persist/losses.h"

namespace gyre::app {

struct AofReport {
  uint64_t batches = 0;  // of commands, as far as the file has such
  uint32_t core = 0;     // that wrote them
  int64_t first_s = 0;   // times that stand in the file; 0: none
  int64_t last_s = 0;
  std::vector<persist::Loss> damages;  // with something whole behind them
  // Where the end begins that was torn, or that a start would refuse all the same.
  std::optional<uint64_t> torn_at;
  std::string torn_reason;
  // Where the first thing is that is later than what was asked for.
  std::optional<uint64_t> later_at;
};

// Is the file one of ours, by what stands in it?
bool has_batch_lines(FileWindow& file);

// From where the file stands; `groups`, if not null, hears of the batches.
AofReport check_aof(FileWindow& file, const std::string& path, const persist::AofFile& what,
                    persist::AofGroups* groups,
                    int64_t until_s = std::numeric_limits<int64_t>::max());

}  // namespace gyre::app
