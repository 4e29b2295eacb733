// Departures: messages to other cores that wait until what they tell of is safe on this one.
#pragma once

#include <algorithm>
#include <deque>
#include <utility>

#include "exec/unsettled.h"
#include "journal/journal.h"
#include "ring/core.h"

namespace gyre::exec {

// Whoever hears of a write on another core answers a client with it, so the message leaves when the
// journal of this core is as safe as it was long when the message was posted, and no group is open
// any more that it may rest on.
//
// When nothing can be made safe for the time being, everything leaves, or whoever waits for it
// would keep locks that the mending needs. What tells of something that is not safe says so, and
// its client is not answered.
class Departures {
 public:
  struct Load {
    uint64_t group = 0;       // whose part the message brings home; 0: of none
    bool* is_lost = nullptr;  // in the message: what it tells of is not safe
    bool has_written = false;
  };

  Departures(ring::Core& core, const journal::Journal& journal, const Unsettled& unsettled)
      : core_(core), journal_(journal), unsettled_(unsettled) {}
  Departures(const Departures&) = delete;
  Departures& operator=(const Departures&) = delete;

  void post(uint16_t to, ring::Message& message, const Load& load) {
    if (is_open_) [[unlikely]] {
      *load.is_lost |= load.has_written;
      core_.post(to, message);
    } else if (journal_.is_safe() && waiting_.empty() && !unsettled_.any()) [[likely]] {
      core_.post(to, message);
    } else {
      waiting_.push_back({load, journal_.end(), unsettled_.last(), to, &message});
    }
  }
  // Nothing can be made safe for the time being, and writes are refused.
  void set_open(bool on) {
    is_open_ = on;
    for (const Waiting& waiting : on ? std::exchange(waiting_, {}) : std::deque<Waiting>()) {
      *waiting.load.is_lost = true;
      core_.post(waiting.to, *waiting.message);
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
  struct Waiting {
    Load load;
    journal::Position position;
    uint64_t groups_to;  // these must have settled, if it is of no group itself
    uint16_t to;
    ring::Message* message;
  };

  bool is_ready(const Waiting& waiting) const {
    return waiting.load.group != 0 ? unsettled_.is_free(waiting.load.group)
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
