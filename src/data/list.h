// List: the value of a list: one chunk, or many in a directory.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string_view>
#include <utility>

#include "data/chunks.h"
#include "data/limits.h"
#include "data/word.h"

namespace gyre::data {

// A list is one chunk as long as it is no larger than a node of Redis's quicklist may be, Chunks
// from then on, and one chunk again when it has shrunk to half of that. As in Redis, a command
// looks at that once: reserve() before it adds, settle() after it removed. A list of nothing has no
// memory.
//
// Elements that are added must not lie in the list; unless in a blob that is handed over with them,
// which holds the element and nothing else. It is kept instead of a copy if the element is long.
class List {
 public:
  List() = default;
  List(List&&) noexcept = default;
  List& operator=(List&&) noexcept = default;
  ~List() { clear(); }

  size_t size() const;
  // Is an element of so many bytes kept in a blob of its own?
  static bool is_long(size_t bytes, const Limits& limits) {
    return ChunkLimits(limits).is_long(bytes);
  }

  // Bytes that an element takes in a chunk.
  static size_t room_of(const Element& element) { return Chunk::room_of(Packed(element)); }

  // Changes the encoding if `count` elements of `bytes` bytes together are too many for this one.
  void reserve(size_t count, size_t bytes, const Limits& limits);
  // A list of nothing is about to take elements of so many bytes (room_of()) at its end.
  void make_room(size_t room);
  void push(Side side, const Element& element, base::BlobRef blob, const Limits& limits);
  // Before the element with this index, or at the end.
  void insert(size_t index, const Element& element, base::BlobRef blob, const Limits& limits);
  void replace(size_t index, const Element& element, base::BlobRef blob, const Limits& limits);

  // REQUIRES: size() > 0.
  void pop(Side side, const Limits& limits) {
    erase(side == Side::front ? 0 : size() - 1, 1, limits);
  }
  // Removes [from, from + count); what would take long to free comes back as a list.
  List erase(size_t from, size_t count, const Limits& limits);
  // Removes elements that are this one: the first `max` of them or the last. Returns how many.
  size_t erase_equal(const Element& element, size_t max, Side from, const Limits& limits);
  // Changes the encoding if there is little left.
  void settle(const Limits& limits);

  // REQUIRES: index < size(). The item is good until the list changes.
  ListItem at(size_t index) const;
  // Calls visit(const ListItem&) for the elements from `index` on, or from there back, until it
  // returns false; visit must not change the list. REQUIRES: index < size().
  template <typename Visit>
  void visit(size_t index, Visit&& visit) const;
  template <typename Visit>
  void visit_back(size_t index, Visit&& visit) const;
  template <typename Visit>
  void visit(size_t index, Side from, Visit&& visit) const {
    from == Side::front ? this->visit(index, visit) : visit_back(index, visit);
  }

  // Calls visit(const Chunk&) or visit(const base::Blob&) for the blocks that hold the elements, in
  // order.
  size_t blocks() const { return pieces() - (word_.encoding() == kChunks ? 1 : 0); }
  template <typename Visit>
  void for_each_block(Visit&& visit) const;

  // The same for the block in which the element with this index is. REQUIRES: index < size().
  template <typename Visit>
  void visit_block(size_t index, Visit&& visit) const;

  // What every type of value can do.
  List clone() const;
  std::string_view encoding() const {
    return word_.encoding() == kChunks ? "quicklist" : "listpack";
  }
  // Bytes of memory; those of many chunks are extrapolated from `samples` elements, 0 for all.
  size_t memory(size_t samples) const;
  // Blocks of memory, in the order of magnitude: what it costs to free it.
  size_t pieces() const;
  // Frees up to `budget` pieces of a value that is no longer used; returns how many it were. All
  // are gone when pieces() is 0.
  size_t drain(size_t budget);

  // Asserts the invariants of the encoding; for tests.
  void check() const;

 private:
  enum Encoding : uint16_t { kNone, kChunk, kChunks };

  Chunk* chunk() const { return word_.as<Chunk>(); }
  Chunks* chunks() const { return word_.as<Chunks>(); }
  void set_chunk(Chunk* chunk);
  void become_chunks();
  void clear();

  Word word_;
};
static_assert(sizeof(List) == 8);

template <typename Visit>
void List::visit(size_t index, Visit&& visit) const {
  if (word_.encoding() == kChunks) {
    chunks()->visit(index, visit);
    return;
  }
  const Chunk& chunk = *this->chunk();
  for (uint32_t at = chunk.nth(static_cast<uint32_t>(index)); at != chunk.end();
       at = chunk.next(at)) {
    if (!visit(chunk.item(at))) {
      return;
    }
  }
}

template <typename Visit>
void List::visit_back(size_t index, Visit&& visit) const {
  if (word_.encoding() == kChunks) {
    chunks()->visit_back(index, visit);
    return;
  }
  const Chunk& chunk = *this->chunk();
  uint32_t at = chunk.nth(static_cast<uint32_t>(index) + 1);
  while (at != chunk.begin()) {
    at = chunk.previous(at);
    if (!visit(chunk.item(at))) {
      return;
    }
  }
}

template <typename Visit>
void List::visit_block(size_t index, Visit&& visit) const {
  if (word_.encoding() == kChunks) {
    chunks()->visit_block(index, visit);
  } else {
    visit(std::as_const(*chunk()));
  }
}

}  // namespace gyre::data
