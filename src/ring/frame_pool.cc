#include "ring/frame_pool.h"

#include <cstdlib>

#include "base/assert.h"

namespace gyre::ring {
namespace {

constexpr size_t kStep = 64;
constexpr size_t kClasses = 32;                   // frames up to 2 KiB are pooled
[[maybe_unused]] constexpr uint32_t kKeep = 256;  // free frames kept per class

struct Free {
  Free* next;
};

struct Pool {
  Free* lists[kClasses] = {};
  uint32_t counts[kClasses] = {};
  uint64_t made = 0;

  ~Pool() {
    for (Free* list : lists) {
      while (list != nullptr) {
        Free* next = list->next;
        std::free(list);
        list = next;
      }
    }
  }
};

thread_local Pool pool;

}  // namespace

void* frame_alloc(size_t size) {
  ++pool.made;
  const size_t index = (size + kStep - 1) / kStep;
#ifndef GYRE_SANITIZED  // Sanitizers must see every frame's own lifetime.
  if (index < kClasses && pool.lists[index] != nullptr) {
    Free* frame = pool.lists[index];
    pool.lists[index] = frame->next;
    --pool.counts[index];
    return frame;
  }
#endif
  void* memory = std::malloc(index * kStep);
  GYRE_ASSERT(memory != nullptr);
  return memory;
}

void frame_free(void* frame, size_t size) {
#ifndef GYRE_SANITIZED
  const size_t index = (size + kStep - 1) / kStep;
  if (index < kClasses && pool.counts[index] < kKeep) {
    auto* free = static_cast<Free*>(frame);
    free->next = pool.lists[index];
    pool.lists[index] = free;
    ++pool.counts[index];
    return;
  }
#endif
  std::free(frame);
}

uint64_t frames_made() { return pool.made; }

}  // namespace gyre::ring
