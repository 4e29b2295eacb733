// CorePart: what one core does for something that holds locks on several of them.
#pragma once

#include <coroutine>
#include <cstdint>
#include <span>
#include <vector>

#include "exec/engine.h"
#include "exec/locks.h"
#include "exec/part.h"
#include "ring/mailbox.h"
#include "ring/task.h"

namespace gyre::exec {

// Derive and fill in. The object stays on the asking core's side of memory; the other core works on
// it while the asking coroutine waits.
struct CorePart {
  uint16_t core = 0;
  LockRequest lock;
  // It has given its locks back: it does no more, and its core answers when that is safe.
  bool is_done = false;
  bool is_write = false;
  // What it has done is not safe and cannot be for now: nobody may hear of it.
  bool is_lost = false;
  // As which the parts are repeated, if there are several; see come_home().
  uint64_t group = 0;
  bool is_open = false;  // its core waits to hear that the group is settled

  void let_go(Engine& at) {
    is_done = true;
    if (group != 0 && at.recorder().is_on()) [[unlikely]] {
      at.unsettled().add(group, lock);
      is_open = true;
    }
    at.release(lock);
  }
};

using CoreParts = std::span<CorePart* const>;
// After the wait for them: ends the connection of the caller if a part is lost.
void lose_if_lost(CoreParts parts, Session* caller);
// Brings a message home from the core of a part.
void post_home(CorePart& part, uint16_t home, ring::Message& message);

using CoreStep = void (*)(CorePart& part, Engine& at, void* context);

// Takes the locks of all parts, which lie in ascending order of their cores, one core after the
// other. `held` (may be null) runs on each core as soon as its locks are held: when it runs on the
// last one, all of them are, and nobody need come by there again. Everything outlives the task.
ring::Task<> lock_parts(Engine& home, CoreParts parts, CoreStep held, void* context);

// Runs a step of every part on its core, all at the same time; awaited as one. The asking core does
// its own after having sent the others off. The object outlives the wait.
class Fan {
 public:
  Fan(Engine& home, CoreParts parts, CoreStep step, void* context);
  Fan(const Fan&) = delete;
  Fan& operator=(const Fan&) = delete;

  // co_await fan.run();
  auto run() {
    start();
    return join_.wait();
  }

 private:
  struct Trip : ring::Message {
    Fan* fan = nullptr;
    CorePart* part = nullptr;
  };

  void start();

  Engine& home_;
  CoreParts parts_;
  CoreStep step_;
  void* context_;
  Join join_;
  std::vector<Trip> trips_;
};

// When all parts of a group have come home: tells their cores so. Nobody waits for that.
void come_home(Engine& home, CoreParts parts, uint64_t group);

// Gives the locks of a part back. The last step of whoever locked.
inline void release_part(CorePart& part, Engine& at, void*) { part.let_go(at); }

}  // namespace gyre::exec
