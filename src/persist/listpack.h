// Listpack: the block that Redis keeps small collections in, to be written and read.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "data/element.h"

namespace gyre::persist {

//     +0   bytes of the block (u32) | elements (u16; 65535: as many as there are)
//     +6   element element ... | ff
//
// An element is a number or a text in one of eight forms, then the size of that form, to be read
// from the end.

// Builds a block; keeps its memory for the next one.
class ListpackBuilder {
 public:
  ListpackBuilder() { clear(); }
  void clear() {
    bytes_.assign(kHeader, '\0');
    count_ = 0;
  }
  void add(const data::Element& element) {
    element.is_number() ? add(element.number()) : add_text(element.bytes());
  }
  void add(int64_t number);
  // The block; good until it is changed.
  std::string_view finish();

 private:
  static constexpr size_t kHeader = 6;

  void add_text(std::string_view text);
  void end_element(size_t begin);

  std::string bytes_;
  uint32_t count_ = 0;
};

// Reads a block that may be anything.
class ListpackReader {
 public:
  explicit ListpackReader(std::string_view block);

  // The next element, which refers to the block. False at the end, or where the block is broken.
  bool next(data::Element& element);
  // After next() was false: was the block in order up to its end?
  bool is_sound() const { return is_sound_; }

 private:
  bool read(data::Element& element, size_t& size) const;
  bool read_text(size_t head, uint64_t text_size, data::Element& element, size_t& size) const;
  bool read_number(size_t size_of_number, data::Element& element, size_t& size) const;

  std::string_view rest_ = "";  // elements that are left, without the end mark
  uint32_t left_ = 0;           // how many, if the block says so
  bool is_counted_ = false;
  bool is_sound_ = false;
};

}  // namespace gyre::persist
