// The memory a core receives into: a ring of buffers the kernel picks from.
#pragma once

#include <liburing.h>

#include <algorithm>
#include <cstdint>
#include <vector>

#include "ring/reactor.h"

namespace gyre::ring {

// Buffers are consumed incrementally where the kernel can (>= 6.12): it keeps filling one buffer,
// which stays in cache, until it is full. A buffer comes free when the kernel is done with it and
// nobody holds a slice of it. Only a few free buffers lie in the kernel's ring, the one used last
// on top of the rest, so that large messages do not wander through all of the memory; when receives
// find none, more are laid out.
class ReceiveBuffers {
 public:
  static constexpr uint16_t kGroup = 0;

  ~ReceiveBuffers();
  // Returns 0 or -errno. `count` a power of two.
  int start(io_uring& ring, uint32_t count, uint32_t size);
  void stop();

  // The bytes a receive completion brought; takes one hold on their buffer.
  Slice take(const io_uring_cqe& cqe);
  void retain(const Slice& slice) { ++buffers_[slice.buffer].holds; }
  void release(const Slice& slice);
  // Notes a buffer the kernel gave back without bytes.
  void returned(const io_uring_cqe& cqe);

  // Makes free buffers visible to the kernel.
  void publish();
  // A receive found no buffer.
  void starved();
  // Has the kernel any to receive into, as far as completions told?
  bool has_free() const { return in_kernel_ > 0; }
  // Are no more than a quarter left, or only one?
  bool is_scarce() const { return free_.size() + in_kernel_ <= std::max(count_ / 4, 1U); }

  bool is_incremental() const { return incremental_; }
  uint32_t count() const { return count_; }
  uint32_t size() const { return size_; }

 private:
  struct Buffer {
    uint32_t offset = 0;  // bytes the kernel has filled
    uint32_t holds = 0;
    bool in_kernel = true;
  };
  char* memory(uint32_t id) const { return memory_ + static_cast<size_t>(id) * size_; }
  void recycle(uint32_t id);

  io_uring* ring_ = nullptr;
  io_uring_buf_ring* shared_ = nullptr;
  char* memory_ = nullptr;
  uint32_t count_ = 0;
  uint32_t size_ = 0;
  uint32_t in_kernel_ = 0;  // buffers the kernel can fill
  uint32_t wanted_ = 4;     // how many it should have
  std::vector<uint32_t> free_;
  bool incremental_ = false;
  std::vector<Buffer> buffers_;
};

}  // namespace gyre::ring
