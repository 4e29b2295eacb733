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

// An element has one form: a text that is what an integer prints as is that number, all others are
// bytes. Refers to bytes inside the collection: good until the collection changes.
class Element {
 public:
  Element() : Element("", 0) {}
  explicit Element(int64_t number) : data_(nullptr), size_(static_cast<uint64_t>(number)) {}
  // Of any text: finds out whether it is a number.
  static Element of(std::string_view text) {
    if (!text.empty() && text[0] <= '9' && text[0] >= '-' && text.size() < base::kIntCharsMax) {
      if (const auto number = base::parse_int64(text)) {
        return Element(*number);
      }
    }
    return of_bytes(text);
  }
  // Of a text that is known to be no number.
  static Element of_bytes(std::string_view bytes) {
    return {bytes.data() != nullptr ? bytes.data() : "", bytes.size()};
  }

  friend bool operator==(const Element& a, const Element& b) {
    return a.is_number() || b.is_number() ? a.data_ == b.data_ && a.size_ == b.size_
                                          : a.bytes() == b.bytes();
  }

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
  Element(const char* data, size_t size) : data_(data), size_(size) {}

  const char* data_;  // null: a number
  uint64_t size_;     // of the bytes, or the number
};

}  // namespace gyre::data
