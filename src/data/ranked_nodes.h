// The nodes of a Ranked: leaves of members in order, and inner nodes that count what is below.
#pragma once

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <string_view>

#include "base/heap.h"
#include "data/scored.h"

namespace gyre::data {

// The nodes of one tree and their bytes.
struct NodeMemory {
  size_t nodes = 0;
  size_t bytes = 0;

  void* take(size_t size) {
    ++nodes;
    bytes += base::heap_class(size);
    return base::heap_alloc(size);
  }
  void give(void* node, size_t size) {
    --nodes;
    bytes -= base::heap_class(size);
    base::heap_free(node, size);
  }
};

// A place between the members of a tree, as a search names it: behind all that are below it.
struct Probe {
  // Before the members with this score, or behind them.
  static Probe of_score(double score, bool is_behind) {
    return {.key = score_key(score), .has_key = true, .is_behind = is_behind};
  }
  // Before or behind the member with this name, where all scores are equal.
  static Probe of_name(std::string_view name, bool is_behind) {
    return {.name = name, .has_name = true, .is_behind = is_behind};
  }
  // Before the one member.
  static Probe of_member(double score, std::string_view name) {
    return {.key = score_key(score), .name = name, .has_key = true, .has_name = true};
  }

  // Is it above a member with this key and the name that name() tells? That is asked only if the
  // answer depends on it.
  template <typename Name>
  bool is_above(uint64_t other, Name&& other_name) const {
    if (has_key && other != key) {
      return other < key;
    }
    if (!has_name) {
      return is_behind;
    }
    const int order = other_name().compare(name);
    return order < 0 || (order == 0 && is_behind);
  }
  bool is_above(Scored member) const {
    return is_above(has_key ? member.key() : 0, [&] { return member.name(); });
  }

  uint64_t key = 0;
  std::string_view name = {};
  bool has_key = false;
  bool has_name = false;
  bool is_behind = false;
};

// The first index in [low, high) for which `is_below` is false; those before it are true.
template <typename IsBelow>
uint32_t partition_index(uint32_t low, uint32_t high, IsBelow&& is_below) {
  while (low < high) {
    const uint32_t middle = (low + high) / 2;
    is_below(middle) ? low = middle + 1 : high = middle;
  }
  return low;
}

// How many of the ascending words are less than the bound. Without branches that depend on them.
inline uint32_t count_less(const uint64_t* words, uint32_t count, uint64_t bound) {
  const uint64_t* at = words;
  while (count > 1) {
    const uint32_t half = count / 2;
    at += at[half - 1] < bound ? half : 0;
    count -= half;
  }
  return static_cast<uint32_t>(at - words) + (count == 1 && *at < bound ? 1 : 0);
}

// Members in order, each in a word
//
//     tag:16 | member:48
//
// A tag is what is left of a score within the window that the leaf looks through: the difference
// of its key and `base`, without the last `shift` bits, 0 below and 65535 above. So tags ascend as
// scores do, and a search reads the scores of those members only whose tags are equal to the one
// it looks for: of one or none, mostly. A leaf whose tags do not tell its members apart any more
// gets another window.
//
// As long as its members are few, so is its memory: it grows and shrinks by eight.
class Leaf {
 public:
  static constexpr uint32_t kMax = 125;
  static constexpr uint32_t kMin = 32;  // with less it is joined with a neighbour, if they fit

  static Leaf* make(NodeMemory& memory);
  static void destroy(Leaf* leaf, NodeMemory& memory) { memory.give(leaf, leaf->bytes()); }

  uint32_t count() const { return count_; }
  Scored at(uint32_t index) const { return Scored::from_bits(slots_[index] & kBits); }
  // How many members are below.
  uint32_t find(const Probe& probe) const;
  void prefetch() const {
    __builtin_prefetch(this);
    __builtin_prefetch(slots_ + count_ / 2);
  }

  // Takes one in at an index; it may be one more than kMax until it is split.
  static Leaf* insert(Leaf* leaf, uint32_t index, Scored member, NodeMemory& memory);
  static Leaf* erase(Leaf* leaf, uint32_t index, uint32_t count, NodeMemory& memory);
  // The score of the member at an index has changed, but not its place.
  void renew(uint32_t index);
  // Moves the members from an index on to a new leaf, which is returned.
  static Leaf* split(Leaf*& leaf, uint32_t index, NodeMemory& memory);
  // Takes over all members of the next leaf, which goes.
  static Leaf* join(Leaf* leaf, Leaf* next, NodeMemory& memory);

