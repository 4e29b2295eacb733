// Heap: memory of keys, values and tables: size classes eight bytes apart, per thread, handed back.
//
// The problem. A store of small objects lives or dies by the bytes around each of them: an
// allocator with 16-byte classes wastes 8 bytes for every second key, its own records take another
// 4, and the segments that a growing table leaves behind stay resident until some timer gives them
// back.
//
// The layout. Memory comes in spans of 256 KiB, aligned to their size, so that an object's span is
// found by masking its address. A span serves one class: objects lie behind a 64-byte header with
// no record of their own; free ones are linked through their first word; those never used yet are
// not even touched. Classes are 8 bytes apart up to 1 KiB, then 32 per doubling up to kHeapSmall.
// What is larger, up to kHeapMax, gets a slot of kHeapMax of which only the pages asked for are
// ever touched, so it can grow and shrink in place by pages. Beyond that malloc serves.
//
// Threads. A span belongs to the thread that opened it, and only that thread takes objects from it
// or links them back, without atomics. An object freed by another thread is pushed on its owner's
// stack of strangers, from which the owner takes some hundred back when it next needs a span, and
// whenever it has time for it (heap_collect()): millions at once would keep it for long.
//
// A span whose last object is gone serves the next class that needs one; beyond a few, its pages go
// back to the system, so what a growing table leaves behind is never resident for long. That takes
// 15 microseconds a span, and a table that is freed in the order of its hashes empties thousands of
// spans with its last objects: a thread may ask for the spans to wait, and heap_collect() gives
// back some at a time.
#pragma once

#include <atomic>
#include <bit>
#include <cstddef>
#include <cstdint>

namespace gyre::base {

inline constexpr size_t kHeapPage = 4096;
inline constexpr size_t kHeapSmall = 8192;     // largest size with a class of its own, bytes
inline constexpr size_t kHeapMax = 32 * 1024;  // largest size served from spans

// The bytes an allocation of `size` occupies. Values use all of it: growing within is free.
constexpr size_t heap_class(size_t size) {
  if (size <= 1024) {
    return size <= 8 ? 8 : (size + 7) & ~size_t{7};
  }
  if (size > kHeapSmall && size <= kHeapMax) {
    return (size + kHeapPage - 1) & ~(kHeapPage - 1);
  }
  const auto shift = static_cast<unsigned>(std::bit_width(size - 1)) - 6;
  const size_t step = size_t{1} << shift;
  return (size + step - 1) & ~(step - 1);
}

// Aligned to 8 bytes. Never fails: aborts when the system has no memory.
void* heap_alloc(size_t size);
// `size` must be of the class that was asked for. Any thread.
void heap_free(void* memory, size_t size);

// Changes the size of an object where it is, if both sizes are of whole pages (above kHeapSmall, at
// most kHeapMax); false if not. Pages it gains hold garbage.
bool heap_resize(void* memory, size_t from, size_t to);

// Takes back some of what other threads freed of this thread's memory, and gives back some spans
// that are empty; true if any are left.
bool heap_collect();
// From now on heap_collect() alone gives back spans of this thread, or else whoever empties them.
void heap_free_in_slices(bool on);

// A number that one thread changes, and any may read.
class HeapCount {
 public:
  operator int64_t() const { return value_.load(std::memory_order_relaxed); }
  void add(int64_t bytes) {
    value_.store(value_.load(std::memory_order_relaxed) + bytes, std::memory_order_relaxed);
  }

 private:
  std::atomic<int64_t> value_{0};
};

// Bytes this thread has allocated minus those it has freed; memory may be freed by another thread
// than allocated it, so only the sum over all threads means something. It counts classes, not
// pages.
extern thread_local constinit HeapCount heap_used;
// Objects this thread has allocated since it started; budget tests assert on it.
extern thread_local uint64_t heap_allocations;

// Bytes of spans the whole process holds from the system; pages of them may never have been
// touched.
size_t heap_held();
// Bytes of objects of the whole process that are in spans.
size_t heap_in_spans();

}  // namespace gyre::base
