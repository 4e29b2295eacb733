// Field: one field of a large hash: its name, its value and perhaps an expiry in one block.
#pragma once

#include <cstdint>
#include <string_view>

#include "data/hash_table.h"
#include "data/name_hash.h"
#include "data/sized_text.h"

namespace gyre::data {

inline constexpr int64_t kNoExpiry = -1;

//     +0   expiry, Unix ms (i64)      only if the lowest bit of the word is set
//          name                       SizedText
//          value                      SizedText
//
// A word of 48 bits in the table's slot points to the block. Functions that change it return the
// word it has then: the block stays if it is of the right size.
class Field {
 public:
  static Field make(std::string_view name, std::string_view value,
                    int64_t expire_at_ms = kNoExpiry);
  static Field from_bits(uint64_t bits) { return Field(bits); }
  static void destroy(Field field);
  Field clone() const { return make(name(), value(), expire_at_ms()); }

  uint64_t bits() const { return bits_; }
  std::string_view name() const { return SizedText::read(texts()); }
  std::string_view value() const { return SizedText::read(SizedText::end_of(texts())); }
  bool has_expiry() const { return (bits_ & kExpiry) != 0; }
  int64_t expire_at_ms() const;
  // As with keys, a field lives through its millisecond.
  bool is_due(int64_t now_ms) const { return has_expiry() && expire_at_ms() < now_ms; }

  Field with_value(std::string_view value);
  Field with_expiry(int64_t expire_at_ms);
  // Bytes of its block.
  size_t memory() const { return base::heap_class(room_of(name().size(), value().size())); }

 private:
  static constexpr uint64_t kExpiry = 1;

  explicit Field(uint64_t bits) : bits_(bits) {}
  char* block() const { return reinterpret_cast<char*>(bits_ & ~kExpiry); }
  char* texts() const { return block() + (bits_ & kExpiry) * sizeof(int64_t); }
  size_t room_of(size_t name, size_t value) const {
    return (bits_ & kExpiry) * sizeof(int64_t) + SizedText::room_of(name) +
           SizedText::room_of(value);
  }

  uint64_t bits_;
};

struct FieldTraits {
  using Handle = Field;
  using Name = data::Name;

  static Field from_bits(uint64_t bits) { return Field::from_bits(bits); }
  static uint64_t to_bits(Field field) { return field.bits(); }
  uint64_t hash(Field field) const { return name_hash(field.name()); }
  bool has_name(Field field, const Name& name) const;
  void destroy(Field field) const { Field::destroy(field); }
};

}  // namespace gyre::data
