// IdTree: what changes it, and what checks it.
#pragma once

#include <algorithm>
#include <cstring>

#include "base/assert.h"
#include "data/id_tree.h"

namespace gyre::data {

template <typename Value>
void IdTree<Value>::insert(StreamId id, const Value& value) {
  if (root_ == nullptr) {
    root_ = Leaf::make(2, memory_);
  }
  void* next = insert_in(root_, height_, {id, value});
  if (next != nullptr) {
    Inner* root = Inner::make(4, memory_);
    (*root)[0] = {first_of(root_, height_), root_};
    (*root)[1] = {first_of(next, height_), next};
    root->count = 2;
    root_ = root;
    ++height_;
  }
  ++size_;
}

// Returns the node that part of the items went to; null if there was room.
template <typename Value>
void* IdTree<Value>::insert_in(void*& node, unsigned level, const Item& item) {
  if (level == 0) {
    const uint32_t index = leaf(node)->lower(item.id);
    GYRE_DCHECK(index == leaf(node)->count || (*leaf(node))[index].id != item.id);
    Leaf* next = nullptr;
    node = Leaf::insert(leaf(node), index, item, next, memory_);
    return next;
  }
  Inner* parent = inner(node);
  const uint32_t index = parent->floor(item.id);
  void* split = insert_in((*parent)[index].value, level - 1, item);
  (*parent)[index].id = first_of((*parent)[index].value, level - 1);
  Inner* next = nullptr;
  if (split != nullptr) {
    node = Inner::insert(parent, index + 1, {first_of(split, level - 1), split}, next, memory_);
  }
  return next;
}

template <typename Value>
bool IdTree<Value>::erase(StreamId id) {
  if (root_ == nullptr || !erase_in(root_, height_, id)) {
    return false;
  }
  --size_;
  while (height_ > 0 && inner(root_)->count == 1) {
    void* only = (*inner(root_))[0].value;
    destroy(root_, height_--);
    root_ = only;
  }
  if (size_ == 0) {
    destroy(root_, 0);
    root_ = nullptr;
  }
  return true;
}

template <typename Value>
bool IdTree<Value>::erase_in(void*& node, unsigned level, StreamId id) {
  if (level == 0) {
    const uint32_t index = leaf(node)->lower(id);
    if (index == leaf(node)->count || (*leaf(node))[index].id != id) {
      return false;
    }
    node = Leaf::erase(leaf(node), index, memory_);
    return true;
  }
  Inner* parent = inner(node);
  const uint32_t index = parent->floor(id);
  void*& child = (*parent)[index].value;
  if (!erase_in(child, level - 1, id)) {
    return false;
  }
  const uint32_t left = count_of(child, level - 1);
  if (left == 0) {
    destroy(child, level - 1);
    node = Inner::erase(parent, index, memory_);
    return true;
  }
  (*parent)[index].id = first_of(child, level - 1);
  if (left < kFewest) {
    join_around(*parent, level, index);
    node = parent;
  }
  return true;
}

// Joins the child with a neighbour if they are small enough together.
template <typename Value>
void IdTree<Value>::join_around(Inner& parent, unsigned level, uint32_t index) {
  const auto fits = [&](uint32_t at) {
    return at + 1 < parent.count &&
           count_of(parent[at].value, level - 1) + count_of(parent[at + 1].value, level - 1) <=
               kJoined;
  };
  if (!fits(index)) {
    if (index == 0 || !fits(--index)) {
      return;
    }
  }
  void*& child = parent[index].value;
  void* next = parent[index + 1].value;
  if (level == 1) {
    child = Leaf::join(leaf(child), leaf(next), memory_);
  } else {
    child = Inner::join(inner(child), inner(next), memory_);
  }
  std::memmove(static_cast<void*>(&parent[index + 1]), &parent[index + 1] + 1,
               (parent.count - index - 2) * sizeof(typename Inner::Item));
  --parent.count;
}

template <typename Value>
template <typename Drained>
size_t IdTree<Value>::drain(size_t budget, Drained&& drained) {
  if (root_ == nullptr) {
    return 0;
  }
  size_t left = budget;
  if (drain_in(root_, height_, left, drained)) {
    root_ = nullptr;
    height_ = 0;
    size_ = 0;
  }
  return budget - left;
}

template <typename Value>
template <typename Drained>
bool IdTree<Value>::drain_in(void* node, unsigned level, size_t& budget, Drained& drained) {
  if (level == 0) {
    Leaf& at = *leaf(node);
    for (; at.count > 0 && budget > 0; --size_) {
      const size_t pieces = drained(at[--at.count]);
      budget -= std::min(budget, pieces);
    }
  } else {
    Inner& at = *inner(node);
    while (at.count > 0 && drain_in(at[at.count - 1].value, level - 1, budget, drained)) {
      --at.count;
    }
  }
  if (count_of(node, level) > 0 || budget == 0) {
    return false;
  }
  --budget;
  destroy(node, level);
  return true;
}

template <typename Value>
void IdTree<Value>::check_in(void* node, unsigned level, size_t& count, size_t& nodes) {
  ++nodes;
  const uint32_t children = count_of(node, level);
  GYRE_ASSERT(children > 0 && children <= Leaf::kMax);
  if (level == 0) {
    Leaf& at = *leaf(node);
    GYRE_ASSERT(at.count <= at.capacity);
    for (uint32_t i = 1; i < children; ++i) {
      GYRE_ASSERT(at[i - 1].id < at[i].id);
    }
    count += children;
    return;
  }
  Inner& at = *inner(node);
  GYRE_ASSERT(at.count <= at.capacity);
  for (uint32_t i = 0; i < children; ++i) {
    GYRE_ASSERT(at[i].id == first_of(at[i].value, level - 1));
    GYRE_ASSERT(i == 0 || at[i - 1].id < at[i].id);
    check_in(at[i].value, level - 1, count, nodes);
  }
}

}  // namespace gyre::data
