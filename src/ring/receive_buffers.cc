#include "ring/receive_buffers.h"

#include <sys/mman.h>

#include <algorithm>
#include <cerrno>

#include "base/assert.h"

namespace gyre::ring {
namespace {

// Kernel names that liburing 2.3 does not know yet.
constexpr uint16_t kRingIncremental = 2;      // IOU_PBUF_RING_INC, 6.12
constexpr uint32_t kCqeBufferMore = 1U << 4;  // IORING_CQE_F_BUF_MORE

void* map(size_t size) {
  void* memory = mmap(nullptr, size, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
  return memory == MAP_FAILED ? nullptr : memory;
}

}  // namespace

ReceiveBuffers::~ReceiveBuffers() { stop(); }

void ReceiveBuffers::stop() {
  if (memory_ != nullptr) {
    munmap(memory_, static_cast<size_t>(count_) * size_);
    memory_ = nullptr;
  }
  if (shared_ != nullptr) {
    munmap(shared_, count_ * sizeof(io_uring_buf));
    shared_ = nullptr;
  }
}

int ReceiveBuffers::start(io_uring& ring, uint32_t count, uint32_t size) {
  ring_ = &ring;
  // Incremental buffers are few and large; without them every small message takes a whole buffer.
  for (const bool incremental : {true, false}) {
    count_ = count != 0 ? count : incremental ? 64 : 1024;
    size_ = size != 0 ? size : incremental ? 32 * 1024 : 4 * 1024;
    shared_ = static_cast<io_uring_buf_ring*>(map(count_ * sizeof(io_uring_buf)));
    if (shared_ == nullptr) {
      return -ENOMEM;
    }
    io_uring_buf_reg registration = {};
    registration.ring_addr = reinterpret_cast<uint64_t>(shared_);
    registration.ring_entries = count_;
    registration.bgid = kGroup;
    registration.pad = incremental ? kRingIncremental : 0;
    const int result = io_uring_register_buf_ring(&ring, &registration, 0);
    if (result == 0) {
      incremental_ = incremental;
      break;
    }
    munmap(shared_, count_ * sizeof(io_uring_buf));
    shared_ = nullptr;
    if (!incremental || result != -EINVAL) {
      return result;
    }
  }
  memory_ = static_cast<char*>(map(static_cast<size_t>(count_) * size_));
  if (memory_ == nullptr) {
    return -ENOMEM;
  }
  io_uring_buf_ring_init(shared_);
  buffers_.assign(count_, Buffer{});
  for (uint32_t id = count_; id-- > 0;) {
    recycle(id);
  }
  if (!incremental_) {
    wanted_ = std::min(count_, 64U);  // each message takes one
  }
  publish();
  return 0;
}

void ReceiveBuffers::recycle(uint32_t id) { free_.push_back(id); }

void ReceiveBuffers::publish() {
  int added = 0;
  for (; in_kernel_ < wanted_ && !free_.empty(); ++in_kernel_) {
    const uint32_t id = free_.back();
    free_.pop_back();
    buffers_[id] = Buffer{};
    io_uring_buf_ring_add(shared_, memory(id), size_, static_cast<uint16_t>(id),
                          io_uring_buf_ring_mask(count_), added++);
  }
  if (added > 0) {
    io_uring_buf_ring_advance(shared_, added);
  }
}

void ReceiveBuffers::starved() { wanted_ = std::min(wanted_ * 2, count_); }

Slice ReceiveBuffers::take(const io_uring_cqe& cqe) {
  const uint32_t id = cqe.flags >> IORING_CQE_BUFFER_SHIFT;
  GYRE_ASSERT(id < count_);
  Buffer& buffer = buffers_[id];
  const auto size = static_cast<uint32_t>(cqe.res);
  GYRE_ASSERT(size <= size_ - buffer.offset);
  const Slice slice{memory(id) + buffer.offset, size, id};
  buffer.offset += size;
  ++buffer.holds;
  if (!incremental_ || (cqe.flags & kCqeBufferMore) == 0) {
    buffer.in_kernel = false;
    --in_kernel_;
  }
  return slice;
}

void ReceiveBuffers::returned(const io_uring_cqe& cqe) {
  if ((cqe.flags & IORING_CQE_F_BUFFER) == 0) {
    return;
  }
  const uint32_t id = cqe.flags >> IORING_CQE_BUFFER_SHIFT;
  GYRE_ASSERT(id < count_);
  Buffer& buffer = buffers_[id];
  if (incremental_ && (cqe.flags & kCqeBufferMore) != 0) {
    return;
  }
  buffer.in_kernel = false;
  --in_kernel_;
  if (buffer.holds == 0) {
    recycle(id);
  }
}

void ReceiveBuffers::release(const Slice& slice) {
  Buffer& buffer = buffers_[slice.buffer];
  GYRE_ASSERT(buffer.holds > 0);
  if (--buffer.holds == 0 && !buffer.in_kernel) {
    recycle(slice.buffer);
  }
}

}  // namespace gyre::ring
