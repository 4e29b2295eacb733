// HashTable: a table of items in hash order, 8 bytes a slot, that never rehashes more than one
// segment.
//
// The problem. A hundred million items, 9 bytes of table for each, no moment at which a table of
// gigabytes doubles, a scan that survives growth, and lookups that a batch of commands can
// prefetch. The same table serves the keys of a keyspace and the elements of one large collection.
//
// The layout. A directory, indexed by the first `depth` bits of a name's hash, points to segments
// of at most 32 KiB. A segment serves all hashes with one prefix and is a small open-addressed
// array of
//
//     slot = tag:16 | item:48, a pointer for most kinds of items
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
// about six slots at 90 % load, one or two cache lines, and touches an item only when 16 bits
// agree. The whole table is in hash order, so a scan cursor is simply the next hash to visit and
// stays valid whatever grows or shrinks in between. A segment grows by steps of an eighth to a
// quarter, which needs nothing but its own slots (a tag knows its new home): the load stays high
// and no item is touched. Only a split, once in ~1900 inserts, reads the hashed names of its ~3700
// elements. Joining two segments drops a bit of their tags and reads no name either. A table of one
// segment has its directory of one word in itself.
//
// Hashes that agree in far more bits than chance allows cannot be split apart. A segment that is
// full of them, while the directory is large for the number of items, gets a longer tail instead:
// it degrades to a linear search, but memory stays in proportion and every insert ends.
//
// Rejected: doubling with two tables (a spike of half the table, every lookup probes twice while it
// lasts), fixed buckets of eight (overflow chains or a load below 75 %), tombstones (erase shifts
// back instead, so a table does not decay).
#pragma once

#include <cstddef>
#include <cstdint>
#include <string_view>
#include <type_traits>
#include <utility>

#include "data/hash_table_base.h"

namespace gyre::data {

// A name with its hash; the hash decides the place in a table, so it is computed once.
struct Name {
  std::string_view name;
  uint64_t hash = 0;
};

// `Traits` says what the items are, and what the table has to know about them:
//
//     using Handle = ...;          // what is in a slot: a pointer, or a class of one word
//     using Name = ...;            // what an item is found by; has a member `hash`
//     static Handle from_bits(uint64_t bits);  // of 48 bits that are not all zero
//     static uint64_t to_bits(Handle);
//     uint64_t hash(Item) const;
//     bool has_name(Item, const Name&) const;
//     void destroy(Handle) const;
//
// where Item is what a pointer points to, by reference, or else the handle itself.
template <typename Traits>
class HashTable : public HashTableBase {
 public:
  using Handle = typename Traits::Handle;
  using Name = typename Traits::Name;

  HashTable() = default;
  explicit HashTable(Traits traits) : traits_(traits) {}
  HashTable(HashTable&& other) noexcept : HashTableBase(std::move(other)), traits_(other.traits_) {}
  HashTable& operator=(HashTable&& other) noexcept {
    HashTableBase::swap(other);
    std::swap(traits_, other.traits_);
    return *this;
  }
  ~HashTable() {  // destroys the items
    while (!drain(SIZE_MAX)) {
    }
  }

  // Where a name's item is, until the table changes.
  struct Place : BasePlace {
    Handle item() const { return Traits::from_bits(*slot & kPointerMask); }
  };

  Place find(const Name& name) const {
    const uint64_t index = index_of(name.hash);
    const uint64_t word = word_of(name.hash);
    const uint64_t tag = tag_of(name.hash, depth_of(word));
    for (uint64_t* slot = home_in(word, tag); *slot != 0; ++slot) {
      const uint64_t found = *slot >> 48;
      if (found < tag) {
        continue;
      }
      if (found > tag) {
        break;
      }
      if (traits_.has_name(item_in(*slot), name)) {
        return {{slot, index}};
      }
    }
    return {};
  }
  // The name must not be present. The table owns the item from now on.
  void insert(uint64_t hash, Handle item) {
    HashTableBase::insert(hash, Traits::to_bits(item), hash_of());
  }
  // Puts another item of the same name in a place; the old one is handed back.
  Handle replace(const Place& place, Handle item) {
    Handle old = place.item();
    *place.slot = (*place.slot & ~kPointerMask) | Traits::to_bits(item);
    return old;
  }
  // Takes the item out and hands it over.
  Handle take(const Place& place) {
    Handle item = place.item();
    HashTableBase::take(place);
    return item;
  }

