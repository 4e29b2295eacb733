#include "base/heap.h"

#include <sys/mman.h>

#include <algorithm>
#include <atomic>
#include <cstdlib>
#include <mutex>
#include <vector>

#include "base/assert.h"

namespace gyre::base {

thread_local constinit HeapCount heap_used;
thread_local uint64_t heap_allocations = 0;

namespace {

thread_local constinit HeapCount large_used;  // of heap_used, what malloc serves

constexpr size_t kSpan = 256 * 1024;
constexpr size_t kRegion = 64 * 1024 * 1024;  // spans are cut from regions of address space
constexpr size_t kSpareMax = 4;               // empty spans a thread keeps with their pages
constexpr size_t kCollectMax = 512;           // objects other threads freed, taken back at once
[[maybe_unused]] constexpr size_t kGiveBackMax = 8;  // empty spans given back at once, in slices
constexpr size_t kPaged = 128 + 3 * 32;              // the class of whole pages
constexpr size_t kClasses = kPaged + 1;

class Heap;

struct Free {
  Free* next;
};

struct Span {
  Heap* owner;
  Span* prev;  // in the list of spans of this class that have room
  Span* next;
  Free* free;     // objects given back
  char* fresh;    // the first object never used
  uint32_t used;  // objects out
  uint32_t capacity;
  uint32_t fresh_left;
  uint16_t class_index;
  bool is_listed;
};
constexpr size_t kHeader = 64;
static_assert(sizeof(Span) <= kHeader);

size_t index_of(size_t rounded) {
  if (rounded <= 1024) {
    return rounded / 8 - 1;
  }
  if (rounded > kHeapSmall) {
    return kPaged;
  }
  const auto shift = static_cast<unsigned>(std::bit_width(rounded - 1)) - 6;  // 5, 6, 7
  return 128 + (shift - 5) * 32 + ((rounded >> shift) - 33);
}

// Address space shared by all threads; touched once in 256 KiB, so a mutex is good enough.
class Regions {
 public:
  void* take() {
    const std::lock_guard lock(mutex_);
    held_.fetch_add(kSpan, std::memory_order_relaxed);
    if (!free_.empty()) {
      void* span = free_.back();
      free_.pop_back();
      return span;
    }
    if (next_ == end_) {
      // Twice the alignment is asked for and the ends are given back.
      void* memory = mmap(nullptr, kRegion + kSpan, PROT_READ | PROT_WRITE,
                          MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
      GYRE_ASSERT(memory != MAP_FAILED);
      const auto begin = reinterpret_cast<uintptr_t>(memory);
      next_ = (begin + kSpan - 1) & ~(kSpan - 1);
      end_ = next_ + kRegion;
      if (next_ > begin) {
        munmap(memory, next_ - begin);
      }
      if (begin + kRegion + kSpan > end_) {
        munmap(reinterpret_cast<void*>(end_), begin + kRegion + kSpan - end_);
      }
    }
    void* span = reinterpret_cast<void*>(next_);
    next_ += kSpan;
    return span;
  }

  void give_back(void* span) {
    madvise(span, kSpan, MADV_DONTNEED);
    const std::lock_guard lock(mutex_);
    held_.fetch_sub(kSpan, std::memory_order_relaxed);
    free_.push_back(span);
  }

  size_t held() const { return held_.load(std::memory_order_relaxed); }

 private:
  std::mutex mutex_;
  uintptr_t next_ = 0;
  uintptr_t end_ = 0;
  std::vector<void*> free_;
  std::atomic<size_t> held_{0};
};

Regions& regions() {
  static auto* const instance = new Regions;  // outlives every thread
  return *instance;
}

class Heap {
 public:
  void* take(size_t rounded) {
    const size_t index = index_of(rounded);
    Span* span = rooms_[index];
    if (span == nullptr) [[unlikely]] {
      span = open(index, rounded);
    }
    ++span->used;
    void* object = span->free;
    if (object != nullptr) {
      span->free = span->free->next;
    } else {
      object = span->fresh;
      span->fresh += index == kPaged ? kHeapMax : rounded;
      --span->fresh_left;
    }
    if (span->used == span->capacity) {
      unlist(*span);
    }
    return object;
  }

