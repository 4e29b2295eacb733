// Pack: the elements of a small collection one behind the other in one block of memory.
#pragma once

#include <cstddef>
#include <cstdint>
#include <initializer_list>
#include <string_view>
#include <vector>

#include "base/heap.h"
#include "data/packed.h"

namespace gyre::data {

// Whether a pack can be walked from its end too, for a length behind each element.
enum class Walk : uint8_t { forward, both };

//     +0   bytes of the block (u32) | elements (u32)
//     +8   element element ...
//
// An element is in the form of Packed; in a pack for both ways its size follows, in one byte below
// 255, else in four bytes and the byte 255.
//
// Elements are named by their offset in the block, from begin() to end(), which a change behind
// them leaves as it is. A block is as large as a size class of the heap, so most changes of a few
// bytes move it to another place: those that change it return where it is then. Owned by whoever
// holds the pointer.
template <Walk kWalk>
class BasicPack {
 public:
  // No pack grows beyond this, in bytes; whoever adds to one looks first (has_room()).
  static constexpr size_t kBytesMax = size_t{1} << 30;

  static BasicPack* make();
  static BasicPack* make(std::initializer_list<Packed> elements);
  // Of so many elements in the form of Packed, one behind the other.
  static BasicPack* make(uint32_t count, std::string_view packed) requires(kWalk == Walk::forward);
  static void destroy(BasicPack* pack);
  BasicPack* clone() const;

  uint32_t count() const { return count_; }
  bool is_empty() const { return count_ == 0; }
  // Bytes of elements and header, and of memory.
  size_t bytes() const { return bytes_; }
  size_t memory() const { return base::heap_class(bytes_); }
  bool has_room(size_t added) const { return bytes_ + added <= kBytesMax; }
  // Bytes an element takes here.
  static size_t room_of(const Packed& element) {
    return element.size() + (kWalk == Walk::both ? back_size(element.size()) : 0);
  }

  uint32_t begin() const { return kHeader; }
  uint32_t end() const { return bytes_; }
  uint32_t next(uint32_t at) const {
    const size_t size = Packed::size_at(data() + at);
    return at + static_cast<uint32_t>(size + (kWalk == Walk::both ? back_size(size) : 0));
  }
  // The offset of the element that ends here. REQUIRES: at > begin().
  uint32_t previous(uint32_t at) const requires(kWalk == Walk::both) {
    const char* back = data() + at - 1;
    uint32_t size = static_cast<uint8_t>(*back);
    if (size == kLongBack) {
      std::memcpy(&size, back - sizeof size, sizeof size);
      at -= sizeof size;
    }
    return at - 1 - size;
  }
  // The offset of the element with this index, from whichever end is nearer.
  // REQUIRES: index < count().
  uint32_t nth(uint32_t index) const;
  // The offsets of every `stride`th element.
  std::vector<uint32_t> offsets(uint32_t stride = 1) const;

  Element at(uint32_t offset) const { return Packed::read(data() + offset); }
  bool is_at(uint32_t offset, const Packed& element) const {
    return element.is_at(data() + offset);
  }
  // The offset of the first such element among every `stride`th one from `from` on; end() if there
  // is none.
  uint32_t find(const Packed& element, uint32_t stride = 1) const {
    return find_from(begin(), element, stride);
  }
  uint32_t find_from(uint32_t from, const Packed& element, uint32_t stride = 1) const;

  // Puts elements in the place of the `removed` ones that lie in [from, to). The bytes of what is
  // added must not lie in this pack.
  static BasicPack* splice(BasicPack* pack, uint32_t from, uint32_t to, uint32_t removed,
                           std::initializer_list<Packed> added);
  static BasicPack* append(BasicPack* pack, std::initializer_list<Packed> added) {
    return splice(pack, pack->end(), pack->end(), 0, added);
  }
  static BasicPack* insert(BasicPack* pack, uint32_t at, std::initializer_list<Packed> added) {
    return splice(pack, at, at, 0, added);
  }
  static BasicPack* replace(BasicPack* pack, uint32_t at, const Packed& element) {
    return splice(pack, at, pack->next(at), 1, {element});
  }
  // Removes `count` elements from `at` on.
  static BasicPack* erase(BasicPack* pack, uint32_t at, uint32_t count = 1);

  // Asserts that the elements fill the block and can be walked; for tests.
  void check() const;

 private:
  static constexpr uint32_t kHeader = 8;
  static constexpr uint8_t kLongBack = 255;

  static size_t back_size(size_t size) { return size < kLongBack ? 1 : 5; }
  static char* write(char* out, const Packed& element);
  static BasicPack* allocate(size_t bytes);
  const char* data() const { return reinterpret_cast<const char*>(this); }
  char* data() { return reinterpret_cast<char*>(this); }

  uint32_t bytes_;
  uint32_t count_;
};

using Pack = BasicPack<Walk::forward>;
// The packs of lists.
using ListPack = BasicPack<Walk::both>;

extern template class BasicPack<Walk::forward>;
extern template class BasicPack<Walk::both>;

}  // namespace gyre::data
