#include "data/field.h"

#include <cstring>

#include "base/heap.h"
#include "base/small.h"

namespace gyre::data {

Field Field::make(std::string_view name, std::string_view value, int64_t expire_at_ms) {
  Field field(expire_at_ms == kNoExpiry ? 0 : kExpiry);
  auto* block = static_cast<char*>(base::heap_alloc(field.room_of(name.size(), value.size())));
  if (expire_at_ms != kNoExpiry) {
    std::memcpy(block, &expire_at_ms, sizeof expire_at_ms);
  }
  field.bits_ |= reinterpret_cast<uint64_t>(block);
  SizedText::write(SizedText::write(field.texts(), name), value);
  return field;
}

void Field::destroy(Field field) {
  base::heap_free(field.block(), field.room_of(field.name().size(), field.value().size()));
}

int64_t Field::expire_at_ms() const {
  int64_t at = kNoExpiry;
  if (has_expiry()) {
    std::memcpy(&at, block(), sizeof at);
  }
  return at;
}

Field Field::with_value(std::string_view value) {
  const size_t name_size = name().size();
  if (base::heap_class(room_of(name_size, value.size())) == memory()) {
    SizedText::write(SizedText::end_of(texts()), value);
    return *this;
  }
  const Field fresh = make(name(), value, expire_at_ms());
  destroy(*this);
  return fresh;
}

Field Field::with_expiry(int64_t expire_at_ms) {
  if (has_expiry() && expire_at_ms != kNoExpiry) {
    std::memcpy(block(), &expire_at_ms, sizeof expire_at_ms);
    return *this;
  }
  if (!has_expiry() && expire_at_ms == kNoExpiry) {
    return *this;
  }
  const Field fresh = make(name(), value(), expire_at_ms);
  destroy(*this);
  return fresh;
}

bool FieldTraits::has_name(Field field, const Name& name) const {
  const std::string_view mine = field.name();
  return mine.size() == name.name.size() &&
         base::equal_small(mine.data(), name.name.data(), mine.size());
}

}  // namespace gyre::data
