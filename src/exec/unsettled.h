// Unsettled: groups of writes over several cores whose part here is done, and others perhaps not.
#pragma once

#include <cstdint>
#include <deque>
#include <vector>

#include "exec/locks.h"
#include "journal/journal.h"
#include "ring/core.h"

namespace gyre::exec {

// A crash may leave a part of a group in the file of this core and lose another one elsewhere; a
// start drops both then. So until all parts are safe nobody is answered anything that rests on the
// group: client replies and messages home wait for all groups that are open on this core, those of
// other groups for the ones that held the same locks before. Locks are taken on all cores before
// the first of them is given back, so groups never wait for each other in a circle.
//
// The asking core knows when all parts are safe, for their messages home say so: it tells them all.
class Unsettled {
 public:
  Unsettled(ring::Core& core, const journal::Journal& journal) : core_(core), journal_(journal) {}
  Unsettled(const Unsettled&) = delete;
  Unsettled& operator=(const Unsettled&) = delete;

  bool any() const { return !open_.empty(); }
  // Groups that are open here have numbers, which grow. 0: none is.
  uint64_t last() const { return open_.empty() ? 0 : open_.back().number; }
  // Is none left of those with numbers up to this one?
  bool is_settled_to(uint64_t number) const {
    return open_.empty() || open_.front().number > number;
  }
  // Does the group rest on no other that is open here?
  bool is_free(uint64_t group) const;

  // The part of a group is through here; its locks are still held.
  void add(uint64_t group, const LockRequest& lock);
  // On the asking core: the parts on other cores are safe.
  void come_home(uint64_t group, std::vector<uint16_t> cores);
  // At the end of a turn: more is safe than before.
  void release();

 private:
  struct Open {
    uint64_t group;
    uint64_t number;
    journal::Position end;
    bool exclusive;
    bool whole_core;
    std::vector<uint16_t> cells;
    std::vector<uint64_t> rests_on;  // numbers
  };
  struct Home {
    uint64_t group;
    std::vector<uint16_t> cores;
  };
  // Goes to a core that has a part, and comes back to be used again.
  struct Notice : ring::Message {
    uint64_t group = 0;
    Unsettled* home = nullptr;
  };

  const Open* find(uint64_t group) const;
  bool is_ready(uint64_t group) const;
  void tell(const Home& home);
  void settled(uint64_t group);
  Notice& take_notice();

  ring::Core& core_;
  const journal::Journal& journal_;
  uint64_t last_ = 0;
  std::deque<Open> open_;
  std::vector<Home> home_;  // whose part on this core is not safe yet
  std::deque<Notice> notices_;
  std::vector<Notice*> free_;  // of them
};

}  // namespace gyre::exec
