// Set: the value of a set: packed, a sorted array of integers, or a table.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string_view>
#include <unordered_set>
#include <vector>

#include "base/random.h"
#include "data/element.h"
#include "data/int_set.h"
#include "data/limits.h"
#include "data/member.h"
#include "data/pack.h"
#include "data/word.h"

namespace gyre::data {

// As long as all members are integers and few, an IntSet; with others among them a Pack; beyond the
// limits a table of Members, which it stays. A set of nothing has no memory.
class Set {
 public:
  // Takes over a pack, which is within the limits, holds nothing twice, and not only integers.
  static Set of_pack(Pack* pack) {
    Set set;
    set.set_word(kPack, pack);
    return set;
  }

  Set() = default;
  Set(Set&&) noexcept = default;
  Set& operator=(Set&&) noexcept = default;
  ~Set() { clear(); }

  size_t size() const;
  bool contains(const Element& element) const;
  // True if the member is new.
  bool add(const Element& element, const Limits& limits);
  // True if the member was there.
  bool remove(const Element& element);
  // A set that is to take `count` members at once, the first of them this one, becomes a table
  // now if it would have to become one while they come.
  void reserve(size_t count, const Element& first, const Limits& limits);
  // More integers than the limits allow, which others let in, become what other members are.
  void settle(const Limits& limits);

  // Calls visit(const Element&) for every member; visit must not change the set.
  template <typename Visit>
  void for_each(Visit&& visit) const;
  // The same until visit returns false.
  template <typename Visit>
  void visit_while(Visit&& visit) const;
  // The same in steps of about `count` members, for SSCAN: returns the cursor to go on from, 0 at
  // the end. Sets that are no tables are visited whole.
  template <typename Visit>
  uint64_t scan(uint64_t cursor, size_t count, Visit&& visit) const;
  // REQUIRES: is_ints(), index < size().
  int64_t integer(size_t index) const { return ints()->at(static_cast<uint32_t>(index)); }
  // REQUIRES: size() > 0. The element is good until the set changes.
  Element random(base::Random& random) const;
  // Calls visit(const Element&) for `count` members by chance, the same one perhaps several times.
  template <typename Visit>
  void draw(size_t count, base::Random& random, Visit&& visit) const;
  // The same for different ones. REQUIRES: count <= size().
  template <typename Visit>
  void sample(size_t count, base::Random& random, Visit&& visit) const;

  // What every type of value can do.
  Set clone() const;
  std::string_view encoding() const;
  bool is_ints() const { return word_.encoding() == kInts; }
  // Bytes of memory; those of a table's members are extrapolated from `samples` of them, 0 for all.
  size_t memory(size_t samples) const;
  // Blocks of memory, in the order of magnitude: what it costs to free it.
  size_t pieces() const;
  // Frees up to `budget` pieces of a value that is no longer used; returns how many it were. All
  // are gone when pieces() is 0.
  size_t drain(size_t budget);

  // Asserts the invariants of the encoding; for tests.
  void check() const;

 private:
  enum Encoding : uint16_t { kNone, kPack, kInts, kTable };

  Pack* pack() const { return word_.as<Pack>(); }
  IntSet* ints() const { return word_.as<IntSet>(); }
  MemberTable* table() const { return word_.as<MemberTable>(); }
  void set_word(Encoding encoding, const void* memory) { word_.reset(encoding, memory); }
  void clear();
  void begin(const Element& first, size_t count, const Limits& limits);
  bool add_to_table(const Element& element);
  bool add_to_ints(const Element& element, const Limits& limits);
  bool add_to_pack(const Element& element, const Limits& limits);
  bool fits_pack_with(const Element& element, const Limits& limits) const;
  bool fits_pack(size_t count, size_t longest, const Limits& limits) const;
  void become_table();
  void become_pack();

  Word word_;
};
static_assert(sizeof(Set) == 8);

template <typename Visit>
void Set::for_each(Visit&& visit) const {
  switch (word_.encoding()) {
    case kPack:
      for (uint32_t at = pack()->begin(); at != pack()->end(); at = pack()->next(at)) {
        visit(pack()->at(at));
      }
      break;
    case kInts:
      for (uint32_t i = 0; i < ints()->size(); ++i) {
        visit(Element(ints()->at(i)));
      }
      break;
    case kTable:
      table()->for_each([&](Member member) { visit(member.element()); });
      break;
    default:
      break;
  }
}

template <typename Visit>
void Set::visit_while(Visit&& visit) const {
  constexpr size_t kStep = 64;
  bool goes_on = true;
  uint64_t cursor = 0;
  do {
    cursor =
        scan(cursor, kStep, [&](const Element& element) { goes_on = goes_on && visit(element); });
  } while (cursor != 0 && goes_on);
}

template <typename Visit>
uint64_t Set::scan(uint64_t cursor, size_t count, Visit&& visit) const {
  if (word_.encoding() == kTable) {
    return table()->scan(cursor, count, [&](Member member) { visit(member.element()); });
  }
  for_each(visit);
  return 0;
}

template <typename Visit>
void Set::draw(size_t count, base::Random& random, Visit&& visit) const {
  if (word_.encoding() == kPack && count > 1) {
    const std::vector<uint32_t> offsets = pack()->offsets();
    for (; count > 0; --count) {
      visit(pack()->at(offsets[random.below(offsets.size())]));
    }
    return;
  }
  for (; count > 0; --count) {
    visit(this->random(random));
  }
}

template <typename Visit>
void Set::sample(size_t count, base::Random& random, Visit&& visit) const {
  if (word_.encoding() == kTable && count * 3 < size()) {
    std::unordered_set<uint64_t> seen;
    while (seen.size() < count) {
      const Member member = table()->random(random.next());
      if (seen.insert(member.bits()).second) {
        visit(member.element());
      }
    }
    return;
  }
  // Each is taken with the chance that leaves the wanted number for the rest.
  size_t left = size();
  for_each([&](const Element& element) {
    if (random.below(left--) < count) {
      --count;
      visit(element);
    }
  });
}

}  // namespace gyre::data
