#include "data/ranked_nodes.h"

#include <cstring>

#include "base/assert.h"

namespace gyre::data {

Leaf* Leaf::make(NodeMemory& memory) {
  // Through this window every score has a tag, if a rough one.
  constexpr uint8_t kWidest = 48;
  auto* leaf = static_cast<Leaf*>(memory.take(sizeof(Leaf) + kCapacityMin * sizeof(uint64_t)));
  leaf->count_ = 0;
  leaf->capacity_ = kCapacityMin;
  leaf->shift_ = kWidest;
  leaf->patience_ = 0;
  leaf->base_ = 0;
  return leaf;
}

Leaf* Leaf::resize(Leaf* leaf, uint32_t capacity, NodeMemory& memory) {
  auto* fresh = static_cast<Leaf*>(memory.take(sizeof(Leaf) + capacity * sizeof(uint64_t)));
  std::memcpy(static_cast<void*>(fresh), leaf, sizeof(Leaf) + leaf->count_ * sizeof(uint64_t));
  fresh->capacity_ = static_cast<uint16_t>(capacity);
  destroy(leaf, memory);
  return fresh;
}

uint32_t Leaf::find(const Probe& probe) const {
  const auto is_below = [&](uint32_t index) { return probe.is_above(at(index)); };
  if (!probe.has_key) {
    return partition_index(0, count_, is_below);
  }
  const uint64_t tag = tag_of(probe.key);
  uint32_t index = count_less(slots_, count_, tag << 48);
  if (index + kCrowd < count_ && slots_[index + kCrowd] >> 48 == tag) [[unlikely]] {
    const uint32_t end = tag == kTagMax ? count_ : count_less(slots_, count_, (tag + 1) << 48);
    return partition_index(index, end, is_below);
  }
  while (index < count_ && slots_[index] >> 48 == tag && is_below(index)) {
    ++index;
  }
  return index;
}

Leaf* Leaf::insert(Leaf* leaf, uint32_t index, Scored member, NodeMemory& memory) {
  if (leaf->count_ == leaf->capacity_) {
    leaf = resize(leaf, room_for(leaf->capacity_), memory);
  }
  uint64_t* slot = leaf->slots_ + index;
  std::memmove(slot + 1, slot, (leaf->count_ - index) * sizeof *slot);
  *slot = leaf->slot_of(member);
  ++leaf->count_;
  leaf->lose_patience(index);
  return leaf;
}

Leaf* Leaf::erase(Leaf* leaf, uint32_t index, uint32_t count, NodeMemory& memory) {
  uint64_t* slot = leaf->slots_ + index;
  std::memmove(slot, slot + count, (leaf->count_ - index - count) * sizeof *slot);
  leaf->count_ -= static_cast<uint16_t>(count);
  if (leaf->count_ + 2 * kStep <= leaf->capacity_ && leaf->count_ >= kCapacityMin) {
    leaf = resize(leaf, room_for(leaf->count_), memory);
  }
  return leaf;
}

void Leaf::renew(uint32_t index) {
  slots_[index] = slot_of(at(index));
  lose_patience(index);
}

// Is this one of many members with one tag? Then another window may tell them apart. It need not,
// so it is not tried too often.
void Leaf::lose_patience(uint32_t index) {
  const uint64_t tag = slots_[index] >> 48;
  const bool is_crowded = (index >= kCrowd && slots_[index - kCrowd] >> 48 == tag) ||
                          (index + kCrowd < count_ && slots_[index + kCrowd] >> 48 == tag);
  if (!is_crowded) [[likely]] {
    return;
  }
  if (patience_ == 0) {
    choose_window();
  } else {
    --patience_;
  }
}

// Puts a window of the present width where the first key gets a quarter of all tags below it.
void Leaf::center_window(uint64_t first) {
  base_ = first - std::min(first, uint64_t{1} << (shift_ + kTagBits - 2));
}

// The members get half of the tags at most, so that there is room on both sides.
void Leaf::choose_window() {
  const uint64_t first = at(0).key();
  const uint64_t range = at(count_ - 1u).key() - first;
  shift_ =
      static_cast<uint8_t>(std::max(static_cast<int>(std::bit_width(range)) - kTagBits + 1, 0));
  center_window(first);
  patience_ = static_cast<uint8_t>(kPatienceMin + count_ / 2);
  for (uint32_t i = 0; i < count_; ++i) {
    slots_[i] = slot_of(at(i));
  }
}

Leaf* Leaf::split(Leaf*& leaf, uint32_t index, NodeMemory& memory) {
  const uint32_t moved = leaf->count_ - index;
  Leaf* next = make(memory);
  if (moved > next->capacity_) {
    next = resize(next, room_for(moved), memory);
  }
  std::memcpy(next->slots_, leaf->slots_ + index, moved * sizeof *next->slots_);
  next->count_ = static_cast<uint16_t>(moved);
  next->shift_ = leaf->shift_;
  next->base_ = leaf->base_;
  if (moved == 1) {
    // Members that come in ascending order will come as far apart as those before them.
    next->center_window(next->at(0).key());
    next->slots_[0] = next->slot_of(next->at(0));
  }
  leaf = erase(leaf, index, moved, memory);
  return next;
}

Leaf* Leaf::join(Leaf* leaf, Leaf* next, NodeMemory& memory) {
  const uint32_t count = leaf->count_ + next->count_;
  GYRE_DCHECK(count <= kMax);
  if (count > leaf->capacity_) {
    leaf = resize(leaf, count, memory);
  }
  std::memcpy(leaf->slots_ + leaf->count_, next->slots_, next->count_ * sizeof *leaf->slots_);
  leaf->count_ = static_cast<uint16_t>(count);
  destroy(next, memory);
  leaf->choose_window();
  return leaf;
}

void Leaf::check() const {
  GYRE_ASSERT(count_ > 0 && count_ <= kMax && count_ <= capacity_);
  for (uint32_t i = 0; i < count_; ++i) {
    GYRE_ASSERT(slots_[i] == slot_of(at(i)));
    GYRE_ASSERT(i == 0 || slots_[i - 1] >> 48 <= slots_[i] >> 48);
  }
}

Inner* Inner::make(uint32_t capacity, NodeMemory& memory) {
  auto* node = static_cast<Inner*>(memory.take(bytes_of(capacity)));
  node->count_ = 0;
  node->capacity_ = capacity;
  return node;
}

Inner* Inner::make(NodeMemory& memory) { return make(kCapacityMin, memory); }

// Room for so many children.
Inner* Inner::resize(Inner* node, uint32_t count, NodeMemory& memory) {
  uint32_t capacity = kCapacityMin;
  while (capacity < count) {
    capacity = 2 * capacity + 1;
  }
  if (capacity == node->capacity_) {
    return node;
  }
  Inner* fresh = make(capacity, memory);
  fresh->append(*node, 0);
  destroy(node, memory);
  return fresh;
}

// Copies the children of another node from an index on behind the own ones.
void Inner::append(const Inner& other, uint32_t from) {
  const uint32_t added = other.count_ - from;
  GYRE_DCHECK(count_ + added <= capacity_);
  std::memcpy(keys_ + count_, other.keys_ + from, added * sizeof *keys_);
  std::memcpy(static_cast<void*>(children() + count_), &other.child(from), added * sizeof(Child));
  count_ += added;
}

uint64_t Inner::size() const {
  uint64_t size = 0;
  for (uint32_t i = 0; i < count_; ++i) {
    size += child(i).size;
  }
  return size;
}

uint32_t Inner::find(const Probe& probe) const {
  uint32_t low = 0;
  uint32_t high = count_;
  if (probe.has_key) {
    low = count_less(keys_, count_, probe.key);
    if (low == count_ || keys_[low] != probe.key) [[likely]] {
      return low == 0 ? 0 : low - 1;
    }
    high = probe.key == UINT64_MAX ? count_ : count_less(keys_, count_, probe.key + 1);
  }
  if (probe.has_name) {
    low = partition_index(
        low, high, [&](uint32_t i) { return child(i).first.name().compare(probe.name) <= 0; });
  } else if (probe.is_behind) {
    low = high;
  }
  return low == 0 ? 0 : low - 1;
}

uint32_t Inner::find_rank(uint64_t& rank) const {
  uint32_t index = 0;
  while (index + 1 < count_ && rank >= child(index).size) {
    rank -= child(index).size;
    ++index;
  }
  return index;
}

Inner* Inner::insert(Inner* node, uint32_t index, const Child& child, NodeMemory& memory) {
  const Child added = child;
  if (node->count_ == node->capacity_) {
    node = resize(node, node->count_ + 1, memory);
  }
  const uint32_t behind = node->count_ - index;
  std::memmove(node->keys_ + index + 1, node->keys_ + index, behind * sizeof *node->keys_);
  Child* at = node->children() + index;
  std::memmove(static_cast<void*>(at + 1), at, behind * sizeof *at);
  *at = added;
  node->keys_[index] = added.first.key();
  ++node->count_;
  return node;
}

Inner* Inner::erase(Inner* node, uint32_t index, NodeMemory& memory) {
  const uint32_t behind = node->count_ - index - 1;
  std::memmove(node->keys_ + index, node->keys_ + index + 1, behind * sizeof *node->keys_);
  Child* at = node->children() + index;
  std::memmove(static_cast<void*>(at), at + 1, behind * sizeof *at);
  --node->count_;
  return node->count_ * 4 <= node->capacity_ ? resize(node, node->count_, memory) : node;
}

Inner* Inner::split(Inner*& node, uint32_t index, NodeMemory& memory) {
  Inner* next = resize(make(memory), node->count_ - index, memory);
  next->append(*node, index);
  node->count_ = index;
  node = resize(node, index, memory);
  return next;
}

Inner* Inner::join(Inner* node, Inner* next, NodeMemory& memory) {
  node = resize(node, node->count_ + next->count_, memory);
  node->append(*next, 0);
  destroy(next, memory);
  return node;
}

}  // namespace gyre::data
