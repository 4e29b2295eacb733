// Table: the hash table of one keyspace, 8 bytes a slot, that never rehashes more than one segment.
//
// The problem. A hundred million keys, 9 bytes of table for each, no moment at which a table of
// gigabytes doubles, a scan that survives growth, and lookups that a batch of commands can
// prefetch.
//
// The layout. A directory, indexed by the first `depth` bits of a key's hash, points to segments of
// at most 32 KiB. A segment serves all hashes with one prefix and is a small open-addressed array
// of
//
//     slot = tag:16 | pointer to the Entry:48
//
// where the tag is the 16 bits of the hash behind the segment's prefix. A slot's home is
// tag * size / 65536, so homes ascend with tags, and the array is kept in ascending order of tags
// with gaps (linear probing where an insert shifts its larger neighbours, never wraps):
//
//     tags    . 03 05 05 . . 1c 2a . 31 31 33 . .      "." is an empty slot
//
// Invariants.
//  1. Slots that are not empty ascend by tag over the whole segment.
//  2. Every element is at or behind its home, with no gap in between.
//  3. The last slot of a segment is empty, so every probe ends.
//  4. All elements of a segment share its prefix; segments partition the space of hashes in order.
//  5. Two segments that differ in the last bit of their prefixes only hold more than kMergeMax
//     elements together, or a removal in one of them soon makes them one.
//
// What follows. A lookup reads forward from the home until a larger tag or a gap: hit or miss,
// about six slots at 90 % load, one or two cache lines, and touches an Entry only when 16 bits
// agree. The whole table is in hash order, so a scan cursor is simply the next hash to visit and
// stays valid whatever grows or shrinks in between. A segment grows by steps of an eighth to a
// quarter, which needs nothing but its own slots (a tag knows its new home): the load stays high
// and no key is touched. Only a split, once in ~1900 inserts, reads the hashed keys of its ~3700
// elements. Joining two segments drops a bit of their tags and reads no key either.
//
// Hashes that agree in far more bits than chance allows cannot be split apart. A segment that is
// full of them, while the directory is large for the number of keys, gets a longer tail instead: it
// degrades to a linear search, but memory stays in proportion and every insert ends.
//
// Rejected: doubling with two tables (a spike of half the table, every lookup probes twice while it
// lasts), fixed buckets of eight (overflow chains or a load below 75 %), tombstones (erase shifts
// back instead, so a table does not decay).
#pragma once

#include <cstddef>
#include <cstdint>
#include <string_view>
#include <vector>

#include "store/entry.h"

namespace gyre::store {

// A key with its hash; the hash decides the place in the table, so it is computed once per command.
struct Key {
  std::string_view name;
  uint64_t hash = 0;
};

class Table {
 public:
  // `hash_of` recomputes the hash of a stored key when a segment splits.
  explicit Table(uint64_t (*hash_of)(std::string_view key));
  Table(Table&& other) noexcept;
  Table& operator=(Table&& other) noexcept;
  ~Table();  // destroys the entries

  size_t size() const { return size_; }

  // Where a key's entry is, until the table changes.
  struct Place {
    uint64_t* slot = nullptr;
    uint64_t directory_index = 0;
    explicit operator bool() const { return slot != nullptr; }
    Entry* entry() const { return reinterpret_cast<Entry*>(*slot & kPointerMask); }
  };

  Place find(const Key& key) const;
  // The key must not be present. The table owns the entry from now on.
  void insert(uint64_t hash, Entry* entry);
  // Puts another entry in a place; the old one is handed back.
  Entry* replace(const Place& place, Entry* entry);
  // Takes the entry out and hands it over.
  Entry* take(const Place& place);

  // Two steps of warming the cache for a lookup to come, some tens of nanoseconds apart: first the
  // slots, then the entry.
  void prefetch_slots(uint64_t hash) const;
  void prefetch_entry(uint64_t hash) const;

  // Calls visit(Entry&) for elements in hash order from `cursor` on, at least `count` of them
  // unless the end comes first; returns the cursor to go on from, 0 at the end. Cursors use the
  // upper 48 bits. Everything present during a whole scan is visited; nothing twice unless it was
  // re-inserted or segments were joined in between. `visit` must not change the table.
  template <typename Visit>
  uint64_t scan(uint64_t cursor, size_t count, Visit&& visit) const;

  // Calls visit(Entry&) for every element whose hash begins with these 32 bits, and possibly for
  // some whose hash does not. `visit` must not change the table.
  template <typename Visit>
  void visit_prefix(uint32_t prefix, Visit&& visit) const;

  // An element chosen at random (`random` is 64 random bits); null if the table is empty.
  Entry* random(uint64_t random) const;

  // Destroys up to `count` entries of a table that is no longer used; true when none is left.
  bool drain(size_t count);