  // Calls visit(item) for elements in hash order from `cursor` on, at least `count` of them
  // unless the end comes first; returns the cursor to go on from, 0 at the end. Cursors use the
  // upper 48 bits. Everything present during a whole scan is visited; nothing twice unless it was
  // re-inserted or segments were joined in between. `visit` must not change the table.
  template <typename Visit>
  uint64_t scan(uint64_t cursor, size_t count, Visit&& visit) const;

  // Calls visit(item) for every item.
  template <typename Visit>
  void for_each(Visit&& visit) const {
    scan(0, SIZE_MAX, visit);
  }

  // Calls visit(item) for every element whose hash begins with these 32 bits, and possibly for
  // some whose hash does not. `visit` must not change the table.
  template <typename Visit>
  void visit_prefix(uint32_t prefix, Visit&& visit) const;

  // An element chosen at random (`random` is 64 random bits). REQUIRES: the table is not empty.
  Handle random(uint64_t random) const { return Traits::from_bits(random_bits(random)); }

  // Gives up to `count` items of a table that is no longer used to destroy(Handle); true when none
  // is left.
  template <typename Destroy>
  bool drain(size_t count, Destroy&& destroy) {
    for (; count > 0; --count) {
      const uint64_t bits = drain_next();
      if (bits == 0) {
        return true;
      }
      destroy(Traits::from_bits(bits));
    }
    return false;
  }
  bool drain(size_t count) {
    return drain(count, [this](Handle item) { traits_.destroy(item); });
  }

  // Asserts the invariants over the whole table; for tests.
  void check() const { HashTableBase::check(hash_of()); }

 private:
  static decltype(auto) item_in(uint64_t slot) {
    if constexpr (std::is_pointer_v<Handle>) {
      return *Traits::from_bits(slot & kPointerMask);
    } else {
      return Traits::from_bits(slot & kPointerMask);
    }
  }
  HashOf hash_of() const {
    return {[](const void* traits, uint64_t bits) {
              return static_cast<const Traits*>(traits)->hash(item_in(bits));
            },
            &traits_};
  }

  [[no_unique_address]] Traits traits_;
};

// Traits of items that are pointed to.
template <typename T>
struct PointerTraits {
  using Handle = T*;
  static T* from_bits(uint64_t bits) { return reinterpret_cast<T*>(bits); }
  static uint64_t to_bits(const T* item) { return reinterpret_cast<uint64_t>(item); }
};

template <typename Traits>
template <typename Visit>
uint64_t HashTable<Traits>::scan(uint64_t cursor, size_t count, Visit&& visit) const {
  constexpr size_t kAhead = 8;  // slots
  size_t seen = 0;
  for (;;) {
    const uint64_t word = word_of(cursor);
    const unsigned depth = depth_of(word);
    const Segment& segment = *segment_of(word);
    const uint64_t first_tag = tag_of(cursor, depth);
    const uint64_t prefix = depth == 0 ? 0 : cursor >> (64 - depth) << (64 - depth);
    for (size_t at = segment.home_of(first_tag); at < segment.slots_end(); ++at) {
      const uint64_t slot = segment.slots[at];
      if (at + kAhead < segment.slots_end()) {
        warm_up(segment.slots[at + kAhead]);
      }
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
      visit(item_in(slot));
    }
    const uint64_t next = depth == 0 ? 0 : prefix + (uint64_t{1} << (64 - depth));
    if (next == 0 || seen >= count) {
      return next;
    }
    cursor = next;
  }
}

template <typename Traits>
template <typename Visit>
void HashTable<Traits>::visit_prefix(uint32_t prefix, Visit&& visit) const {
  // Prefixes of segments are shorter, so all such elements are in one of them.
  const uint64_t first = static_cast<uint64_t>(prefix) << 32;
  const uint64_t word = word_of(first);
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
      visit(item_in(slot));
    }
  }
}

}  // namespace gyre::data
