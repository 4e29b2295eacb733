// IdNode: items in order of their stream ids in one block of memory; the nodes of an IdTree.
#pragma once

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <type_traits>

#include "base/assert.h"
#include "base/heap.h"
#include "data/stream_id.h"

namespace gyre::data {

// The nodes of one tree and their bytes.
struct IdNodeMemory {
  size_t nodes = 0;
  size_t bytes = 0;
};

// As large as what is in it, in steps of a doubling. Changes may move it: they return where it is.
template <typename Value>
struct IdNode {
  static_assert(std::is_trivially_copyable_v<Value>);
  struct Item {
    StreamId id;
    [[no_unique_address]] Value value;
  };
  static constexpr uint32_t kMax = 64;

  uint32_t count;
  uint32_t capacity;

  Item* items() { return reinterpret_cast<Item*>(this + 1); }
  const Item* items() const { return reinterpret_cast<const Item*>(this + 1); }
  Item& operator[](uint32_t index) { return items()[index]; }
  const Item& operator[](uint32_t index) const { return items()[index]; }

  static IdNode* make(uint32_t capacity, IdNodeMemory& memory) {
    const size_t bytes = bytes_of(capacity);
    auto* node = static_cast<IdNode*>(base::heap_alloc(bytes));
    node->count = 0;
    node->capacity = capacity;
    ++memory.nodes;
    memory.bytes += base::heap_class(bytes);
    return node;
  }
  static void destroy(IdNode* node, IdNodeMemory& memory) {
    const size_t bytes = bytes_of(node->capacity);
    --memory.nodes;
    memory.bytes -= base::heap_class(bytes);
    base::heap_free(node, bytes);
  }

  // The index of the first item that is not below the id.
  uint32_t lower(StreamId id) const {
    const Item* end = items() + count;
    const Item* at = std::lower_bound(items(), end, id,
                                      [](const Item& item, StreamId x) { return item.id < x; });
    return static_cast<uint32_t>(at - items());
  }
  // The last item that is not above the id; the first one if all are.
  uint32_t floor(StreamId id) const {
    const uint32_t at = lower(id);
    return at > 0 && (at == count || items()[at].id != id) ? at - 1 : at;
  }

  // Inserts an item; what a full node has no room for moves to `next`, a node of its own.
  static IdNode* insert(IdNode* node, uint32_t index, const Item& item, IdNode*& next,
                        IdNodeMemory& memory) {
    if (node->count == kMax) {
      // Ids come in ascending order as a rule, and leave full nodes.
      const uint32_t keep = index == kMax ? kMax : kMax / 2;
      next = make(keep == kMax ? 4 : kMax, memory);
      next->append(*node, keep);
      node->count = keep;
      if (index >= keep) {
        next = insert(next, index - keep, item, next, memory);
        return node;
      }
    }
    if (node->count == node->capacity) {
      node = resize(node, node->capacity * 2, memory);
    }
    Item* at = node->items() + index;
    std::memmove(static_cast<void*>(at + 1), at, (node->count - index) * sizeof(Item));
    *at = item;
    ++node->count;
    return node;
  }
  static IdNode* erase(IdNode* node, uint32_t index, IdNodeMemory& memory) {
    Item* at = node->items() + index;
    --node->count;
    std::memmove(static_cast<void*>(at), at + 1, (node->count - index) * sizeof(Item));
    return node->capacity > 4 && node->count * 4 <= node->capacity
               ? resize(node, node->capacity / 2, memory)
               : node;
  }
  // Takes over the items of the next node, which is destroyed.
  static IdNode* join(IdNode* node, IdNode* next, IdNodeMemory& memory) {
    if (node->count + next->count > node->capacity) {
      node = resize(node, kMax, memory);
    }
    node->append(*next, 0);
    destroy(next, memory);
    return node;
  }

 private:
  static size_t bytes_of(uint32_t capacity) { return sizeof(IdNode) + capacity * sizeof(Item); }

  static IdNode* resize(IdNode* node, uint32_t capacity, IdNodeMemory& memory) {
    IdNode* fresh = make(capacity, memory);
    fresh->append(*node, 0);
    destroy(node, memory);
    return fresh;
  }
  void append(const IdNode& other, uint32_t from) {
    const uint32_t added = other.count - from;
    GYRE_DCHECK(count + added <= capacity);
    std::memcpy(static_cast<void*>(items() + count), other.items() + from, added * sizeof(Item));
    count += added;
  }
};

}  // namespace gyre::data
