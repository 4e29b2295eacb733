// Departures: messages to other cores that wait until what they tell of is safe on this one.
#pragma once

#include <deque>

#include "journal/journal.h"
#include "ring/core.h"

namespace gyre::exec {

// Whoever hears of a write on another core answers a client with it, so the message leaves when the
// journal of this core is as safe as it was long when the message was posted.
class Departures {
 public:
  Departures(ring::Core& core, const journal::Journal& journal) : core_(core), journal_(journal) {}
  Departures(const Departures&) = delete;
  Departures& operator=(const Departures&) = delete;

  void post(uint16_t to, ring::Message& message) {
    if ((journal_.is_safe() && waiting_.empty()) || is_open_) [[likely]] {
      core_.post(to, message);
    } else {
      waiting_.push_back({journal_.end(), to, &message});
    }
  }
  // Nothing can be made safe for the time being, and nothing is written: what is posted meanwhile
  // tells of no write.
  void set_open(bool on) { is_open_ = on; }
  // More is safe than before.
  void release() {
    while (!waiting_.empty() && waiting_.front().position <= journal_.safe()) {
      core_.post(waiting_.front().to, *waiting_.front().message);
      waiting_.pop_front();
    }
  }

 private:
  struct Waiting {
    journal::Position position;
    uint16_t to;
    ring::Message* message;
  };

  ring::Core& core_;
  const journal::Journal& journal_;
  std::deque<Waiting> waiting_;
  bool is_open_ = false;
};

}  // namespace gyre::exec
