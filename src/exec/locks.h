// Locks: which keys of this core a command over several cores holds, and who waits for them.
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <vector>

namespace gyre::exec {

// Locks of one command on one core: all of its keys there, or the whole core. Taken at once or
// waited for in the order of asking. The caller keeps it alive from acquire() to release().
struct LockRequest {
  bool exclusive = true;
  bool whole_core = false;
  std::vector<uint16_t> cells;  // see Locks::add_key()
  // Runs on the lock's core when a waiting request gets its locks.
  void (*granted)(LockRequest& request) = nullptr;
  void* context = nullptr;  // for granted()
  // Of a request that is kept (see Locks::keep()): somebody waits for what it holds.
  void (*wanted)(LockRequest& request) = nullptr;
  bool is_wanted = false;
};

// Something that runs on one key at once, and found the key locked.
struct LockWaiter {
  void (*retry)(LockWaiter& waiter) = nullptr;  // the key was free a moment ago: try again
  LockWaiter* next = nullptr;
};

// The unit of locking is a cell, one of 4096 that a key's hash falls into. That two keys share a
// cell costs concurrency now and then, never correctness, and makes the check of a single-key
// command one load. Commands over several cores lock core by core in ascending order and take all
// cells of a core together, so there is no cycle of waiting. A single-key command holds nothing: it
// runs when its cell is free, before the requests that wait for the cell.
class Locks {
 public:
  static constexpr size_t kCells = 4096;

  Locks() : cells_(std::make_unique<Cell[]>(kCells)) {}

  // Is anything held at all? The only question most commands ask.
  bool any() const { return held_ != 0; }
  // Must a single-key command wait?
  bool blocks(uint64_t hash, bool write) const {
    const Cell& cell = cells_[hash % kCells];
    return exclusive_core_ != 0 || (write && shared_core_ != 0) || cell.exclusive != 0 ||
           (write && cell.shared != 0) || (!kept_.empty() && is_wanted(hash));
  }
  // Tells those who keep what a command on this key waits for.
  void want(uint64_t hash);
  // Queues it until a release; retry() then checks again.
  void wait(LockWaiter& waiter);
  // Takes a waiter out of the queue (its connection went away).
  void forget(LockWaiter& waiter);

  // Adds a key to a request that has not been made yet.
  static void add_key(LockRequest& request, uint64_t hash);
  // True if the locks are held now; else granted() is called later.
  bool acquire(LockRequest& request);
  // Shared locks of a command that runs now on keys that block it not, and will not be over for a
  // while. Unlike others it holds them while it waits for its client; so it is told at once, or as
  // soon as somebody waits for one of them, and from then on also readers wait, or those who keep
  // could take turns for ever.
  void keep(LockRequest& request);
  void release(LockRequest& request);

  size_t waiting() const { return queue_.size(); }

 private:
  struct Cell {
    uint32_t shared = 0;
    uint32_t exclusive = 0;
    uint32_t wanted_shared = 0;  // by requests that wait
    uint32_t wanted_exclusive = 0;
  };

  // With what is held, and what those in front want.
  bool conflicts(const LockRequest& request) const;
  void hold(const LockRequest& request, int direction);
  void want(const LockRequest& request, int direction);
  bool is_wanted(uint64_t hash) const;
  void tell(LockRequest& kept);
  void tell_keepers(const LockRequest& request);
  void retry_waiters();
  void grant_waiting();

  std::unique_ptr<Cell[]> cells_;
  size_t held_ = 0;  // requests that hold locks
  uint32_t shared_core_ = 0;
  uint32_t exclusive_core_ = 0;
  uint32_t wanted_shared_core_ = 0;
  uint32_t wanted_exclusive_core_ = 0;
  size_t wanted_ = 0;  // requests that wait
  std::vector<LockRequest*> queue_;
  std::vector<LockRequest*> kept_;
  LockWaiter* waiters_ = nullptr;
  LockWaiter** waiters_end_ = &waiters_;
  LockWaiter* retrying_ = nullptr;  // those a release has not come to yet
};

}  // namespace gyre::exec
