#include "data/hash.h"

#include <algorithm>

#include "base/assert.h"
#include "data/collection_table.h"

namespace gyre::data {

size_t Hash::size() const {
  if (is_packed()) {
    return pack()->count() / stride();
  }
  return word_.encoding() == kTable ? table()->size() : 0;
}

Hash::Place Hash::place_at(uint32_t offset) const {
  const uint32_t value = pack()->next(offset);
  const uint32_t deadline = pack()->next(value);
  const uint32_t end = stride() == 3 ? pack()->next(deadline) : deadline;
  return {.name = offset, .value = value, .deadline = deadline, .end = end};
}

int64_t Hash::deadline_at(const Place& place) const {
  const int64_t deadline = place.deadline == place.end ? 0 : pack()->at(place.deadline).number();
  return deadline == 0 ? kNoExpiry : deadline;
}

bool Hash::is_due_at(const Place& place, int64_t now_ms) const {
  const int64_t deadline = deadline_at(place);
  return deadline != kNoExpiry && deadline < now_ms;
}

std::optional<Hash::Found> Hash::find(std::string_view name, int64_t now_ms) const {
  if (is_packed()) {
    const uint32_t at = pack()->find(Packed(name), stride());
    if (at == pack()->end()) {
      return std::nullopt;
    }
    const Place place = place_at(at);
    if (is_due_at(place, now_ms)) {
      return std::nullopt;
    }
    return Found{pack()->at(place.value), deadline_at(place)};
  }
  if (word_.encoding() == kTable) {
    const FieldTable::Place place = table()->find({name, name_hash(name)});
    if (place && !place.item().is_due(now_ms)) {
      return Found{Element::of_bytes(place.item().value()), place.item().expire_at_ms()};
    }
  }
  return std::nullopt;
}

bool Hash::set(std::string_view name, std::string_view value, int64_t now_ms, const Limits& limits,
               bool keeps_expiry) {
  if (!word_) {
    reserve(1, now_ms, limits);
  }
  return is_packed() ? set_packed(name, value, now_ms, limits, keeps_expiry)
                     : set_in_table(name, value, now_ms, keeps_expiry);
}

void Hash::reserve(size_t count, int64_t now_ms, const Limits& limits) {
  const bool is_long = count > limits.hash_pack_entries;
  if (!word_ && !is_long) {
    word_.reset(kPack, Pack::make());
  } else if (!word_) {
    word_.reset(kTable, make_table<FieldTable>());
  } else if (is_packed() && is_long) {
    become_table(now_ms);
  }
}

bool Hash::set_packed(std::string_view name, std::string_view value, int64_t now_ms,
                      const Limits& limits, bool keeps_expiry) {
  const Packed packed_name(name);
  const Packed packed_value(value);
  if (std::max(name.size(), value.size()) > limits.hash_pack_value ||
      !pack()->has_room(packed_name.size() + packed_value.size() + 1)) {
    become_table(now_ms);
    return set_in_table(name, value, now_ms, keeps_expiry);
  }
  const uint32_t at = pack()->find(packed_name, stride());
  if (at != pack()->end()) {
    const Place place = place_at(at);
    const bool was_due = is_due_at(place, now_ms);
    if (place.deadline == place.end || (keeps_expiry && !was_due)) {
      set_pack(Pack::splice(pack(), place.value, place.deadline, 1, {packed_value}));
    } else {
      set_pack(Pack::splice(pack(), place.value, place.end, 2, {packed_value, Packed(int64_t{0})}));
    }
    return was_due;
  }
  if (size() >= limits.hash_pack_entries) {
    become_table(now_ms);
    return set_in_table(name, value, now_ms, keeps_expiry);
  }
  if (stride() == 3) {
    set_pack(Pack::append(pack(), {packed_name, packed_value, Packed(int64_t{0})}));
  } else {
    set_pack(Pack::append(pack(), {packed_name, packed_value}));
  }
  return true;
}

bool Hash::set_in_table(std::string_view name, std::string_view value, int64_t now_ms,
                        bool keeps_expiry) {
  const Name wanted{name, name_hash(name)};
  const FieldTable::Place place = table()->find(wanted);
  if (!place) {
    table()->insert(wanted.hash, Field::make(name, value));
    return true;
  }
  const bool was_due = place.item().is_due(now_ms);
  if (place.item().has_expiry() && (was_due || !keeps_expiry)) {
    table()->set_expiry(place, wanted.hash, kNoExpiry, now_ms);
  }
  table()->set_value(place, value);
  return was_due;
}

bool Hash::erase(std::string_view name, int64_t now_ms) {
  if (is_packed()) {
    const uint32_t at = pack()->find(Packed(name), stride());
    if (at == pack()->end()) {
      return false;
    }
    const bool was_due = is_due_at(place_at(at), now_ms);
    set_pack(Pack::erase(pack(), at, stride()));
    return !was_due;
  }
  const FieldTable::Place place =
      word_ ? table()->find({name, name_hash(name)}) : FieldTable::Place{};
  if (!place) {
    return false;
  }
  const bool was_due = place.item().is_due(now_ms);
  table()->erase(place);
  return !was_due;
}

void Hash::become_table(int64_t now_ms) {
  auto* fields = make_table<FieldTable>();
  for_all([&](const Element& name, const Element& value, int64_t expire_at_ms) {
    Digits name_digits;
    Digits value_digits;
    const std::string_view text = name.text(name_digits);
    const Name key{text, name_hash(text)};
    fields->insert(key.hash, Field::make(text, value.text(value_digits)));
    if (expire_at_ms != kNoExpiry) {
      fields->set_expiry(fields->find(key), key.hash, expire_at_ms, now_ms);
    }
  });
  clear();
  word_.reset(kTable, fields);
}

void Hash::become_expiring() {
  Pack* expiring = Pack::make();
  for_all([&](const Element& name, const Element& value, int64_t) {
    expiring = Pack::append(expiring, {Packed(name), Packed(value), Packed(int64_t{0})});
  });
  clear();
  word_.reset(kPackExpiring, expiring);
}

void Hash::set_expiry(std::string_view name, int64_t expire_at_ms, int64_t now_ms) {
  if (word_.encoding() == kTable) {
    const Name wanted{name, name_hash(name)};
    const FieldTable::Place place = table()->find(wanted);
    GYRE_ASSERT(place);
    table()->set_expiry(place, wanted.hash, expire_at_ms, now_ms);
    return;
  }
  if (word_.encoding() == kPack) {
    if (expire_at_ms == kNoExpiry) {
      return;
    }
    become_expiring();
  }
  const uint32_t at = pack()->find(Packed(name), stride());
  GYRE_ASSERT(at != pack()->end());
  const int64_t deadline = expire_at_ms == kNoExpiry ? 0 : expire_at_ms;
  set_pack(Pack::replace(pack(), place_at(at).deadline, Packed(deadline)));
}

int64_t Hash::next_expiry_ms() const {
  if (word_.encoding() == kTable) {
    return table()->next_expiry_ms();
  }
  int64_t next = INT64_MAX;
  if (word_.encoding() == kPackExpiring) {
    for_all([&](const Element&, const Element&, int64_t expire_at_ms) {
      next = expire_at_ms == kNoExpiry ? next : std::min(next, expire_at_ms);
    });
  }
  return next;
}

size_t Hash::count_live(int64_t now_ms) const {
  if (next_expiry_ms() >= now_ms) {
    return size();
  }
  size_t count = 0;
  for_each(now_ms, [&](const Element&, const Element&) { ++count; });
  return count;
}

std::vector<uint32_t> Hash::live_offsets(int64_t now_ms) const {
  std::vector<uint32_t> offsets;
  offsets.reserve(size());
  for (uint32_t at = pack()->begin(); at != pack()->end();) {
    const Place place = place_at(at);
    if (!is_due_at(place, now_ms)) {
      offsets.push_back(at);
    }
    at = place.end;
  }
  return offsets;
}

Field Hash::random_field(int64_t now_ms, base::Random& random) const {
  constexpr int kTries = 100;
  for (int i = 0; i < kTries; ++i) {
    const Field field = table()->random(random.next());
    if (!field.is_due(now_ms)) {
      return field;
    }
  }
  // Nearly all are due: the first one behind a random place that is not.
  Field found = Field::from_bits(0);
  for (uint64_t cursor = random.next(); found.bits() == 0;) {
    cursor = table()->scan(cursor, 1, [&](Field field) {
      if (!field.is_due(now_ms)) {
        found = field;
      }
    });
  }
  return found;
}

Hash Hash::clone() const {
  Hash copy;
  if (is_packed()) {
    copy.word_.reset(word_.encoding(), pack()->clone());
  } else if (word_.encoding() == kTable) {
    auto* fields = make_table<FieldTable>();
    table()->for_each([&](Field field) {
      const Name name{field.name(), name_hash(field.name())};
      fields->insert(name.hash, Field::make(field.name(), field.value()));
      if (field.has_expiry()) {
        fields->set_expiry(fields->find(name), name.hash, field.expire_at_ms(),
                           table()->index_now_ms());
      }
    });
    copy.word_.reset(kTable, fields);
  }
  return copy;
}

std::string_view Hash::encoding() const {
  switch (word_.encoding()) {
    case kPackExpiring:
      return "listpackex";
    case kTable:
      return "hashtable";
    default:
      return "listpack";
  }
}

size_t Hash::memory(size_t samples) const {
  if (is_packed()) {
    return pack()->memory();
  }
  return word_ ? memory_of_table(*table(), samples) + table()->expiry_memory() : 0;
}

size_t Hash::pieces() const {
  return word_.encoding() == kTable ? table()->size() + table()->expiry_pieces() + 1
         : word_                    ? 1
                                    : 0;
}

size_t Hash::drain(size_t budget) {
  if (word_.encoding() != kTable) {
    clear();
    return 1;
  }
  const size_t before = table()->size();
  const size_t freed = table()->drain_expiry(budget);
  if (freed >= budget || !table()->drain(budget - freed)) {
    return freed + before - table()->size();
  }
  clear();
  return freed + before + 1;
}

void Hash::clear() {
  if (is_packed()) {
    Pack::destroy(pack());
  } else if (word_) {
    destroy_table(table());
  }
  word_.reset();
}

void Hash::check() const {
  if (is_packed()) {
    pack()->check();
    GYRE_ASSERT(pack()->count() % stride() == 0);
  } else if (word_) {
    table()->check();
    size_t expiring = 0;
    table()->for_each([&](Field field) {
      expiring += field.has_expiry() ? 1 : 0;
      GYRE_ASSERT(!field.has_expiry() || table()->next_expiry_ms() <= field.expire_at_ms());
    });
    GYRE_ASSERT(expiring == table()->expiring());
  }
}

}  // namespace gyre::data
