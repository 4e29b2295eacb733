// CommandStats: calls, time and failures per command, of one core.
#pragma once

#include <cstdint>
#include <map>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "base/histogram.h"

namespace gyre::exec {

class CommandStats {
 public:
  struct Row {
    uint64_t calls = 0;
    uint64_t ns = 0;  // in the handler
    uint64_t rejected = 0;
    uint64_t failed = 0;
    base::Histogram latency_ns;
  };

  explicit CommandStats(size_t commands) : rows_(commands) {}

  Row& at(uint16_t id) { return rows_[id]; }

  // Counts calls of a command and the time that its handler took for all of them.
  void count_calls(Row& row, uint64_t ns, uint32_t calls) {
    row.calls += calls;
    row.ns += ns;
    if (tracks_latency_) {
      row.latency_ns.record(calls == 1 ? ns : ns / calls, calls);
    }
  }
  // Whether the distribution of times is kept.
  void set_tracks_latency(bool on) { tracks_latency_ = on; }
  const std::vector<Row>& rows() const { return rows_; }

  // Counts an error reply by its code ("ERR", "WRONGTYPE").
  void count_error(std::string_view text);
  const std::map<std::string, uint64_t, std::less<>>& errors() const { return errors_; }
  uint64_t error_replies() const { return error_replies_; }

  void reset();

 private:
  std::vector<Row> rows_;
  std::map<std::string, uint64_t, std::less<>> errors_;
  uint64_t error_replies_ = 0;
  bool tracks_latency_ = true;
};

}  // namespace gyre::exec
