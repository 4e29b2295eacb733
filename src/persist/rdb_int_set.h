// The block that Redis keeps small sets of integers in, to be written and read.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "data/element.h"
#include "data/set.h"

namespace gyre::persist {

//     +0   bytes of a number: 2, 4 or 8 (u32) | numbers (u32)
//     +8   the numbers, ascending

// A set that is kept as an array of integers, in `out`.
std::string_view write_int_set(const data::Set& set, std::string& out);

class IntSetReader {
 public:
  explicit IntSetReader(std::string_view block);

  // As ListpackReader's.
  bool next(data::Element& element);
  bool is_sound() const { return is_sound_; }

 private:
  std::string_view rest_ = "";
  size_t width_ = 0;
  int64_t last_ = 0;
  bool has_last_ = false;
  bool is_sound_ = false;
};

}  // namespace gyre::persist
