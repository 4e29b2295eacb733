// Chunk: elements of a list one behind the other in one block of memory, with room at both ends.
#pragma once

#include <cstddef>
#include <cstdint>

#include "base/heap.h"
#include "data/list_item.h"
#include "data/packed.h"

namespace gyre::data {

enum class Side : uint8_t { front, back };

//     +0   begin | end | count | capacity (u16 each; offsets in the block)
//     +8   room | element element ... | room
//
// An element is in the form of Packed; its size follows, in one byte below 255, else in two bytes
// and the byte 255, so that a chunk can be walked from its end too. Adding and removing move the
// elements of the shorter side, so at the ends of a chunk nothing moves.
//
// Elements are named by their offset in the block, from begin() to end(). Changes move elements and
// often the block: those that change a chunk return where it is then. Owned by whoever holds the
// pointer.
class Chunk {
 public:
  // Bytes of the largest block.
  static constexpr size_t kBytesMax = 65528;

  // An empty chunk with room for elements of `room` bytes on one side.
  static Chunk* make(size_t room, Side side);
  static void destroy(Chunk* chunk) { base::heap_free(chunk, chunk->capacity_); }
  Chunk* clone() const { return copy(begin_, end_, count_); }

  uint32_t count() const { return count_; }
  // Bytes of elements and header, and of memory.
  size_t bytes() const { return kHeader + end_ - begin_; }
  size_t memory() const { return base::heap_class(capacity_); }
  // Bytes an element takes here.
  static size_t room_of(const Packed& element) {
    return element.size() + back_size(element.size());
  }
  bool has_room(const Packed& element) const { return bytes() + room_of(element) <= kBytesMax; }

  uint32_t begin() const { return begin_; }
  uint32_t end() const { return end_; }
  uint32_t next(uint32_t at) const {
    const size_t size = Packed::size_at(data() + at);
    return at + static_cast<uint32_t>(size + back_size(size));
  }
  // The offset of the element that ends here. REQUIRES: at > begin().
  uint32_t previous(uint32_t at) const {
    uint32_t size = static_cast<uint8_t>(data()[at - 1]);
    if (size == kLongBack) [[unlikely]] {
      uint16_t long_size;
      std::memcpy(&long_size, data() + at - 3, sizeof long_size);
      size = long_size + 2u;
    }
    return at - 1 - size;
  }
  // The offset of the element with this index, from whichever end is nearer; end() for count().
  uint32_t nth(uint32_t index) const;

  ListItem item(uint32_t offset) const { return ListItem(data() + offset); }

  // Puts an element before the one at `at`. If the block is too small, or has its room on the wrong
  // side, another one is made: of `capacity` bytes, or of more if it takes more. The element's
  // bytes must not lie in this chunk. REQUIRES: has_room().
  static Chunk* insert(Chunk* chunk, uint32_t at, const Packed& element, size_t capacity);
  static Chunk* push(Chunk* chunk, Side side, const Packed& element, size_t capacity) {
    return insert(chunk, side == Side::front ? chunk->begin() : chunk->end(), element, capacity);
  }
  static Chunk* replace(Chunk* chunk, uint32_t at, const Packed& element);
  // Removes the `count` elements that lie in [from, to).
  static Chunk* erase(Chunk* chunk, uint32_t from, uint32_t to, uint32_t count);
  // Removes up to `max` elements that are this one, from the offset `at` on.
  static Chunk* erase_equal(Chunk* chunk, uint32_t at, const Packed& element, size_t max);
  // Moves the elements from index `count` on to a chunk of their own, which is `rest`.
  static Chunk* split(Chunk* chunk, uint32_t count, Chunk*& rest);
  // Appends the elements of `rest`, which is destroyed.
  static Chunk* join(Chunk* chunk, Chunk* rest);
  // Gives back room that is a larger part of the block.
  static Chunk* fit(Chunk* chunk);

  // Asserts that the elements fill the block and can be walked both ways; for tests.
  void check() const;

 private:
  static constexpr uint32_t kHeader = 8;
  static constexpr uint8_t kLongBack = 255;

  static size_t back_size(size_t size) { return size < kLongBack ? 1 : 3; }
  static Chunk* allocate(size_t bytes);
  static void write(char* out, const Packed& element);
  // The elements of [from, to) in a block of their own.
  Chunk* copy(uint32_t from, uint32_t to, uint32_t count) const;
  // Makes a gap of `size` bytes before `at`, which becomes the gap's offset.
  static Chunk* open(Chunk* chunk, uint32_t& at, uint32_t size, size_t capacity);
  bool open_inside(uint32_t& at, uint32_t size);
  static Chunk* shrink(Chunk* chunk);
  void close(uint32_t from, uint32_t to);
  const char* data() const { return reinterpret_cast<const char*>(this); }
  char* data() { return reinterpret_cast<char*>(this); }

  uint16_t begin_;
  uint16_t end_;
  uint16_t count_;
  uint16_t capacity_;
};
static_assert(sizeof(Chunk) == 8);

}  // namespace gyre::data
