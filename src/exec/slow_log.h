// SlowLog: the commands of one core that took long.
#pragma once

#include <cstdint>
#include <deque>
#include <string>
#include <vector>

#include "exec/request.h"

namespace gyre::exec {

class SlowLog {
 public:
  struct Entry {
    uint64_t id = 0;
    int64_t unix_s = 0;
    int64_t usec = 0;
    std::vector<std::string> args;  // shortened, passwords taken out
    std::string peer;
    std::string name;
  };

  // `stride` is the number of cores: ids of all logs together are unique.
  SlowLog(uint16_t core, uint16_t stride) : next_id_(core), stride_(stride) {}

  // Negative: nothing is slow.
  void configure(int64_t slower_than_us, int64_t entries_max);

  bool is_slow(uint64_t ns) const { return ns >= threshold_ns_; }
  // Whether times are of interest that only commands timed one by one can show.
  bool is_fine() const { return threshold_ns_ < kFineNs; }
  void add(const Request& request, uint64_t ns, int64_t now_ms);

  // Newest first.
  const std::deque<Entry>& entries() const { return entries_; }
  void clear() { entries_.clear(); }

 private:
  static constexpr uint64_t kFineNs = 1'000'000;

  uint64_t threshold_ns_ = UINT64_MAX;
  size_t entries_max_ = 0;
  uint64_t next_id_;
  uint16_t stride_;
  std::deque<Entry> entries_;
};

}  // namespace gyre::exec
