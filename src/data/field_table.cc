#include "data/field_table.h"

#include <algorithm>

namespace gyre::data {
namespace {

// There may be so many notes more than twice the fields that expire.
constexpr size_t kStaleMax = 1024;
constexpr size_t kWalkStep = 16;

}  // namespace

void FieldTable::set_expiry(const Place& place, uint64_t hash, int64_t expire_at_ms,
                            int64_t now_ms) {
  const Field field = place.item();
  const int64_t before_ms = field.expire_at_ms();
  if (expire_at_ms == kNoExpiry) {
    count_off(field);
    replace(place, Field(field).with_expiry(kNoExpiry));
    return;
  }
  if (expiry_ == nullptr) {
    expiry_ = std::make_unique<Expiry>(now_ms);
  }
  replace(place, Field(field).with_expiry(expire_at_ms));
  expiry_->count += before_ms == kNoExpiry ? 1 : 0;
  expiry_->next_ms = std::min(expiry_->next_ms, expire_at_ms);
  if (expiry_->index.needs_note(before_ms, expire_at_ms)) {
    expiry_->index.add(hash, expire_at_ms);
    renew_some(now_ms);
  }
}

void FieldTable::count_off(Field field) {
  if (field.has_expiry() && --expiry_->count == 0) {
    expiry_->next_ms = INT64_MAX;
  }
}

void FieldTable::erase(const Place& place) {
  count_off(place.item());
  Field::destroy(take(place));
}

void FieldTable::set_value(const Place& place, std::string_view value) {
  replace(place, place.item().with_value(value));
}

void FieldTable::renew_some(int64_t now_ms) {
  Expiry& expiry = *expiry_;
  if (expiry.old == nullptr) {
    if (expiry.index.notes() > 2 * expiry.count + kStaleMax) {
      expiry.old = std::make_unique<ExpiryIndex>(now_ms);
      expiry.old->swap(expiry.index);
      expiry.cursor = 0;
    }
    return;
  }
  expiry.cursor = scan(expiry.cursor, kWalkStep, [&](Field field) {
    if (field.has_expiry()) {
      expiry.index.add(name_hash(field.name()), field.expire_at_ms());
    }
  });
  if (expiry.cursor == 0) {
    expiry.old.reset();
  }
}

// A field with this prefix of its hash whose time has come, or one of no bits. In that case
// `next_ms` is the earliest deadline of the others.
Field FieldTable::find_due(uint32_t prefix, int64_t now_ms, int64_t& next_ms) const {
  Field due = Field::from_bits(0);
  visit_prefix(prefix, [&](Field field) {
    if (!field.has_expiry() || name_hash(field.name()) >> 32 != prefix) {
      return;
    }
    if (field.is_due(now_ms)) {
      due = field;
    } else {
      next_ms = std::min(next_ms, field.expire_at_ms());
    }
  });
  return due;
}

size_t FieldTable::expiry_memory() const {
  if (expiry_ == nullptr) {
    return 0;
  }
  return sizeof(Expiry) + expiry_->index.memory() - sizeof(ExpiryIndex) +
         (expiry_->old != nullptr ? expiry_->old->memory() : 0);
}

}  // namespace gyre::data
