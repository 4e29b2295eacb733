#include "data/packed.h"

#include <bit>

#include "base/assert.h"
#include "base/number.h"

namespace gyre::data {
namespace {

constexpr size_t kShortMax = 0x3f;
constexpr size_t kMediumMax = 0xfff;
constexpr int64_t kSmallNumber = 1 << 12;  // thirteen bits with the sign

uint8_t byte_at(const char* at) { return static_cast<uint8_t>(*at); }

uint32_t load32(const char* at) {
  uint32_t value;
  std::memcpy(&value, at, sizeof value);
  return value;
}

}  // namespace

static_assert(std::endian::native == std::endian::little);

void Packed::encode(int64_t number) {
  if (number >= 0 && number < 0x80) {
    head_[0] = static_cast<char>(number);
    return;
  }
  if (number >= -kSmallNumber && number < kSmallNumber) {
    head_[0] = static_cast<char>(0xc0 | (number >> 8 & 0x1f));
    head_[1] = static_cast<char>(number);
    head_size_ = 2;
    return;
  }
  const auto magnitude = static_cast<uint64_t>(number < 0 ? ~number : number);
  const int bytes = static_cast<int>(std::bit_width(magnitude)) / 8 + 1;
  head_[0] = static_cast<char>(0xf0 | bytes);
  std::memcpy(head_ + 1, &number, sizeof number);
  head_size_ = static_cast<uint8_t>(bytes + 1);
}

void Packed::encode(std::string_view text) {
  body_ = text;
  if (text.size() <= kShortMax) {
    head_[0] = static_cast<char>(0x80 | text.size());
  } else if (text.size() <= kMediumMax) {
    head_[0] = static_cast<char>(0xe0 | text.size() >> 8);
    head_[1] = static_cast<char>(text.size());
    head_size_ = 2;
  } else {
    const auto size = static_cast<uint32_t>(text.size());
    GYRE_ASSERT(size == text.size());
    head_[0] = static_cast<char>(0xf0);
    std::memcpy(head_ + 1, &size, sizeof size);
    head_size_ = 1 + sizeof size;
  }
}

size_t Packed::long_size_at(const char* at) {
  if (byte_at(at) == 0xf0) {
    return size_t{5} + load32(at + 1);
  }
  GYRE_DCHECK(byte_at(at) < 0xf0);
  return size_t{2} + (static_cast<size_t>(byte_at(at) & 15) << 8 | byte_at(at + 1));
}

Element Packed::read_long(const char* at) {
  const uint8_t head = byte_at(at);
  if (head < 0xe0) {
    const uint64_t bits = static_cast<uint64_t>(head & 0x1f) << 8 | byte_at(at + 1);
    return Element(static_cast<int64_t>(bits << 51) >> 51);
  }
  if (head <= 0xf0) {
    const size_t size = long_size_at(at);
    const size_t head_size = head == 0xf0 ? 5 : 2;
    return Element::of_bytes({at + head_size, size - head_size});
  }
  uint64_t bits = 0;
  const unsigned bytes = head & 15;
  std::memcpy(&bits, at + 1, bytes);
  const unsigned shift = 64 - 8 * bytes;
  return Element(static_cast<int64_t>(bits << shift) >> shift);
}

}  // namespace gyre::data
