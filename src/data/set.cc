#include "data/set.h"

#include <algorithm>

#include "base/assert.h"
#include "data/collection_table.h"

namespace gyre::data {

size_t Set::size() const {
  switch (word_.encoding()) {
    case kPack:
      return pack()->count();
    case kInts:
      return ints()->size();
    case kTable:
      return table()->size();
    default:
      return 0;
  }
}

bool Set::contains(const Element& element) const {
  switch (word_.encoding()) {
    case kPack:
      return pack()->find(Packed(element)) != pack()->end();
    case kInts:
      return element.is_number() && ints()->contains(element.number());
    case kTable:
      return static_cast<bool>(table()->find(MemberName(element)));
    default:
      return false;
  }
}

bool Set::add(const Element& element, const Limits& limits) {
  switch (word_.encoding()) {
    case kNone:
      begin(element, 1, limits);
      return add(element, limits);
    case kPack:
      return add_to_pack(element, limits);
    case kInts:
      return add_to_ints(element, limits);
    default:
      return add_to_table(element);
  }
}

void Set::begin(const Element& first, size_t count, const Limits& limits) {
  if (first.is_number() && count <= limits.set_ints) {
    set_word(kInts, IntSet::make());
  } else if (count <= limits.set_pack_entries) {
    set_word(kPack, Pack::make());
  } else {
    set_word(kTable, make_table<MemberTable>());
  }
}

void Set::reserve(size_t count, const Element& first, const Limits& limits) {
  switch (word_.encoding()) {
    case kNone:
      begin(first, count, limits);
      break;
    case kPack:
      if (count > limits.set_pack_entries) {
        become_table();
      }
      break;
    case kInts:
      if (count > limits.set_ints) {
        become_table();
      }
      break;
    default:
      break;
  }
}

bool Set::add_to_table(const Element& element) {
  const MemberName name(element);
  if (table()->find(name)) {
    return false;
  }
  table()->insert(name.hash, Member::make(element));
  return true;
}

bool Set::add_to_pack(const Element& element, const Limits& limits) {
  const Packed packed(element);
  if (pack()->find(packed) != pack()->end()) {
    return false;
  }
  if (pack()->count() < limits.set_pack_entries && element.size() <= limits.set_pack_value &&
      pack()->has_room(packed.size())) {
    set_word(kPack, Pack::append(pack(), {packed}));
    return true;
  }
  become_table();
  return add_to_table(element);
}

bool Set::add_to_ints(const Element& element, const Limits& limits) {
  constexpr size_t kIntsMax = size_t{1} << 27;  // a block of a gigabyte
  if (element.is_number()) {
    const uint32_t index = ints()->lower_bound(element.number());
    if (index < ints()->size() && ints()->at(index) == element.number()) {
      return false;
    }
    set_word(kInts, IntSet::insert(ints(), index, element.number()));
    if (ints()->size() > std::min(limits.set_ints, kIntsMax)) {
      become_table();
    }
    return true;
  }
  if (fits_pack_with(element, limits)) {
    become_pack();
    set_word(kPack, Pack::append(pack(), {Packed(element)}));
    return true;
  }
  become_table();
  return add_to_table(element);
}

// Can the integers and this element be a pack?
bool Set::fits_pack_with(const Element& element, const Limits& limits) const {
  return fits_pack(size_t{ints()->size()} + 1, element.size(), limits);
}

// Can the integers, with others or without, be a pack of so many elements?
bool Set::fits_pack(size_t count, size_t longest, const Limits& limits) const {
  if (const uint32_t own = ints()->size(); own > 0) {
    longest =
        std::max({longest, Element(ints()->at(0)).size(), Element(ints()->at(own - 1)).size()});
  }
  return count <= limits.set_pack_entries && longest <= limits.set_pack_value &&
         count * (longest + Packed::kHeadMax) <= Pack::kBytesMax;
}

void Set::settle(const Limits& limits) {
  if (is_ints() && ints()->size() > limits.set_ints) {
    fits_pack(ints()->size(), 0, limits) ? become_pack() : become_table();
  }
}

void Set::become_pack() {
  Pack* packed = Pack::make();
  for_each([&](const Element& element) { packed = Pack::append(packed, {Packed(element)}); });
  clear();
  set_word(kPack, packed);
}

void Set::become_table() {
  auto* members = make_table<MemberTable>();
  for_each(
      [&](const Element& element) { members->insert(name_hash(element), Member::make(element)); });
  clear();
  set_word(kTable, members);
}

bool Set::remove(const Element& element) {
  switch (word_.encoding()) {
    case kPack: {
      const uint32_t at = pack()->find(Packed(element));
      if (at == pack()->end()) {
        return false;
      }
      set_word(kPack, Pack::erase(pack(), at));
      return true;
    }
    case kInts: {
      const uint32_t index =
          element.is_number() ? ints()->lower_bound(element.number()) : UINT32_MAX;
      if (index >= ints()->size() || ints()->at(index) != element.number()) {
        return false;
      }
      set_word(kInts, IntSet::erase(ints(), index));
      return true;
    }
    case kTable: {
      const MemberTable::Place place = table()->find(MemberName(element));
      if (!place) {
        return false;
      }
      Member::destroy(table()->take(place));
      return true;
    }
    default:
      return false;
  }
}

Element Set::random(base::Random& random) const {
  switch (word_.encoding()) {
    case kPack:
      return pack()->at(pack()->nth(static_cast<uint32_t>(random.below(pack()->count()))));
    case kInts:
      return Element(ints()->at(static_cast<uint32_t>(random.below(ints()->size()))));
    default:
      return table()->random(random.next()).element();
  }
}

Set Set::clone() const {
  Set copy;
  switch (word_.encoding()) {
    case kPack:
      copy.set_word(kPack, pack()->clone());
      break;
    case kInts:
      copy.set_word(kInts, ints()->clone());
      break;
    case kTable: {
      auto* members = make_table<MemberTable>();
      table()->for_each(
          [&](Member member) { members->insert(name_hash(member.element()), member.clone()); });
      copy.set_word(kTable, members);
      break;
    }
    default:
      break;
  }
  return copy;
}

std::string_view Set::encoding() const {
  switch (word_.encoding()) {
    case kInts:
      return "intset";
    case kTable:
      return "hashtable";
    default:
      return "listpack";
  }
}

size_t Set::memory(size_t samples) const {
  switch (word_.encoding()) {
    case kPack:
      return pack()->memory();
    case kInts:
      return ints()->memory();
    case kTable:
      return memory_of_table(*table(), samples);
    default:
      return 0;
  }
}

size_t Set::pieces() const {
  return word_.encoding() == kTable ? table()->size() + 1 : word_ ? 1 : 0;
}

size_t Set::drain(size_t budget) {
  if (word_.encoding() != kTable) {
    clear();
    return 1;
  }
  const size_t before = table()->size();
  if (!table()->drain(budget)) {
    return before - table()->size();
  }
  clear();
  return before + 1;
}

void Set::clear() {
  switch (word_.encoding()) {
    case kPack:
      Pack::destroy(pack());
      break;
    case kInts:
      IntSet::destroy(ints());
      break;
    case kTable:
      destroy_table(table());
      break;
    default:
      break;
  }
  word_.reset();
}

void Set::check() const {
  switch (word_.encoding()) {
    case kPack:
      pack()->check();
      break;
    case kInts:
      for (uint32_t i = 1; i < ints()->size(); ++i) {
        GYRE_ASSERT(ints()->at(i - 1) < ints()->at(i));
      }
      break;
    case kTable:
      table()->check();
      break;
    default:
      break;
  }
}

}  // namespace gyre::data
