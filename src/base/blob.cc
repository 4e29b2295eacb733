#include "base/blob.h"

#include <sys/mman.h>

#include <algorithm>
#include <cstdint>
#include <cstdlib>
#include <new>

#include "base/assert.h"

namespace gyre::base {
namespace {

constexpr size_t kPage = 4096;
constexpr size_t kTable = size_t{2} * 1024 * 1024;  // bytes that one page table of the CPU covers

std::atomic<size_t> mapped{0};

// What a mapped blob becomes when its last reference is gone, until its pages are.
struct Grave {
  Grave* next;
  size_t bytes;
};
thread_local Grave* graves = nullptr;
thread_local bool in_slices = false;

bool is_mapped(size_t capacity) {
#ifdef GYRE_SANITIZED  // Sanitizers must see every object's own lifetime.
  return false;
#else
  return Blob::allocation(capacity) >= Blob::kMapped;
#endif
}

size_t pages_of(size_t capacity) { return (Blob::allocation(capacity) + kPage - 1) & ~(kPage - 1); }

// Address space that begins where a page table does, so that a move from one such place to another
// moves whole tables, not single pages: a fiftieth of the time.
char* reserve(size_t bytes, int protection) {
  void* memory = ::mmap(nullptr, bytes + kTable, protection,
                        MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
  GYRE_ASSERT(memory != MAP_FAILED);
  auto* const begin = static_cast<char*>(memory);
  const size_t ahead = (kTable - reinterpret_cast<uintptr_t>(begin) % kTable) % kTable;
  if (ahead > 0) {
    ::munmap(begin, ahead);
  }
  ::munmap(begin + ahead + bytes, kTable - ahead);
  return begin + ahead;
}

void* move_pages(void* memory, size_t before, size_t after) {
  void* moved = ::mremap(memory, before, after, 0);  // in place, if there is room
  if (moved == MAP_FAILED) {
    moved =
        ::mremap(memory, before, after, MREMAP_MAYMOVE | MREMAP_FIXED, reserve(after, PROT_NONE));
    GYRE_ASSERT(moved != MAP_FAILED);
  }
  mapped.fetch_add(after - before, std::memory_order_relaxed);
  return moved;
}

void unmap(void* memory, size_t bytes) {
  mapped.fetch_sub(bytes, std::memory_order_relaxed);
  ::munmap(memory, bytes);
}

}  // namespace

Blob* Blob::make(size_t capacity) {
  void* memory = nullptr;
  if (is_mapped(capacity)) {
    const size_t bytes = pages_of(capacity);
    memory = reserve(bytes, PROT_READ | PROT_WRITE);
    mapped.fetch_add(bytes, std::memory_order_relaxed);
  } else {
    memory = std::malloc(allocation(capacity));
    GYRE_ASSERT(memory != nullptr);
  }
  auto* blob = new (memory) Blob;
  blob->refs.store(1, std::memory_order_relaxed);
  blob->size = 0;
  blob->capacity = capacity;
  return blob;
}

Blob* Blob::resize(Blob* blob, size_t capacity) {
  GYRE_DCHECK(!blob->is_shared() && capacity >= blob->size);
  const bool was_mapped = is_mapped(blob->capacity);
  void* memory = nullptr;
  if (was_mapped != is_mapped(capacity)) {
    Blob* moved = make(capacity);
    std::memcpy(moved->data(), blob->data(), blob->size);
    moved->size = blob->size;
    destroy(blob);
    return moved;
  }
  if (was_mapped) {
    memory = move_pages(blob, pages_of(blob->capacity), pages_of(capacity));
  } else {
    memory = std::realloc(static_cast<void*>(blob), allocation(capacity));
    GYRE_ASSERT(memory != nullptr);
  }
  auto* moved = static_cast<Blob*>(memory);
  moved->capacity = capacity;
  return moved;
}

void Blob::destroy(Blob* blob) {
  if (!is_mapped(blob->capacity)) {
    std::free(blob);
    return;
  }
  const size_t bytes = pages_of(blob->capacity);
  if (in_slices) {
    graves = new (static_cast<void*>(blob)) Grave{graves, bytes};
  } else {
    unmap(blob, bytes);
  }
}

size_t Blob::mapped_bytes() { return mapped.load(std::memory_order_relaxed); }

void Blob::free_in_slices(bool on) {
  in_slices = on;
  if (!on) {
    free_some(SIZE_MAX);
  }
}

bool Blob::free_some(size_t bytes) {
  while (graves != nullptr && bytes >= kPage) {
    // From the end, because the grave itself lies at the beginning.
    Grave* grave = graves;
    const size_t slice = std::min(grave->bytes, bytes & ~(kPage - 1));
    bytes -= slice;
    grave->bytes -= slice;
    char* const end = reinterpret_cast<char*>(grave) + grave->bytes;
    if (grave->bytes == 0) {
      graves = grave->next;
    }
    unmap(end, slice);
  }
  return graves != nullptr;
}

}  // namespace gyre::base