  // Bytes of directory and segments.
  size_t memory() const { return memory_ + directory_.capacity() * sizeof(uint64_t); }
  size_t slots() const { return slots_; }

  // Asserts the invariants over the whole table; for tests.
  void check() const;

 private:
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

  // A directory word: depth:8 | homes/16:8 | pointer:48, all that a lookup needs to know.
  static Segment* segment_of(uint64_t word) {
    return reinterpret_cast<Segment*>(word & kPointerMask);
  }
  static unsigned depth_of(uint64_t word) { return static_cast<unsigned>(word >> 56); }
  static uint64_t homes_of(uint64_t word) { return (word >> 48 & 255) * 16; }
  static uint64_t pack(const Segment* segment, unsigned depth) {
    return static_cast<uint64_t>(depth) << 56 | static_cast<uint64_t>(segment->homes / 16) << 48 |
           reinterpret_cast<uint64_t>(segment);
  }
  static uint64_t tag_of(uint64_t hash, unsigned depth) { return (hash << depth) >> 48; }
  uint64_t index_of(uint64_t hash) const { return (hash >> 1) >> (63 - depth_); }

  uint64_t span_of(unsigned depth) const { return uint64_t{1} << (depth_ - depth); }

  static void format(Segment& fresh, size_t bytes);
  Segment* make_segment(size_t bytes);
  void free_segment(Segment* segment);
  // A segment of at least `bytes` with the slots of [begin, end) that are not empty.
  Segment* build(const uint64_t* begin, const uint64_t* end, size_t bytes);
  static bool fill(Segment& segment, const uint64_t* begin, const uint64_t* end);
  static bool shift_in(Segment& segment, uint64_t slot);
  static size_t bytes_for(size_t count);
  static size_t bytes_above(size_t bytes);
  void point_to(uint64_t index, Segment* segment, unsigned depth);
  void grow(uint64_t index);
  void shrink(uint64_t index);
  bool merge(uint64_t index);
  void replace_segment(uint64_t index, size_t bytes);
  bool refill(uint64_t index, size_t bytes);
  bool can_split(uint64_t index) const;
  void split(uint64_t index);
  Segment* build_half(const uint64_t* begin, const uint64_t* end, unsigned depth);
  void double_directory();

  uint64_t (*hash_of_)(std::string_view) = nullptr;
  unsigned depth_ = 0;
  std::vector<uint64_t> directory_;
  size_t size_ = 0;
  size_t slots_ = 0;
  size_t memory_ = 0;
  // How far drain() came: directory index, slot.
  size_t drain_at_ = 0;
  size_t drain_slot_ = 0;
};

template <typename Visit>
uint64_t Table::scan(uint64_t cursor, size_t count, Visit&& visit) const {
  size_t seen = 0;
  for (;;) {
    const uint64_t word = directory_[index_of(cursor)];
    const unsigned depth = depth_of(word);
    const Segment& segment = *segment_of(word);
    const uint64_t first_tag = tag_of(cursor, depth);
    const uint64_t prefix = depth == 0 ? 0 : cursor >> (64 - depth) << (64 - depth);
    for (size_t at = segment.home_of(first_tag); at < segment.slots_end(); ++at) {
      const uint64_t slot = segment.slots[at];
      if (slot == 0 || slot >> 48 < first_tag) {
        continue;
      }
      const uint64_t tag = slot >> 48;
      if (seen >= count && tag_of(cursor, depth) != tag) {
        // Elements with one tag are visited together, because the cursor cannot tell them apart.
        return prefix | tag << (48 - depth);
      }
      ++seen;
      cursor = prefix | tag << (48 - depth);
      visit(*reinterpret_cast<Entry*>(slot & kPointerMask));
    }
    const uint64_t next = depth == 0 ? 0 : prefix + (uint64_t{1} << (64 - depth));
    if (next == 0 || seen >= count) {
      return next;
    }
    cursor = next;
  }
}

template <typename Visit>
void Table::visit_prefix(uint32_t prefix, Visit&& visit) const {
  // Prefixes of segments are shorter, so all such elements are in one of them.
  const uint64_t first = static_cast<uint64_t>(prefix) << 32;
  const uint64_t word = directory_[index_of(first)];
  const Segment& segment = *segment_of(word);
  const uint64_t first_tag = tag_of(first, depth_of(word));
  const uint64_t last_tag = tag_of(first | 0xffffffff, depth_of(word));
  const size_t last_home = segment.home_of(last_tag);
  for (size_t at = segment.home_of(first_tag); at < segment.slots_end(); ++at) {
    const uint64_t slot = segment.slots[at];
    if (slot == 0 ? at >= last_home : slot >> 48 > last_tag) {
      return;
    }
    if (slot != 0 && slot >> 48 >= first_tag) {
      visit(*reinterpret_cast<Entry*>(slot & kPointerMask));
    }
  }
}

}  // namespace gyre::store
