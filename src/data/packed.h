// Packed: one element in the form in which a Pack keeps it.
#pragma once

#include <cstdint>
#include <cstring>
#include <string_view>

#include "base/small.h"
#include "data/element.h"

namespace gyre::data {

// Bytes of a packed element by its first one; 0 for those whose size is in the bytes behind it.
struct PackedSizes {
  constexpr PackedSizes() {
    for (size_t head = 0; head <= 0xf8; ++head) {
      of[head] = static_cast<uint8_t>(head < 0x80    ? 1
                                      : head < 0xc0  ? 1 + (head & 0x3f)
                                      : head < 0xe0  ? 2
                                      : head <= 0xf0 ? 0
                                                     : 1 + (head & 15));
    }
  }
  uint8_t of[256] = {};
};
inline constexpr PackedSizes kPackedSizes;

// The first byte tells what follows:
//
//     00..7f   the number 0..127 itself
//     80..bf   a string of 0..63 bytes
//     c0..df   a number of 13 bits with its sign: five of them here, eight in the next byte
//     e0..ef   a string of up to 4095 bytes: four bits of its size here, eight in the next byte
//     f0       a string, its size in four bytes, least first
//     f1..f8   a number in as many bytes as the last digit says, least first
//
// Each takes the shortest head it fits into, so elements are equal if these forms are.
class Packed {
 public:
  static constexpr size_t kHeadMax = 9;

  explicit Packed(int64_t number) { encode(number); }
  explicit Packed(const Element& element) {
    element.is_number() ? encode(element.number()) : encode(element.bytes());
  }
  explicit Packed(std::string_view text) : Packed(Element::of(text)) {}

  size_t size() const { return head_size_ + body_.size(); }
  char* write(char* out) const {
    std::memcpy(out, head_, head_size_);
    if (!body_.empty()) {
      std::memcpy(out + head_size_, body_.data(), body_.size());
    }
    return out + size();
  }
  // Is this the element whose form begins here?
  bool is_at(const char* at) const {
    // Where the first bytes agree, as many follow in both.
    return at[0] == head_[0] &&
           (head_size_ == 1 || base::equal_small(at + 1, head_ + 1, head_size_ - 1)) &&
           base::equal_small(at + head_size_, body_.data(), body_.size());
  }

  // Bytes of the element that begins here.
  static size_t size_at(const char* at) {
    const size_t size = kPackedSizes.of[static_cast<uint8_t>(*at)];
    return size != 0 ? size : long_size_at(at);
  }
  static Element read(const char* at) {
    const auto head = static_cast<uint8_t>(*at);
    if (head < 0x80) {
      return Element(static_cast<int64_t>(head));
    }
    if (head < 0xc0) {
      return Element::of_bytes({at + 1, static_cast<size_t>(head & 0x3f)});
    }
    return read_long(at);
  }

 private:
  void encode(int64_t number);
  void encode(std::string_view text);
  static size_t long_size_at(const char* at);
  static Element read_long(const char* at);

  uint8_t head_size_ = 1;
  char head_[kHeadMax];
  std::string_view body_ = "";
};

}  // namespace gyre::data
