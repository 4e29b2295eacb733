#include "exec/locks.h"

#include <algorithm>
#include <utility>

#include "base/assert.h"

namespace gyre::exec {
namespace {

bool has_cell(const LockRequest& request, uint16_t cell) {
  return std::binary_search(request.cells.begin(), request.cells.end(), cell);
}

}  // namespace

void Locks::add_key(LockRequest& request, uint64_t hash) {
  const auto cell = static_cast<uint16_t>(hash % kCells);
  // A cell is taken once per request, or a request would wait for itself.
  const auto at = std::lower_bound(request.cells.begin(), request.cells.end(), cell);
  if (at == request.cells.end() || *at != cell) {
    request.cells.insert(at, cell);
  }
}

bool Locks::conflicts(const LockRequest& request) const {
  const uint32_t core_exclusive = exclusive_core_ + wanted_exclusive_core_;
  const uint32_t core_shared = shared_core_ + wanted_shared_core_;
  if (core_exclusive != 0 || (request.exclusive && core_shared != 0)) {
    return true;
  }
  if (request.whole_core) {
    if (request.exclusive) {
      return held_ + wanted_ != 0;
    }
    // A shared whole-core lock goes with shared key locks.
    return std::any_of(cells_.get(), cells_.get() + kCells, [](const Cell& cell) {
      return cell.exclusive + cell.wanted_exclusive != 0;
    });
  }
  return std::any_of(request.cells.begin(), request.cells.end(), [&](uint16_t index) {
    const Cell& cell = cells_[index];
    return cell.exclusive + cell.wanted_exclusive != 0 ||
           (request.exclusive && cell.shared + cell.wanted_shared != 0);
  });
}

void Locks::hold(const LockRequest& request, int direction) {
  held_ += static_cast<size_t>(direction);
  if (request.whole_core) {
    (request.exclusive ? exclusive_core_ : shared_core_) += static_cast<uint32_t>(direction);
  }
  for (const uint16_t index : request.cells) {
    Cell& cell = cells_[index];
    (request.exclusive ? cell.exclusive : cell.shared) += static_cast<uint32_t>(direction);
  }
}

void Locks::want(const LockRequest& request, int direction) {
  wanted_ += static_cast<size_t>(direction);
  if (request.whole_core) {
    (request.exclusive ? wanted_exclusive_core_ : wanted_shared_core_) +=
        static_cast<uint32_t>(direction);
  }
  for (const uint16_t index : request.cells) {
    Cell& cell = cells_[index];
    (request.exclusive ? cell.wanted_exclusive : cell.wanted_shared) +=
        static_cast<uint32_t>(direction);
  }
}

bool Locks::acquire(LockRequest& request) {
  // Those in front go first, also when only they are in the way.
  if (conflicts(request)) {
    want(request, 1);
    queue_.push_back(&request);
    tell_keepers(request);
    return false;
  }
  hold(request, 1);
  return true;
}

void Locks::keep(LockRequest& request) {
  hold(request, 1);
  kept_.push_back(&request);
  const bool is_wanted_now =
      wanted_exclusive_core_ != 0 ||
      std::any_of(request.cells.begin(), request.cells.end(),
                  [&](uint16_t cell) { return cells_[cell].wanted_exclusive != 0; });
  if (is_wanted_now) {
    tell(request);
  }
}

bool Locks::is_wanted(uint64_t hash) const {
  const auto cell = static_cast<uint16_t>(hash % kCells);
  return std::any_of(kept_.begin(), kept_.end(), [&](const LockRequest* kept) {
    return kept->is_wanted && (wanted_exclusive_core_ != 0 || has_cell(*kept, cell));
  });
}

void Locks::want(uint64_t hash) {
  const auto cell = static_cast<uint16_t>(hash % kCells);
  for (LockRequest* kept : kept_) {
    if (has_cell(*kept, cell)) {
      tell(*kept);
    }
  }
}

void Locks::tell(LockRequest& kept) {
  kept.is_wanted = true;
  kept.wanted(kept);
}

void Locks::tell_keepers(const LockRequest& request) {
  for (LockRequest* kept : kept_) {
    const bool shares_cell = std::any_of(request.cells.begin(), request.cells.end(),
                                         [&](uint16_t cell) { return has_cell(*kept, cell); });
    if (request.exclusive && (request.whole_core || shares_cell)) {
      tell(*kept);
    }
  }
}

void Locks::release(LockRequest& request) {
  GYRE_ASSERT(held_ > 0);
  hold(request, -1);
  if (request.wanted != nullptr) {
    std::erase(kept_, &request);
  }
  retry_waiters();
  grant_waiting();
}

// Single-key commands first: they hold nothing, so they delay nobody; those still blocked queue up
// again behind each other in the same order.
void Locks::retry_waiters() {
  GYRE_ASSERT(retrying_ == nullptr);
  retrying_ = std::exchange(waiters_, nullptr);
  waiters_end_ = &waiters_;
  while (retrying_ != nullptr) {
    LockWaiter& waiter = *retrying_;
    retrying_ = waiter.next;
    waiter.retry(waiter);
  }
}

void Locks::grant_waiting() {
  if (queue_.empty()) {
    return;
  }
  for (const LockRequest* request : queue_) {
    want(*request, -1);
  }
  std::vector<LockRequest*> granted;
  std::vector<LockRequest*> kept;
  for (LockRequest* request : queue_) {
    if (conflicts(*request)) {
      want(*request, 1);
      kept.push_back(request);
    } else {
      hold(*request, 1);
      granted.push_back(request);
    }
  }
  queue_ = std::move(kept);
  for (LockRequest* request : granted) {
    request->granted(*request);
  }
}

void Locks::wait(LockWaiter& waiter) {
  waiter.next = nullptr;
  *waiters_end_ = &waiter;
  waiters_end_ = &waiter.next;
}

void Locks::forget(LockWaiter& waiter) {
  for (LockWaiter** list : {&waiters_, &retrying_}) {
    for (LockWaiter** at = list; *at != nullptr; at = &(*at)->next) {
      if (*at == &waiter) {
        *at = waiter.next;
        if (waiters_end_ == &waiter.next) {
          waiters_end_ = at;
        }
        return;
      }
    }
  }
}

}  // namespace gyre::exec
