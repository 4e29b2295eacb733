// Departures: messages to other cores that wait until what they tell of is safe on this one.
#pragma once

#include <algorithm>
#include <deque>

#include "exec/unsettled.h"
#include "journal/journal.h"
#include "ring/core.h"

namespace gyre::exec {

// Whoever hears of a write on another core answers a client with it, so the message leaves when the
// journal of this core is as safe as it was long when the message was posted, and no group is open
// any more that it may rest on.
class Departures {
 public:
  Departures(ring::Core& core, const journal::Journal& journal, const Unsettled& unsettled)
      : core_(core), journal_(journal), unsettled_(unsettled) {}
  Departures(const Departures&) = delete;
  Departures& operator=(const Departures&) = delete;

  // `group`: whose part it brings home; 0: of none.
  void post(uint16_t to, ring::Message& message, uint64_t group = 0) {
    post(to, message, group, nullptr);
  }
  // `is_lost` is set in the message when it leaves although what it tells of could not be made
  // safe.
  void post(uint16_t to, ring::Message& message, bool* is_lost) { post(to, message, 0, is_lost); }
  // Nothing can be made safe for the time being, and nothing is written: what is posted meanwhile
  // tells of no write.
  void set_open(bool on) {
    is_open_ = on;
    for (auto at = waiting_.begin(); on && at != waiting_.end();) {
      if (at->is_lost == nullptr) {
        ++at;
        continue;
      }
      *at->is_lost = true;
      core_.post(at->to, *at->message);
      at = waiting_.erase(at);
    }
  }
  bool any() const { return !waiting_.empty(); }
  // More is safe than before, or fewer groups are open.
  void release() {
    if (!waiting_.empty()) [[unlikely]] {
      release_ready();
    }
  }

 private:
  void post(uint16_t to, ring::Message& message, uint64_t group, bool* is_lost) {
    if ((journal_.is_safe() && waiting_.empty() && !unsettled_.any()) || is_open_) [[likely]] {
      core_.post(to, message);
    } else {
      waiting_.push_back({journal_.end(), group, unsettled_.last(), to, &message, is_lost});
    }
  }

  struct Waiting {
    journal::Position position;
    uint64_t group;
    uint64_t groups_to;  // these must have settled, if it is of no group itself
    uint16_t to;
    ring::Message* message;
    bool* is_lost;
  };

  bool is_ready(const Waiting& waiting) const {
    return waiting.group != 0 ? unsettled_.is_free(waiting.group)
                              : unsettled_.is_settled_to(waiting.groups_to);
  }
  void release_ready() {
    const auto end = std::find_if(waiting_.begin(), waiting_.end(), [&](const Waiting& waiting) {
      return waiting.position > journal_.safe();
    });
    const auto kept = std::remove_if(waiting_.begin(), end, [&](const Waiting& waiting) {
      if (!is_ready(waiting)) {
        return false;
      }
      core_.post(waiting.to, *waiting.message);
      return true;
    });
    waiting_.erase(kept, end);
  }

  ring::Core& core_;
  const journal::Journal& journal_;
  const Unsettled& unsettled_;
  std::deque<Waiting> waiting_;
  bool is_open_ = false;
};

}  // namespace gyre::exec
