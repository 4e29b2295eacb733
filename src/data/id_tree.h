// IdTree: a map from stream ids to small values, in order: a B+ tree.
//
// The problem. The blocks of a stream and the pending entries of a group and of each consumer: a
// few to millions, added at the end as a rule, removed at the front or anywhere, found by id,
// walked in order from any id, both ways.
//
// Invariants.
//  1. Items ascend by id; no id is twice.
//  2. A child's id in an inner node is that of the first item below it; no node is empty.
//  3. All leaves are on one level.
//  4. A node from which an item was erased shares with none of its neighbours below one parent less
//     than three quarters of a node, if it is less than a quarter full itself.
//
// Nodes hold up to 64 items, so a million are three levels. Ascending inserts leave full nodes.
#pragma once

#include <cstddef>
#include <cstdint>
#include <utility>

#include "data/id_node.h"

namespace gyre::data {

// Values are trivially copyable; what they point to is not the tree's.
template <typename Value>
class IdTree {
 public:
  using Item = typename IdNode<Value>::Item;

  IdTree() = default;
  IdTree(const IdTree&) = delete;
  IdTree& operator=(const IdTree&) = delete;
  IdTree(IdTree&& other) noexcept { swap(other); }
  IdTree& operator=(IdTree&& other) noexcept {
    swap(other);
    return *this;
  }
  ~IdTree() {
    drain(SIZE_MAX, [](const Item&) { return size_t{0}; });
  }
  void swap(IdTree& other) noexcept {
    std::swap(root_, other.root_);
    std::swap(height_, other.height_);
    std::swap(size_, other.size_);
    std::swap(memory_, other.memory_);
  }

  size_t size() const { return size_; }
  bool is_empty() const { return size_ == 0; }
  // Nodes, and their bytes.
  size_t nodes() const { return memory_.nodes; }
  size_t memory() const { return memory_.bytes; }

  // The id must not be in.
  void insert(StreamId id, const Value& value);
  // False if the id is not in.
  bool erase(StreamId id);

  // Items are good until the tree changes; null if there is none.
  Item* find(StreamId id) const {
    Item* item = find_floor(id);
    return item != nullptr && item->id == id ? item : nullptr;
  }
  // The last item that is not above the id.
  Item* find_floor(StreamId id) const;
  Item* first() const { return edge(false); }
  Item* last() const { return edge(true); }

  // Calls visit(Item&) for all items from an id on, or from there back, until it returns false;
  // true if it never did. `visit` must not change the tree.
  template <typename Visit>
  bool ascend(StreamId from, Visit&& visit) const {
    return root_ == nullptr || ascend_in(root_, height_, from, visit);
  }
  template <typename Visit>
  bool descend(StreamId from, Visit&& visit) const {
    return root_ == nullptr || descend_in(root_, height_, from, visit);
  }

  // Frees up to `budget` pieces of a tree that is no longer used, and returns how many it were: a
  // node is one, and drained(item) says how many an item is.
  template <typename Drained>
  size_t drain(size_t budget, Drained&& drained);

  // Asserts the invariants over the whole tree; for tests.
  void check() const {
    size_t count = 0;
    size_t nodes = 0;
    if (root_ != nullptr) {
      check_in(root_, height_, count, nodes);
    }
    GYRE_ASSERT(count == size_ && nodes == memory_.nodes && (root_ != nullptr) == (size_ > 0));
  }

 private:
  using Leaf = IdNode<Value>;
  using Inner = IdNode<void*>;

  static constexpr uint32_t kFewest = Leaf::kMax / 4;
  static constexpr uint32_t kJoined = Leaf::kMax / 4 * 3;

  static Leaf* leaf(void* node) { return static_cast<Leaf*>(node); }
  static Inner* inner(void* node) { return static_cast<Inner*>(node); }
  static uint32_t count_of(void* node, unsigned level) {
    return level == 0 ? leaf(node)->count : inner(node)->count;
  }
  static StreamId first_of(void* node, unsigned level) {
    return level == 0 ? (*leaf(node))[0].id : (*inner(node))[0].id;
  }

  Item* edge(bool is_last) const;
  void* insert_in(void*& node, unsigned level, const Item& item);
  bool erase_in(void*& node, unsigned level, StreamId id);
  void join_around(Inner& parent, unsigned level, uint32_t index);
  void destroy(void* node, unsigned level) {
    level == 0 ? Leaf::destroy(leaf(node), memory_) : Inner::destroy(inner(node), memory_);
  }
  template <typename Visit>
  static bool ascend_in(void* node, unsigned level, StreamId from, Visit& visit);
  template <typename Visit>
  static bool descend_in(void* node, unsigned level, StreamId from, Visit& visit);
  template <typename Drained>
  bool drain_in(void* node, unsigned level, size_t& budget, Drained& drained);
  static void check_in(void* node, unsigned level, size_t& count, size_t& nodes);

  void* root_ = nullptr;
  unsigned height_ = 0;
  size_t size_ = 0;
  IdNodeMemory memory_;
};

template <typename Value>
typename IdTree<Value>::Item* IdTree<Value>::find_floor(StreamId id) const {
  void* node = root_;
  if (node == nullptr) {
    return nullptr;
  }
  for (unsigned level = height_; level > 0; --level) {
    Inner& at = *inner(node);
    node = at[at.floor(id)].value;
  }
  Item& item = (*leaf(node))[leaf(node)->floor(id)];
  return item.id <= id ? &item : nullptr;
}

template <typename Value>
typename IdTree<Value>::Item* IdTree<Value>::edge(bool is_last) const {
  void* node = root_;
  if (node == nullptr) {
    return nullptr;
  }
  for (unsigned level = height_; level > 0; --level) {
    Inner& at = *inner(node);
    node = at[is_last ? at.count - 1 : 0].value;
  }
  return &(*leaf(node))[is_last ? leaf(node)->count - 1 : 0];
}

template <typename Value>
template <typename Visit>
bool IdTree<Value>::ascend_in(void* node, unsigned level, StreamId from, Visit& visit) {
  if (level == 0) {
    Leaf& at = *leaf(node);
    for (uint32_t i = at.lower(from); i < at.count; ++i) {
      if (!visit(at[i])) {
        return false;
      }
    }
    return true;
  }
  Inner& at = *inner(node);
  for (uint32_t i = at.floor(from); i < at.count; ++i) {
    if (!ascend_in(at[i].value, level - 1, from, visit)) {
      return false;
    }
  }
  return true;
}

template <typename Value>
template <typename Visit>
bool IdTree<Value>::descend_in(void* node, unsigned level, StreamId from, Visit& visit) {
  if (level == 0) {
    Leaf& at = *leaf(node);
    for (uint32_t i = at.floor(from) + 1; i-- > 0;) {
      if (at[i].id <= from && !visit(at[i])) {
        return false;
      }
    }
    return true;
  }
  Inner& at = *inner(node);
  for (uint32_t i = at.floor(from) + 1; i-- > 0;) {
    if (!descend_in(at[i].value, level - 1, from, visit)) {
      return false;
    }
  }
  return true;
}

}  // namespace gyre::data

#include "data/id_tree_changes.h"
