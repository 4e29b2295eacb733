// SortedSet: the value of a sorted set: packed, or a table and a tree of its members.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string_view>
#include <unordered_set>
#include <vector>

#include "base/random.h"
#include "data/element.h"
#include "data/limits.h"
#include "data/pack.h"
#include "data/ranked.h"
#include "data/scored.h"
#include "data/word.h"

namespace gyre::data {

// Up to the limits a Pack in which each name is followed by its score, in the order of the set;
// beyond them a table that finds members by their names and a Ranked of the same members, which it
// stays. A set of nothing has no memory. Scores are never NaN.
class SortedSet {
 public:
  // Where a member is, or that there is none; until the set changes.
  class Place {
   public:
    explicit operator bool() const { return offset_ != 0 || place_; }
    // REQUIRES: there is one.
    double score() const { return score_; }

   private:
    friend class SortedSet;
    double score_ = 0;
    uint32_t offset_ = 0;  // of the name in a pack
    uint64_t hash_ = 0;    // in a table
    ScoredTable::Place place_;
  };

  // Of all members in a table, whose names are not longer than `name_size`.
  static SortedSet make(ScoredTable members, size_t name_size, const Limits& limits);

  // Of names and PackedScores in turns. Takes over the pack, which is not empty, within the limits,
  // in order, and holds no name twice.
  static SortedSet of_pack(Pack* pack) {
    SortedSet set;
    set.set_pack(pack);
    return set;
  }

  SortedSet() = default;
  SortedSet(SortedSet&&) noexcept = default;
  SortedSet& operator=(SortedSet&&) noexcept = default;
  ~SortedSet() { clear(); }

  size_t size() const;
  Place find(std::string_view name) const;
  // Adds a member that `place` says is not there.
  void insert(const Place& place, std::string_view name, double score, const Limits& limits);
  // Adds one that is not there and belongs behind all others.
  void append(std::string_view name, double score, const Limits& limits);
  void set_score(const Place& place, std::string_view name, double score);
  void erase(const Place& place);
  // Erases `count` members from a rank on. REQUIRES: there are so many.
  void erase_range(size_t rank, size_t count);
  // A set that is to take `count` members at once becomes large now if it would have to become so
  // while they come; an empty one begins as what fits the first name.
  void reserve(size_t count, size_t name_size, const Limits& limits);

  size_t rank(const Place& place) const;
  // How many members are below.
  size_t count_below(const Probe& probe) const;
  // Calls visit(std::string_view name, double score) for `count` members from a rank on, upwards
  // or downwards; visit must not change the set. REQUIRES: there are so many.
  template <typename Visit>
  void ascend(size_t rank, size_t count, Visit&& visit) const;
  template <typename Visit>
  void descend(size_t rank, size_t count, Visit&& visit) const;
  template <typename Visit>
  void for_each(Visit&& visit) const {
    ascend(0, size(), visit);
  }
  // All members, in an order of its own, until visit returns false.
  template <typename Visit>
  void visit_while(Visit&& visit) const;
  // For ZSCAN: about `count` members in an order of their own; returns the cursor to go on from, 0
  // at the end. Sets that are packed are visited whole.
  template <typename Visit>
  uint64_t scan(uint64_t cursor, size_t count, Visit&& visit) const;
  // Visits `count` members by chance, the same one perhaps several times. REQUIRES: size() > 0.
  template <typename Visit>
  void draw(size_t count, base::Random& random, Visit&& visit) const;
  // The same for different ones. REQUIRES: count <= size().
  template <typename Visit>
  void sample(size_t count, base::Random& random, Visit&& visit) const;

  // What every type of value can do; see set.h.
  SortedSet clone() const;
  std::string_view encoding() const;
  size_t memory(size_t samples) const;
  size_t pieces() const;
  size_t drain(size_t budget);

  // Asserts the invariants of the encoding; for tests.
  void check() const;

 private:
  enum Encoding : uint16_t { kNone, kPack, kTree };

  struct Tree {
    Ranked ranked;
    ScoredTable table;  // owns the members
  };