  // Asserts the order of tags; for tests.
  void check() const;

 private:
  static constexpr uint64_t kBits = (uint64_t{1} << 48) - 1;
  static constexpr int kTagBits = 16;
  static constexpr uint64_t kTagMax = (uint64_t{1} << kTagBits) - 1;
  static constexpr uint32_t kCapacityMin = 6;
  static constexpr uint32_t kStep = 8;
  // So many members of one tag are worth another window.
  static constexpr uint32_t kCrowd = 4;
  static constexpr uint8_t kPatienceMin = 8;

  size_t bytes() const { return sizeof(Leaf) + size_t{capacity_} * 8; }
  // With room for some more.
  static uint32_t room_for(uint32_t count) { return std::min((count + kStep) & ~1u, kMax + 1); }
  static Leaf* resize(Leaf* leaf, uint32_t capacity, NodeMemory& memory);
  uint64_t tag_of(uint64_t key) const {
    return key < base_ ? 0 : std::min((key - base_) >> shift_, kTagMax);
  }
  uint64_t slot_of(Scored member) const { return tag_of(member.key()) << 48 | member.bits(); }
  void choose_window();
  void center_window(uint64_t first);
  void lose_patience(uint32_t index);

  uint16_t count_;
  uint16_t capacity_;
  uint8_t shift_;
  uint8_t patience_;  // crowded inserts until another window is chosen
  uint64_t base_;
  uint64_t slots_[];
};
static_assert(sizeof(Leaf) == 16 && sizeof(Leaf) + (Leaf::kMax + 1) * 8 == 1024);

// Children in order. The keys of their first members lie together, for the search.
class Inner {
 public:
  static constexpr uint32_t kMax = 62;
  static constexpr uint32_t kMin = 15;

  struct Child {
    Scored first;   // its first member
    void* node;     // a Leaf on the lowest level, an Inner above
    uint64_t size;  // members below
  };

  static Inner* make(NodeMemory& memory);
  static void destroy(Inner* node, NodeMemory& memory) { memory.give(node, node->bytes()); }

  uint32_t count() const { return count_; }
  Child& child(uint32_t index) { return children()[index]; }
  const Child& child(uint32_t index) const { return const_cast<Inner*>(this)->child(index); }
  uint64_t key(uint32_t index) const { return keys_[index]; }
  void set_first(uint32_t index, Scored member) {
    keys_[index] = member.key();
    child(index).first = member;
  }
  // Members below all children.
  uint64_t size() const;

  // The child in which a search goes on: the last one whose first member is below or is the one
  // looked for.
  uint32_t find(const Probe& probe) const;
  // The child that holds the member of a rank, which is then a rank among that child's.
  uint32_t find_rank(uint64_t& rank) const;

  // Takes one in at an index; it may be one more than kMax until it is split.
  static Inner* insert(Inner* node, uint32_t index, const Child& child, NodeMemory& memory);
  static Inner* erase(Inner* node, uint32_t index, NodeMemory& memory);
  static Inner* split(Inner*& node, uint32_t index, NodeMemory& memory);
  static Inner* join(Inner* node, Inner* next, NodeMemory& memory);
  // Forgets its last child, in a tree that is taken apart.
  void remove_last() { --count_; }

 private:
  static constexpr uint32_t kCapacityMin = 3;  // then 7, 15, 31, 63

  static size_t bytes_of(uint32_t capacity) {
    return sizeof(Inner) + capacity * (sizeof(uint64_t) + sizeof(Child));
  }
  size_t bytes() const { return bytes_of(capacity_); }
  static Inner* make(uint32_t capacity, NodeMemory& memory);
  static Inner* resize(Inner* node, uint32_t count, NodeMemory& memory);
  void append(const Inner& other, uint32_t from);
  Child* children() { return reinterpret_cast<Child*>(keys_ + capacity_); }

  uint32_t count_;
  uint32_t capacity_;
  uint64_t keys_[];
};

}  // namespace gyre::data
