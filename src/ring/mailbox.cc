#include "ring/mailbox.h"

namespace gyre::ring {

void Lane::push_slow(Message& message) {
  seen_head_ = head_.load(std::memory_order_acquire);
  if (spill_.empty() && staged_ - seen_head_ < kSize) {
    slots_[staged_++ % kSize] = &message;
  } else {
    spill_.push_back(&message);
  }
}

void Lane::refill() {
  seen_head_ = head_.load(std::memory_order_acquire);
  size_t moved = 0;
  while (moved < spill_.size() && staged_ - seen_head_ < kSize) {
    slots_[staged_++ % kSize] = spill_[moved++];
  }
  spill_.erase(spill_.begin(), spill_.begin() + static_cast<ptrdiff_t>(moved));
}

}  // namespace gyre::ring