  bool is_tree() const { return word_.encoding() == kTree; }
  Pack* pack() const { return word_.as<Pack>(); }
  Tree* tree() const { return word_.as<Tree>(); }
  void set_pack(const Pack* pack) { word_.reset(kPack, pack); }
  // The member whose name is at an offset of the pack, and the offset behind it.
  struct Packing {
    std::string_view name(Digits& digits) const { return element.text(digits); }
    Element element;
    double score;
    uint32_t next;
  };
  Packing packing_at(uint32_t offset) const;
  template <typename Visit>
  void visit_at(uint32_t offset, Visit&& visit) const {
    const Packing packing = packing_at(offset);
    Digits digits;
    visit(packing.name(digits), packing.score);
  }
  uint32_t offset_below(const Probe& probe, size_t* rank) const;
  void insert_packed(uint32_t offset, std::string_view name, double score);
  bool has_room(std::string_view name, const Limits& limits) const;
  void begin(size_t name_size, const Limits& limits);
  void become_tree();
  void clear();

  Word word_;
};
static_assert(sizeof(SortedSet) == 8);

template <typename Visit>
void SortedSet::ascend(size_t rank, size_t count, Visit&& visit) const {
  if (is_tree()) {
    tree()->ranked.ascend(rank, count,
                          [&](Scored member) { visit(member.name(), member.score()); });
  } else if (count > 0) {
    uint32_t offset = pack()->nth(static_cast<uint32_t>(rank * 2));
    for (; count > 0; --count) {
      const Packing packing = packing_at(offset);
      Digits digits;
      visit(packing.name(digits), packing.score);
      offset = packing.next;
    }
  }
}

template <typename Visit>
void SortedSet::descend(size_t rank, size_t count, Visit&& visit) const {
  if (is_tree()) {
    tree()->ranked.descend(rank, count,
                           [&](Scored member) { visit(member.name(), member.score()); });
  } else if (count > 0) {
    const std::vector<uint32_t> offsets = pack()->offsets(2);
    for (; count > 0; --count, --rank) {
      visit_at(offsets[rank], visit);
    }
  }
}

template <typename Visit>
void SortedSet::visit_while(Visit&& visit) const {
  constexpr size_t kStep = 64;
  bool goes_on = true;
  uint64_t cursor = 0;
  do {
    cursor = scan(cursor, kStep, [&](std::string_view name, double score) {
      goes_on = goes_on && visit(name, score);
    });
  } while (cursor != 0 && goes_on);
}

template <typename Visit>
uint64_t SortedSet::scan(uint64_t cursor, size_t count, Visit&& visit) const {
  if (is_tree()) {
    return tree()->table.scan(cursor, count,
                              [&](Scored member) { visit(member.name(), member.score()); });
  }
  for_each(visit);
  return 0;
}

template <typename Visit>
void SortedSet::draw(size_t count, base::Random& random, Visit&& visit) const {
  if (is_tree()) {
    for (; count > 0; --count) {
      const Scored member = tree()->ranked.at(random.below(size()));
      visit(member.name(), member.score());
    }
  } else if (count == 1) {
    visit_at(pack()->nth(static_cast<uint32_t>(random.below(size()) * 2)), visit);
  } else {
    const std::vector<uint32_t> offsets = pack()->offsets(2);
    for (; count > 0; --count) {
      visit_at(offsets[random.below(offsets.size())], visit);
    }
  }
}

template <typename Visit>
void SortedSet::sample(size_t count, base::Random& random, Visit&& visit) const {
  if (is_tree() && count * 3 < size()) {
    std::unordered_set<uint64_t> ranks;
    while (ranks.size() < count) {
      const uint64_t rank = random.below(size());
      if (ranks.insert(rank).second) {
        const Scored member = tree()->ranked.at(rank);
        visit(member.name(), member.score());
      }
    }
    return;
  }
  // Each is taken with the chance that leaves the wanted number for the rest.
  size_t left = size();
  for_each([&](std::string_view name, double score) {
    if (random.below(left--) < count) {
      --count;
      visit(name, score);
    }
  });
}

}  // namespace gyre::data
