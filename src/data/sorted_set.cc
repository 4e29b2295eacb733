#include "data/sorted_set.h"

#include <algorithm>
#include <utility>

#include "base/assert.h"
#include "data/collection_table.h"
#include "data/packed_score.h"

namespace gyre::data {

SortedSet SortedSet::make(ScoredTable members, size_t name_size, const Limits& limits) {
  std::vector<std::pair<uint64_t, Scored>> order;  // with the keys of their scores
  order.reserve(members.size());
  members.for_each([&](Scored member) { order.emplace_back(member.key(), member); });
  std::sort(order.begin(), order.end(), [](const auto& a, const auto& b) {
    return a.first != b.first ? a.first < b.first : a.second.name() < b.second.name();
  });
  SortedSet set;
  set.reserve(order.size(), name_size, limits);
  if (set.is_tree()) {
    set.tree()->table = std::move(members);
  }
  for (const auto& [key, member] : order) {
    if (set.is_tree()) {
      set.tree()->ranked.append(member);
    } else {
      set.append(member.name(), member.score(), limits);
    }
  }
  return set;
}

size_t SortedSet::size() const {
  switch (word_.encoding()) {
    case kPack:
      return pack()->count() / 2;
    case kTree:
      return tree()->ranked.size();
    default:
      return 0;
  }
}

SortedSet::Packing SortedSet::packing_at(uint32_t offset) const {
  const uint32_t behind = pack()->next(offset);
  return {pack()->at(offset), PackedScore::read(pack()->at(behind)), pack()->next(behind)};
}

SortedSet::Place SortedSet::find(std::string_view name) const {
  Place place;
  if (is_tree()) {
    const ScoredName wanted(name);
    place.hash_ = wanted.hash;
    place.place_ = tree()->table.find(wanted);
    if (place.place_) {
      place.score_ = place.place_.item().score();
    }
  } else if (word_) {
    const uint32_t offset = pack()->find(Packed(name), 2);
    if (offset != pack()->end()) {
      place.offset_ = offset;
      place.score_ = packing_at(offset).score;
    }
  }
  return place;
}

// The offset of the first member that is not below, and its rank.
uint32_t SortedSet::offset_below(const Probe& probe, size_t* rank) const {
  uint32_t offset = pack()->begin();
  size_t below = 0;
  for (; offset != pack()->end(); ++below) {
    const Packing packing = packing_at(offset);
    const uint64_t key = score_key(packing.score);
    Digits digits;
    if (!probe.is_above(key, [&] { return packing.name(digits); })) {
      break;
    }
    offset = packing.next;
  }
  *rank = below;
  return offset;
}

void SortedSet::insert_packed(uint32_t offset, std::string_view name, double score) {
  const PackedScore packed(score);
  set_pack(Pack::insert(pack(), offset, {Packed(name), packed.packed()}));
}

bool SortedSet::has_room(std::string_view name, const Limits& limits) const {
  return size() < limits.sorted_set_pack_entries && name.size() <= limits.sorted_set_pack_value &&
         pack()->has_room(name.size() + 3 * Packed::kHeadMax);
}

void SortedSet::begin(size_t name_size, const Limits& limits) {
  if (limits.sorted_set_pack_entries > 0 && name_size <= limits.sorted_set_pack_value) {
    set_pack(Pack::make());
  } else {
    word_.reset(kTree, make_table<Tree>());
  }
}

void SortedSet::reserve(size_t count, size_t name_size, const Limits& limits) {
  if (!word_) {
    begin(count > limits.sorted_set_pack_entries ? SIZE_MAX : name_size, limits);
  } else if (!is_tree() && count > limits.sorted_set_pack_entries) {
    become_tree();
  }
}

void SortedSet::insert(const Place& place, std::string_view name, double score,
                       const Limits& limits) {
  uint64_t hash = place.hash_;
  if (!word_) {
    begin(name.size(), limits);
  }
  if (!is_tree()) {
    if (has_room(name, limits)) {
      size_t rank;
      insert_packed(offset_below(Probe::of_member(score, name), &rank), name, score);
      return;
    }
    become_tree();
    hash = 0;
  }
  const Scored member = Scored::make(name, score);
  tree()->table.insert(hash != 0 ? hash : name_hash(name), member);
  tree()->ranked.insert(member);
}

void SortedSet::append(std::string_view name, double score, const Limits& limits) {
  if (!word_) {
    begin(name.size(), limits);
  }
  if (!is_tree()) {
    if (has_room(name, limits)) {
      insert_packed(pack()->end(), name, score);
      return;
    }
    become_tree();
  }
  const Scored member = Scored::make(name, score);
  tree()->table.insert(name_hash(name), member);
  tree()->ranked.append(member);
}

void SortedSet::set_score(const Place& place, std::string_view name, double score) {
  if (is_tree()) {
    tree()->ranked.set_score(place.place_.item(), score);
    return;
  }
  set_pack(Pack::erase(pack(), place.offset_, 2));
  size_t rank;
  insert_packed(offset_below(Probe::of_member(score, name), &rank), name, score);
}

void SortedSet::erase(const Place& place) {
  if (is_tree()) {
    const Scored member = tree()->table.take(place.place_);
    tree()->ranked.erase(member);
    Scored::destroy(member);
  } else {
    set_pack(Pack::erase(pack(), place.offset_, 2));
  }
}

void SortedSet::erase_range(size_t rank, size_t count) {
  if (is_tree()) {
    tree()->ranked.erase_range(rank, count, [&](Scored member) {
      Scored::destroy(tree()->table.take(tree()->table.find(ScoredName(member.name()))));
    });
  } else if (count > 0) {
    const uint32_t offset = pack()->nth(static_cast<uint32_t>(rank * 2));
    set_pack(Pack::erase(pack(), offset, static_cast<uint32_t>(count * 2)));
  }
}

size_t SortedSet::rank(const Place& place) const {
  if (is_tree()) {
    return tree()->ranked.rank(place.place_.item());
  }
  size_t rank = 0;
  for (uint32_t at = pack()->begin(); at != place.offset_; at = pack()->next(pack()->next(at))) {
    ++rank;
  }
  return rank;
}

size_t SortedSet::count_below(const Probe& probe) const {
  if (is_tree()) {
    return tree()->ranked.count_below(probe);
  }
  size_t rank = 0;
  if (word_) {
    offset_below(probe, &rank);
  }
  return rank;
}

void SortedSet::become_tree() {
  auto* fresh = make_table<Tree>();
  for_each([&](std::string_view name, double score) {
    const Scored member = Scored::make(name, score);
    fresh->table.insert(name_hash(name), member);
    fresh->ranked.append(member);
  });
  clear();
  word_.reset(kTree, fresh);
}

SortedSet SortedSet::clone() const {
  SortedSet copy;
  if (is_tree()) {
    auto* fresh = make_table<Tree>();
    for_each([&](std::string_view name, double score) {
      const Scored member = Scored::make(name, score);
      fresh->table.insert(name_hash(name), member);
      fresh->ranked.append(member);
    });
    copy.word_.reset(kTree, fresh);
  } else if (word_) {
    copy.set_pack(pack()->clone());
  }
  return copy;
}

std::string_view SortedSet::encoding() const { return is_tree() ? "skiplist" : "listpack"; }

size_t SortedSet::memory(size_t samples) const {
  if (is_tree()) {
    return memory_of_table(tree()->table, samples) + sizeof(Ranked) + tree()->ranked.memory();
  }
  return word_ ? pack()->memory() : 0;
}

size_t SortedSet::pieces() const {
  return is_tree() ? tree()->table.size() + tree()->ranked.nodes() + 1 : word_ ? 1 : 0;
}

size_t SortedSet::drain(size_t budget) {
  const size_t before = pieces();
  if (!is_tree() || (tree()->table.drain(budget) &&
                     tree()->ranked.drain(budget - std::min(budget, before - pieces())))) {
    clear();
  }
  return before - pieces();
}

void SortedSet::clear() {
  switch (word_.encoding()) {
    case kPack:
      Pack::destroy(pack());
      break;
    case kTree:
      destroy_table(tree());
      break;
    default:
      break;
  }
  word_.reset();
}

void SortedSet::check() const {
  if (is_tree()) {
    const Tree& both = *tree();
    both.table.check();
    both.ranked.check();
    GYRE_ASSERT(both.table.size() == both.ranked.size());
    both.ranked.ascend(0, both.ranked.size(), [&](Scored member) {
      const ScoredTable::Place place = both.table.find(ScoredName(member.name()));
      GYRE_ASSERT(place && place.item().bits() == member.bits());
    });
  } else if (word_) {
    pack()->check();
    for (uint32_t at = pack()->begin(), rank = 0; at != pack()->end(); ++rank) {
      const Packing packing = packing_at(at);
      Digits digits;
      size_t found;
      GYRE_ASSERT(offset_below(Probe::of_member(packing.score, packing.name(digits)), &found) ==
                      at &&
                  found == rank);
      at = packing.next;
    }
  }
}

}  // namespace gyre::data
