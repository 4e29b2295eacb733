// HashTableBase: all of a HashTable that does not depend on what its items are; see hash_table.h.
#pragma once

#include <cstddef>
#include <cstdint>

#include "base/heap.h"

namespace gyre::data {

class HashTableBase {
 public:
  HashTableBase(const HashTableBase&) = delete;
  HashTableBase& operator=(const HashTableBase&) = delete;

  size_t size() const { return size_; }
  // Bytes of directory and segments.
  size_t memory() const { return memory_ + (depth_ > 0 ? sizeof(uint64_t) << depth_ : 0); }
  // Homes of all segments.
  size_t slots() const;

  // Two steps of warming the cache for a lookup to come, some tens of nanoseconds apart: first the
  // slots, then the item.
  void prefetch_slots(uint64_t hash) const;
  void prefetch_item(uint64_t hash) const;

 protected:
  // The memory that a slot may point to. It need not: bit 47 is not set in any pointer.
  static void warm_up(uint64_t slot) {
    const uint64_t item = slot & (kPointerMask >> 1);
    __builtin_prefetch(reinterpret_cast<const void*>(item));
    __builtin_prefetch(reinterpret_cast<const void*>(item + 64));
  }

  static constexpr uint64_t kPointerMask = (uint64_t{1} << 48) - 1;
  static constexpr size_t kBytesMin = 384;
  static constexpr size_t kBytesMax = base::kHeapMax;
  static constexpr size_t kTail = 30;  // slots behind the last home
  static constexpr size_t kHeader = 16;
  static constexpr size_t kHomesMax = (kBytesMax - kHeader) / 8 - kTail;
  static constexpr size_t kMergeMax = 128;

  struct Segment {
    uint32_t count;
    uint32_t bytes;  // of the allocation
    uint32_t homes;  // a multiple of 16
    uint32_t limit;  // with this many elements it is full
    uint64_t slots[];

    size_t slots_end() const { return (bytes - kHeader) / 8; }
    size_t home_of(uint64_t tag) const { return tag * homes >> 16; }
  };
  static_assert(sizeof(Segment) == kHeader);
  static_assert(kHomesMax % 16 == 0 && kHomesMax / 16 < 256);

  struct BasePlace {
    uint64_t* slot = nullptr;
    uint64_t directory_index = 0;
    explicit operator bool() const { return slot != nullptr; }
  };
  // How the hash of a stored item is computed again.
  struct HashOf {
    uint64_t (*call)(const void* traits, uint64_t item);
    const void* traits;
  };

  HashTableBase();
  HashTableBase(HashTableBase&& other) noexcept { swap(other); }
  ~HashTableBase();  // of an empty or drained table
  void swap(HashTableBase& other) noexcept;

  // A directory word: depth:8 | homes/16:8 | pointer:48, all that a lookup needs to know.
  static Segment* segment_of(uint64_t word) {
    return reinterpret_cast<Segment*>(word & kPointerMask);
  }
  static unsigned depth_of(uint64_t word) { return static_cast<unsigned>(word >> 56); }
  static uint64_t homes_of(uint64_t word) { return (word >> 48 & 255) * 16; }
  static uint64_t tag_of(uint64_t hash, unsigned depth) { return (hash << depth) >> 48; }
  uint64_t index_of(uint64_t hash) const { return (hash >> 1) >> (63 - depth_); }
  uint64_t directory_size() const { return uint64_t{1} << depth_; }
  uint64_t span_of(unsigned depth) const { return uint64_t{1} << (depth_ - depth); }
  // The word of the segment that serves a hash, and the slot where a search for it begins.
  uint64_t word_of(uint64_t hash) const { return directory_[index_of(hash)]; }
  static uint64_t* home_in(uint64_t word, uint64_t tag) {
    return segment_of(word)->slots + (tag * homes_of(word) >> 16);
  }

  void insert(uint64_t hash, uint64_t item, HashOf hash_of);
  void take(const BasePlace& place);
  uint64_t random_bits(uint64_t random) const;
  // The next item to destroy, or 0 when all are gone; segments go with their last item.
  uint64_t drain_next();
  void check(HashOf hash_of) const;

 private:
  static uint64_t pack(const Segment* segment, unsigned depth) {
    return static_cast<uint64_t>(depth) << 56 | static_cast<uint64_t>(segment->homes / 16) << 48 |
           reinterpret_cast<uint64_t>(segment);
  }
  static void format(Segment& fresh, size_t bytes);
  Segment* make_segment(size_t bytes);
  void free_segment(Segment* segment);
  // A segment of at least `bytes` with the slots of [begin, end) that are not empty.
  Segment* build(const uint64_t* begin, const uint64_t* end, size_t bytes);
  static bool fill(Segment& segment, const uint64_t* begin, const uint64_t* end);
  static bool shift_in(Segment& segment, uint64_t slot);
  static size_t bytes_for(size_t count);
  static size_t bytes_above(size_t bytes);
  static uint64_t random_of(const Segment& segment, uint64_t random);
  size_t check_segment(uint64_t index, HashOf hash_of) const;
  void point_to(uint64_t index, Segment* segment, unsigned depth);
  void grow(uint64_t index, HashOf hash_of);
  void shrink(uint64_t index);
  bool merge(uint64_t index);
  void replace_segment(uint64_t index, size_t bytes);
  bool refill(uint64_t index, size_t bytes);
  bool can_split(uint64_t index) const;
  void split(uint64_t index, HashOf hash_of);
  Segment* build_half(const uint64_t* begin, const uint64_t* end, unsigned depth, HashOf hash_of);
  void double_directory();
  void free_directory();

  uint64_t* directory_ = &root_;
  uint64_t root_ = 0;  // the directory of a table of one segment; 0: nothing is left
  size_t size_ = 0;
  size_t memory_ = 0;  // of segments
  uint32_t depth_ = 0;
  uint32_t drain_slot_ = 0;  // how far draining came
  uint64_t drain_at_ = 0;    // directory index
};

}  // namespace gyre::data
