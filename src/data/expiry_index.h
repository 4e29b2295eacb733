// ExpiryIndex: which keys to look at when; a timer wheel of hash prefixes, 4 bytes a key.
#pragma once

#include <cstddef>
#include <cstdint>
#include <utility>

#include "base/assert.h"

namespace gyre::data {

// The problem. Keys with an expiry must go when their time comes, without a pointer per key that
// every move of an entry would have to mend, and without looking for them at random.
//
// The solution. A slot of the wheel is a chain of chunks full of 32-bit hash prefixes. When a
// slot's time has come the keyspace looks at the entries that carry such a prefix (the table is
// ordered by hash, so that is one probe): those that are due are removed, the prefix is noted again
// for the earliest of those that are due later, and a prefix nobody carries was a stale note and
// costs nothing more. So deleting a key, moving it or extending its life leaves the index alone.
//
// Invariant: every key with an expiry has a note of its prefix in a slot that comes up no later
// than its deadline (rounded up to kTickMs). A key whose expiry moves to a later time needs no new
// note; one that moves to an earlier slot gets one. A visited note leaves at most one behind.
//
// Costs. No step depends on the number of notes: slots are emptied by moving their chain, chunks
// are filled and freed one by one, empty stretches of time are skipped level by level. What stale
// notes cost is bounded by whoever owns the index (see Keyspace): it makes a new one now and then.
class ExpiryIndex {
 public:
  static constexpr int64_t kTickMs = 16;

  explicit ExpiryIndex(int64_t now_ms) : tick_(static_cast<uint64_t>(now_ms / kTickMs)) {}
  ExpiryIndex(ExpiryIndex&& other) noexcept { swap(other); }
  ExpiryIndex& operator=(ExpiryIndex&& other) noexcept {
    swap(other);
    return *this;
  }
  ~ExpiryIndex();

  // Notes that a key with this hash expires at `at_ms` (Unix ms): it is gone when that has passed.
  void add(uint64_t hash, int64_t at_ms);
  // Notes that a key has to be looked at next.
  void add_due(uint64_t hash);
  // True if a deadline moved from `before_ms` (negative: none) to `after_ms` needs a note of its
  // own.
  bool needs_note(int64_t before_ms, int64_t after_ms) const {
    return before_ms < 0 || tick_of(after_ms) < tick_of(before_ms);
  }

  // Moves time forward and calls visit(hash_prefix) for up to `budget` notes that have come due;
  // returns how many. visit may call add(). Call again while it returns `budget`.
  template <typename Visit>
  size_t advance(int64_t now_ms, size_t budget, Visit&& visit);
  // True if time was set back so far that notes would come up late.
  bool is_ahead_of(int64_t now_ms) const {
    return tick_ > static_cast<uint64_t>(now_ms / kTickMs) + kAheadMax;
  }

  // How far time was moved, Unix ms.
  int64_t now_ms() const { return static_cast<int64_t>(tick_) * kTickMs; }
  // No note has an earlier deadline than this (Unix ms), unless it had passed when it was noted; a
  // note of this deadline comes up with the next one, if not before it. INT64_MAX if there is none.
  int64_t next_ms() const;

  size_t notes() const { return notes_; }
  // Bytes of memory.
  size_t memory() const { return sizeof *this + bytes_; }
  // What freeing a chunk takes, in times of what freeing a small object takes.
  static constexpr size_t kDropCost = 16;
  // Forgets notes and frees up to `count` chunks; true when none is left.
  bool drop_some(size_t count);
  void swap(ExpiryIndex& other);

 private:
  struct Chunk {
    Chunk* next;
    uint32_t count;
    uint32_t bytes;  // of the allocation
    uint32_t notes[];
  };
  static constexpr int kLevels = 4;
  static constexpr int kBits = 8;
  static constexpr uint64_t kSlots = uint64_t{1} << kBits;
  static constexpr uint64_t kAheadMax = 1000 / kTickMs;
  static constexpr uint32_t kChunkMin = 64;
  static constexpr uint32_t kChunkMax = 4096;

  // A deadline has passed when the next millisecond begins; and no note goes into a tick that has
  // been emptied already.
  uint64_t tick_of(int64_t at_ms) const {
    const uint64_t tick = at_ms < 0 ? 0 : static_cast<uint64_t>(at_ms / kTickMs) + 1;
    return tick > tick_ ? tick : tick_ + 1;
  }
  void push(Chunk*& chain, uint32_t note);
  void free_first(Chunk*& chain);
  // Takes the notes of the next tick that has any, up to `limit`, into due_.
  bool fill_due(uint64_t limit);
  void take_slot(int level, uint64_t unit);
  uint32_t pop_due();

  uint64_t tick_ = 0;  // slots up to this tick have been emptied into due_
  size_t notes_ = 0;
  size_t bytes_ = 0;  // of chunks
  int due_count_ = 0;
  Chunk* due_[kLevels] = {};     // chains
  uint32_t used_[kLevels] = {};  // slots that are not empty
  Chunk* slots_[kLevels][kSlots] = {};
};

template <typename Visit>
size_t ExpiryIndex::advance(int64_t now_ms, size_t budget, Visit&& visit) {
  const uint64_t limit = static_cast<uint64_t>(now_ms / kTickMs);
  size_t visited = 0;
  while (visited < budget && (due_count_ > 0 || fill_due(limit))) {
    ++visited;
    visit(pop_due());
  }
  return visited;
}

}  // namespace gyre::data
