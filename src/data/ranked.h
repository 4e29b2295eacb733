// Ranked: members of a sorted set in order, as a B+ tree that counts: rank and access by rank.
//
// The problem. A million members by score, each found by its score, its name among equal scores,
// or its rank; walked in both directions; changed a million times a second; with fewer bytes than
// a skip list's pointers, and without a cache miss for each comparison.
//
// The layout. The leaves hold words of 8 bytes: 48 bits say where the member is, 16 what its score
// is within the leaf, roughly (Leaf). Inner nodes hold for each child its first member, the key of
// that member's score, and how many members are below (Inner). They are for about a hundred members
// each, so 10'000 leaves and 160 inner nodes make a million; the inner nodes stay in the cache.
//
//     inner    | 1.5 .. | 7 .. | 42 .. |                 keys; first members, nodes, counts
//                  |        |      '-----------.
//     leaves   |0|3|9|f|  |0|1|8|  |2|3|3|7|a|f|         tags; members
//
// Invariants.
//  1. Members ascend by score, then by the bytes of their names.
//  2. A child's first member and size are what is below it; no node is empty.
//  3. All leaves are on one level.
//  4. Two neighbours below one inner node, of which one is less than a quarter full, would not fit
//     into three quarters of a node, when the last of them was erased from.
//
// What follows. A search reads three lines of each inner node and of the leaf, and one or two
// members. A node that is full is split, in halves, or at its end if that is the end of the tree:
// ascending or descending inserts leave full leaves. Leaves are as large as what is in them, to
// eight words.
//
// Rejected: links between leaves (an iterator has its path; a leaf that moves would have to tell
// two others), scores in the leaves (8 bytes for each member against 1.4 reads in a search),
// sharing with a neighbour before a split (a leaf half full is half as large).
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>

#include "base/assert.h"
#include "data/ranked_nodes.h"

namespace gyre::data {

// The members belong to others and outlive their time in here, but for drain().
class Ranked {
 public:
  Ranked() = default;
  Ranked(const Ranked&) = delete;
  Ranked& operator=(const Ranked&) = delete;
  ~Ranked() {
    while (!drain(SIZE_MAX)) {
    }
  }

  uint64_t size() const { return size_; }
  // Nodes, and their bytes.
  size_t nodes() const { return memory_.nodes; }
  size_t memory() const { return memory_.bytes; }

  // The member must not be in.
  void insert(Scored member);
  // Behind all others, where it must belong.
  void append(Scored member);
  // The member must be in, for this and the next two.
  void erase(Scored member);
  // Changes its score, and its place if it must.
  void set_score(Scored member, double score);
  uint64_t rank(Scored member) const;

  // How many members are below.
  uint64_t count_below(const Probe& probe) const;
  // REQUIRES: rank < size().
  Scored at(uint64_t rank) const;

  // Calls visit(member) for `count` members from a rank on, upwards or downwards. `visit` must not
  // change the tree. REQUIRES: there are so many.
  template <typename Visit>
  void ascend(uint64_t rank, uint64_t count, Visit&& visit) const;
  template <typename Visit>
  void descend(uint64_t rank, uint64_t count, Visit&& visit) const;

  // Erases `count` members from a rank on, and calls erased(member) for each when it is out.
  template <typename Erased>
  void erase_range(uint64_t rank, uint64_t count, Erased&& erased);

  // Frees up to `count` nodes of a tree that is no longer used; true when none is left. Members
  // are not looked at any more.
  bool drain(size_t count);

  // Asserts the invariants over the whole tree; for tests.
  void check() const;

 private:
  static constexpr unsigned kHeightMax = 16;

  // The way to a member: the inner nodes from the root on and which child of each, then the leaf.
  struct Path {
    std::array<Inner*, kHeightMax> nodes;
    std::array<uint32_t, kHeightMax> indexes;
    Leaf* leaf;
    uint32_t at;
  };

  Path find(const Probe& probe) const;
  Path find(Scored member) const;
  Path find_rank(uint64_t rank) const;
  Path find_end() const;
  // To the first or last member of the next leaf in a direction; false if there is none.
  bool go_next(Path& path) const;
  bool go_previous(Path& path) const;
  void enter(Path& path, unsigned level, bool is_last) const;
  bool is_first(const Path& path) const;
  bool is_last(const Path& path, unsigned levels) const;
  bool has_place(const Path& path, uint64_t key, std::string_view name) const;

  void insert_at(Path& path, Scored member);
  void erase_at(Path& path, uint32_t count);
  void add_size(Path& path, int64_t change);
  void renew_first(Path& path);
  void put_node(Path& path, unsigned level, void* node);
  void split_leaf(Path& path);
  void add_child(Path& path, unsigned level, const Inner::Child& child);
  void remove_child(Path& path, unsigned level);
  void join_leaf(Path& path);
  void join_inner(Path& path, unsigned level);
  void lower_root();
  uint64_t check(const void* node, unsigned level) const;

  void* root_ = nullptr;  // a Leaf if the height is 0
  uint64_t size_ = 0;
  NodeMemory memory_;
  unsigned height_ = 0;  // levels of inner nodes
};

namespace ranked_detail {
// Members lie anywhere, so those to be visited soon are fetched meanwhile.
inline constexpr uint32_t kAhead = 8;
inline void fetch(Scored member) {
  __builtin_prefetch(reinterpret_cast<const void*>(member.bits() & ~(uint64_t{1} << 47)));
}
}  // namespace ranked_detail

template <typename Visit>
void Ranked::ascend(uint64_t rank, uint64_t count, Visit&& visit) const {
  using namespace ranked_detail;
  if (count == 0) {
    return;
  }
  Path path = find_rank(rank);
  for (;;) {
    const Leaf& leaf = *path.leaf;
    for (; path.at < leaf.count(); ++path.at) {
      if (path.at + kAhead < leaf.count()) {
        fetch(leaf.at(path.at + kAhead));
      }
      visit(leaf.at(path.at));
      if (--count == 0) {
        return;
      }
    }
    const bool has_more = go_next(path);
    GYRE_ASSERT(has_more);
  }
}

template <typename Visit>
void Ranked::descend(uint64_t rank, uint64_t count, Visit&& visit) const {
  using namespace ranked_detail;
  if (count == 0) {
    return;
  }
  Path path = find_rank(rank);
  for (;;) {
    const Leaf& leaf = *path.leaf;
    for (uint32_t left = path.at + 1; left > 0; --left) {
      if (left > kAhead) {
        fetch(leaf.at(left - 1 - kAhead));
      }
      visit(leaf.at(left - 1));
      if (--count == 0) {
        return;
      }
    }
    const bool has_more = go_previous(path);
    GYRE_ASSERT(has_more);
  }
}

template <typename Erased>
void Ranked::erase_range(uint64_t rank, uint64_t count, Erased&& erased) {
  while (count > 0) {
    Path path = find_rank(rank);
    const auto here =
        static_cast<uint32_t>(std::min<uint64_t>(count, path.leaf->count() - path.at));
    std::array<uint64_t, Leaf::kMax> members;
    for (uint32_t i = 0; i < here; ++i) {
      members[i] = path.leaf->at(path.at + i).bits();
    }
    erase_at(path, here);
    for (uint32_t i = 0; i < here; ++i) {
      erased(Scored::from_bits(members[i]));
    }
    count -= here;
  }
}

}  // namespace gyre::data