  void put(Span& span, void* object) {
    auto* free = static_cast<Free*>(object);
    free->next = span.free;
    span.free = free;
    if (!span.is_listed) {
      list(span);
    }
    if (--span.used == 0) [[unlikely]] {
      retire(span);
    }
  }

  // From any other thread.
  void put_stranger(void* object) {
    auto* free = static_cast<Free*>(object);
    free->next = strangers_.load(std::memory_order_relaxed);
    while (!strangers_.compare_exchange_weak(free->next, free, std::memory_order_release,
                                             std::memory_order_relaxed)) {
    }
  }

  bool has_strangers() const {
    return returned_ != nullptr || strangers_.load(std::memory_order_relaxed) != nullptr;
  }

  // Puts up to `budget` objects that other threads freed where they belong.
  void collect(size_t budget) {
    if (returned_ == nullptr) {
      returned_ = strangers_.exchange(nullptr, std::memory_order_acquire);
    }
    for (; returned_ != nullptr && budget > 0; --budget) {
      Free* object = returned_;
      returned_ = object->next;
      auto address = reinterpret_cast<uintptr_t>(object);
      put(*reinterpret_cast<Span*>(address & ~(kSpan - 1)), object);
    }
  }

  void set_in_slices(bool on) {
    in_slices_ = on;
    if (!on) {
      give_back(SIZE_MAX);
    }
  }
  // Gives up to `budget` empty spans to the system; true if there are more than are kept.
  bool give_back(size_t budget) {
    for (; spares_.size() > kSpareMax && budget > 0; --budget) {
      regions().give_back(spares_.back());
      spares_.pop_back();
    }
    return spares_.size() > kSpareMax;
  }

 private:
  void list(Span& span) {
    Span*& head = rooms_[span.class_index];
    span.prev = nullptr;
    span.next = head;
    if (head != nullptr) {
      head->prev = &span;
    }
    head = &span;
    span.is_listed = true;
  }

  void unlist(Span& span) {
    (span.prev != nullptr ? span.prev->next : rooms_[span.class_index]) = span.next;
    if (span.next != nullptr) {
      span.next->prev = span.prev;
    }
    span.is_listed = false;
  }

  // A span with room of a class that has none.
  Span* open(size_t index, size_t rounded);

  void retire(Span& span) {
    // The last span with room of a class stays: a counter that goes up and down must not open and
    // close a span each time.
    if (rooms_[span.class_index] == &span && span.next == nullptr) {
      return;
    }
    unlist(span);
    spares_.push_back(&span);
    if (!in_slices_) {
      give_back(1);
    }
  }

  Span* rooms_[kClasses] = {};
  std::vector<void*> spares_;
  bool in_slices_ = false;
  Free* returned_ = nullptr;  // strangers taken off the stack, not yet put back
  alignas(64) std::atomic<Free*> strangers_{nullptr};
};

Span* Heap::open(size_t index, size_t rounded) {
  if (has_strangers()) {
    collect(kCollectMax);
    if (rooms_[index] != nullptr) {
      return rooms_[index];
    }
  }
  void* memory;
  if (spares_.empty()) {
    memory = regions().take();
  } else {
    memory = spares_.back();
    spares_.pop_back();
  }
  auto* span = static_cast<Span*>(memory);
  *span = Span{};
  span->owner = this;
  const size_t header = index == kPaged ? kHeapPage : kHeader;
  span->fresh = static_cast<char*>(memory) + header;
  span->capacity = static_cast<uint32_t>((kSpan - header) / (index == kPaged ? kHeapMax : rounded));
  span->fresh_left = span->capacity;
  span->class_index = static_cast<uint16_t>(index);
  list(*span);
  return span;
}

// Bytes in spans, for the one thread that changes them.
struct Tenant {
  const HeapCount* used;
  const HeapCount* large;

