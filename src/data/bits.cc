#include "data/bits.h"

#include <bit>
#include <cstring>

#include "base/assert.h"

namespace gyre::data {
namespace {

uint64_t load(const char* at) {
  uint64_t word;
  std::memcpy(&word, at, sizeof word);
  return word;
}

// A number as a field can hold it. 128 bits hold every sum of two 64-bit numbers.
FieldResult fit(__int128 number, FieldType type, Overflow overflow) {
  const __int128 one = 1;
  const __int128 largest = (one << (type.is_signed ? type.width - 1 : type.width)) - 1;
  const __int128 smallest = type.is_signed ? -largest - 1 : 0;
  if (number >= smallest && number <= largest) {
    return {.value = static_cast<uint64_t>(number)};
  }
  switch (overflow) {
    case Overflow::wrap:
      return {.value = static_cast<uint64_t>(number)};
    case Overflow::saturate:
      return {.value = static_cast<uint64_t>(number > largest ? largest : smallest)};
    case Overflow::fail:
      return {.fits = false};
  }
  GYRE_UNREACHABLE();
}

}  // namespace

uint64_t count_bits(std::string_view bytes) {
  const char* at = bytes.data();
  size_t left = bytes.size();
  // Four counts side by side keep the processor's one port for them busy.
  uint64_t counts[4] = {};
  for (; left >= 32; left -= 32, at += 32) {
    for (size_t i = 0; i < 4; ++i) {
      counts[i] += static_cast<uint64_t>(std::popcount(load(at + 8 * i)));
    }
  }
  uint64_t count = counts[0] + counts[1] + counts[2] + counts[3];
  for (; left > 0; --left, ++at) {
    count += static_cast<uint64_t>(std::popcount(static_cast<unsigned char>(*at)));
  }
  return count;
}

uint64_t find_bit(std::string_view bytes, bool value) {
  const uint64_t none = value ? 0 : ~uint64_t{0};  // a word without such a bit
  size_t at = 0;
  while (at + 8 <= bytes.size() && load(bytes.data() + at) == none) {
    at += 8;
  }
  for (; at < bytes.size(); ++at) {
    const auto byte = static_cast<unsigned char>(bytes[at] ^ (value ? 0 : 0xff));
    if (byte != 0) {
      return at * 8 + static_cast<uint64_t>(std::countl_zero(byte));
    }
  }
  return bytes.size() * 8;
}

uint64_t read_bits(std::string_view bytes, uint64_t offset, unsigned width) {
  uint64_t value = 0;
  for (unsigned left = width; left > 0;) {
    const auto in_byte = static_cast<unsigned>(offset & 7);
    const unsigned take = left < 8 - in_byte ? left : 8 - in_byte;
    const uint64_t index = offset >> 3;
    const unsigned byte = index < bytes.size() ? static_cast<unsigned char>(bytes[index]) : 0;
    value = value << take | (byte >> (8 - in_byte - take) & ((1U << take) - 1));
    offset += take;
    left -= take;
  }
  return value;
}

void write_bits(char* bytes, uint64_t offset, unsigned width, uint64_t value) {
  for (unsigned left = width; left > 0;) {
    const auto in_byte = static_cast<unsigned>(offset & 7);
    const unsigned take = left < 8 - in_byte ? left : 8 - in_byte;
    const unsigned shift = 8 - in_byte - take;
    const unsigned mask = ((1U << take) - 1) << shift;
    const unsigned part = static_cast<unsigned>(value >> (left - take) << shift) & mask;
    char& byte = bytes[offset >> 3];
    byte = static_cast<char>((static_cast<unsigned char>(byte) & ~mask) | part);
    offset += take;
    left -= take;
  }
}

int64_t field_number(uint64_t bits, FieldType type) {
  const unsigned unused = 64 - type.width;
  return type.is_signed ? static_cast<int64_t>(bits << unused) >> unused
                        : static_cast<int64_t>(bits << unused >> unused);
}

FieldResult add_to_field(uint64_t bits, int64_t increment, FieldType type, Overflow overflow) {
  return fit(static_cast<__int128>(field_number(bits, type)) + increment, type, overflow);
}

FieldResult fit_to_field(int64_t number, FieldType type, Overflow overflow) {
  const __int128 wide = type.is_signed ? static_cast<__int128>(number)
                                       : static_cast<__int128>(static_cast<uint64_t>(number));
  return fit(wide, type, overflow);
}

}  // namespace gyre::data
