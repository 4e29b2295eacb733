// Ziplist: the block that Redis kept small collections in before 7.0, to be read.
#pragma once

#include <cstdint>
#include <string_view>

#include "data/element.h"

namespace gyre::persist {

//     +0    bytes of the block (u32) | offset of the last element (u32) | elements (u16; 65535: as
//           many as there are)
//     +10   element element ... | ff
//
// An element is the size of the one before it (one byte below 254, or 254 and four bytes), then a
// number or a text in one of ten forms.
class ZiplistReader {
 public:
  explicit ZiplistReader(std::string_view block);

  // As ListpackReader's.
  bool next(data::Element& element);
  bool is_sound() const { return is_sound_; }

 private:
  bool read(std::string_view form, data::Element& element, size_t& size) const;
  bool read_previous(size_t& size) const;

  std::string_view block_ = "";
  std::string_view rest_ = "";  // elements that are left, without the end mark
  size_t previous_ = 0;         // size of the last element
  uint32_t left_ = 0;           // how many, if the block says so
  bool is_counted_ = false;
  bool is_sound_ = false;
};

}  // namespace gyre::persist
