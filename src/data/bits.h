// Bits of byte strings: counting, searching, and numbers of any width at any place. Bit 0 is the
// highest bit of the first byte, as in Redis's bitmaps.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string_view>

namespace gyre::data {

// How many bits are set.
uint64_t count_bits(std::string_view bytes);

// Where the first bit of this value is, from 0; the number of bits if there is none.
uint64_t find_bit(std::string_view bytes, bool value);

// `width` (0 to 64) bits from bit `offset` on as a number; bits behind the end of the bytes are 0.
uint64_t read_bits(std::string_view bytes, uint64_t offset, unsigned width);
// All bits must lie within the bytes.
void write_bits(char* bytes, uint64_t offset, unsigned width, uint64_t value);

// The number type of a bit field.
struct FieldType {
  bool is_signed = false;
  unsigned width = 0;  // bits: 1 to 64, unsigned ones to 63
};

enum class Overflow : uint8_t { wrap, saturate, fail };

struct FieldResult {
  bool fits = true;    // false: it does not, and `overflow` is fail
  uint64_t value = 0;  // the low `width` bits count
};

// What the field reads as, sign extended if it is signed.
int64_t field_number(uint64_t bits, FieldType type);
// `bits` plus `increment` as the type can hold it.
FieldResult add_to_field(uint64_t bits, int64_t increment, FieldType type, Overflow overflow);
// A number as the type can hold it. An unsigned field takes a negative one for a very large one.
FieldResult fit_to_field(int64_t number, FieldType type, Overflow overflow);

}  // namespace gyre::data
