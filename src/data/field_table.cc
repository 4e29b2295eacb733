#include "data/field_table.h"

#include <algorithm>

namespace gyre::data {
namespace {

// There may be so many notes more than twice the fields that expire.
constexpr size_t kStaleMax = 1024;
constexpr size_t kWalkStep = 16;
constexpr size_t kDropStep = 4;  // chunks of an old index, at a time

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
  if (expiry.dropped != nullptr && expiry.dropped->drop_some(kDropStep)) {
    expiry.dropped.reset();
  }
  if (expiry.old == nullptr) {
    if (expiry.index.notes() > 2 * expiry.count + kStaleMax && expiry.dropped == nullptr) {
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
    expiry.dropped = std::move(expiry.old);
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
  size_t bytes = sizeof(Expiry) + expiry_->index.memory() - sizeof(ExpiryIndex);
  for (const auto* other : {&expiry_->old, &expiry_->dropped}) {
    bytes += *other != nullptr ? (*other)->memory() : 0;
  }
  return bytes;
}

size_t FieldTable::drain_expiry(size_t budget) {
  if (expiry_ == nullptr) {
    return 0;
  }
  const size_t before = expiry_memory();
  const size_t chunks = budget / ExpiryIndex::kDropCost + 1;
  for (auto* index : {expiry_->old.get(), expiry_->dropped.get(), &expiry_->index}) {
    if (index != nullptr && !index->drop_some(chunks)) {
      return budget;
    }
  }
  expiry_.reset();
  return std::min(budget, before / kPieceBytes);
}

}  // namespace gyre::data