  int64_t in_spans() const { return *used - *large; }
};

// Heaps of threads that ended serve threads that come; objects may outlive the thread that made
// them.
struct Registry {
  std::mutex mutex;
  std::vector<Heap*> idle;
  std::vector<Tenant> tenants;
  int64_t left = 0;  // what threads that ended have allocated in spans and not freed
};

Registry& registry() {
  static auto* const instance = new Registry;
  return *instance;
}

struct Lease {
  Heap* heap;
  Lease() {
    Registry& all = registry();
    const std::lock_guard lock(all.mutex);
    all.tenants.push_back({&heap_used, &large_used});
    if (all.idle.empty()) {
      heap = new Heap;
    } else {
      heap = all.idle.back();
      all.idle.pop_back();
    }
  }
  ~Lease() {
    Registry& all = registry();
    const std::lock_guard lock(all.mutex);
    all.idle.push_back(heap);
    std::erase_if(all.tenants, [&](const Tenant& tenant) {
      if (tenant.used != &heap_used) {
        return false;
      }
      all.left += tenant.in_spans();
      return true;
    });
  }
};

thread_local Heap* my_heap = nullptr;

[[gnu::noinline]] Heap& lease_heap() {
  thread_local Lease lease;
  my_heap = lease.heap;
  return *my_heap;
}

[[maybe_unused]] Heap& heap() { return my_heap != nullptr ? *my_heap : lease_heap(); }

}  // namespace

size_t heap_held() { return regions().held(); }

size_t heap_in_spans() {
  Registry& all = registry();
  const std::lock_guard lock(all.mutex);
  int64_t bytes = all.left;
  for (const Tenant& tenant : all.tenants) {
    bytes += tenant.in_spans();
  }
  // Other threads go on meanwhile, so the sum may miss what one gives to another.
  return static_cast<size_t>(std::max(bytes, int64_t{0}));
}

#ifdef GYRE_SANITIZED

// Sanitizers must see every object's own lifetime.
void* heap_alloc(size_t size) {
  const size_t rounded = heap_class(size);
  heap_used.add(static_cast<int64_t>(rounded));
  ++heap_allocations;
  void* memory = std::malloc(rounded);
  GYRE_ASSERT(memory != nullptr);
  return memory;
}

void heap_free(void* memory, size_t size) {
  heap_used.add(-static_cast<int64_t>(heap_class(size)));
  std::free(memory);
}

bool heap_resize(void*, size_t, size_t) { return false; }

bool heap_collect() { return false; }

void heap_free_in_slices(bool) {}

#else

void* heap_alloc(size_t size) {
  const size_t rounded = heap_class(size);
  heap_used.add(static_cast<int64_t>(rounded));
  ++heap_allocations;
  if (rounded > kHeapMax) [[unlikely]] {
    large_used.add(static_cast<int64_t>(rounded));
    void* memory = std::malloc(rounded);
    GYRE_ASSERT(memory != nullptr);
    return memory;
  }
  return heap().take(rounded);
}

void heap_free(void* memory, size_t size) {
  const size_t rounded = heap_class(size);
  heap_used.add(-static_cast<int64_t>(rounded));
  if (rounded > kHeapMax) [[unlikely]] {
    large_used.add(-static_cast<int64_t>(rounded));
    std::free(memory);
    return;
  }
  if (rounded > kHeapSmall) {
    madvise(memory, rounded, MADV_DONTNEED);
  }
  auto* span = reinterpret_cast<Span*>(reinterpret_cast<uintptr_t>(memory) & ~(kSpan - 1));
  Heap& mine = heap();
  if (span->owner == &mine) [[likely]] {
    mine.put(*span, memory);
  } else {
    span->owner->put_stranger(memory);
  }
}

bool heap_resize(void* memory, size_t from, size_t to) {
  if (from <= kHeapSmall || to <= kHeapSmall || from > kHeapMax || to > kHeapMax) {
    return false;
  }
  const size_t before = heap_class(from);
  const size_t after = heap_class(to);
  heap_used.add(static_cast<int64_t>(after) - static_cast<int64_t>(before));
  if (after < before) {
    madvise(static_cast<char*>(memory) + after, before - after, MADV_DONTNEED);
  }
  return true;
}

bool heap_collect() {
  Heap& mine = heap();
  mine.collect(kCollectMax);
  const bool has_spares = mine.give_back(kGiveBackMax);
  return has_spares || mine.has_strangers();
}

void heap_free_in_slices(bool on) { heap().set_in_slices(on); }

#endif

}  // namespace gyre::base
