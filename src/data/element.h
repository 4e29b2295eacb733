// Element: what a collection holds, as it is read: bytes, or a number that stands for its digits.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string_view>

#include "base/assert.h"
#include "base/number.h"

namespace gyre::data {

// Room to print a number in.
struct Digits {
  char text[24];
};

// Refers to bytes inside the collection: good until the collection changes.
class Element {
 public:
  Element() : Element(std::string_view()) {}
  Element(std::string_view bytes)  // NOLINT: every text is an element
      : data_(bytes.data() != nullptr ? bytes.data() : ""), size_(bytes.size()) {}
  explicit Element(int64_t number) : size_(static_cast<uint64_t>(number)) {}

  bool is_number() const { return data_ == nullptr; }
  int64_t number() const {
    GYRE_DCHECK(is_number());
    return static_cast<int64_t>(size_);
  }
  std::string_view bytes() const {
    GYRE_DCHECK(!is_number());
    return {data_, size_};
  }
  // Its text, printed into `digits` if it is a number.
  std::string_view text(Digits& digits) const {
    return is_number() ? std::string_view{digits.text, base::format_int64(digits.text, number())}
                       : bytes();
  }
  // Bytes of its text.
  size_t size() const {
    if (!is_number()) {
      return size_;
    }
    const uint64_t magnitude = number() < 0 ? 0 - size_ : size_;
    return static_cast<size_t>(base::digits10(magnitude)) + (number() < 0 ? 1 : 0);
  }

 private:
  const char* data_ = nullptr;  // null: a number
  uint64_t size_;               // of the bytes, or the number
};

}  // namespace gyre::data
