// Zipmap: the block that Redis 2.4 kept small hashes in, to be read.
#pragma once

#include <cstdint>
#include <string_view>

#include "data/element.h"

namespace gyre::persist {

//     +0   fields (u8; 254 and 255: as many as there are)
//     +1   size | name | size | unused (u8) | value | unused bytes ... | ff
//
// A size is one byte below 254, or 254 and four bytes.
class ZipmapReader {
 public:
  explicit ZipmapReader(std::string_view block);

  // As ListpackReader's: names and values in turn.
  bool next(data::Element& element);
  bool is_sound() const { return is_sound_; }

 private:
  bool read_size(size_t& size);
  bool read(data::Element& element);

  std::string_view rest_ = "";  // without the end mark
  uint32_t left_ = 0;           // fields, if the block says so
  bool is_counted_ = false;
  bool is_value_ = false;  // what comes next
  bool is_sound_ = false;
};

}  // namespace gyre::persist
