// The templates of Hash: walks over fields. Included by hash.h.
#pragma once

#include <unordered_set>

#include "data/hash.h"

namespace gyre::data {

template <typename Visit>
void Hash::for_all(Visit&& visit) const {
  if (is_packed()) {
    for (uint32_t at = pack()->begin(); at != pack()->end();) {
      const Place place = place_at(at);
      visit(pack()->at(place.name), pack()->at(place.value), deadline_at(place));
      at = place.end;
    }
  } else if (word_.encoding() == kTable) {
    table()->for_each([&](Field field) {
      visit(Element::of_bytes(field.name()), Element::of_bytes(field.value()),
            field.expire_at_ms());
    });
  }
}

template <typename Visit>
void Hash::for_each(int64_t now_ms, Visit&& visit) const {
  for_all([&](const Element& name, const Element& value, int64_t expire_at_ms) {
    if (expire_at_ms == kNoExpiry || expire_at_ms >= now_ms) {
      visit(name, value);
    }
  });
}

template <typename Visit>
uint64_t Hash::scan(uint64_t cursor, size_t count, int64_t now_ms, Visit&& visit) const {
  return scan_all(cursor, count,
                  [&](const Element& name, const Element& value, int64_t expire_at_ms) {
                    if (expire_at_ms == kNoExpiry || expire_at_ms >= now_ms) {
                      visit(name, value);
                    }
                  });
}

template <typename Visit>
uint64_t Hash::scan_all(uint64_t cursor, size_t count, Visit&& visit) const {
  if (word_.encoding() != kTable) {
    for_all(visit);
    return 0;
  }
  return table()->scan(cursor, count, [&](Field field) {
    visit(Element::of_bytes(field.name()), Element::of_bytes(field.value()), field.expire_at_ms());
  });
}

template <typename Visit>
size_t Hash::expire(int64_t now_ms, size_t budget, Visit&& visit) {
  if (word_.encoding() == kTable) {
    return table()->expire(now_ms, budget, [&](std::string_view name) { visit(name); });
  }
  size_t seen = 0;
  if (word_.encoding() == kPackExpiring) {
    for (uint32_t at = pack()->begin(); at != pack()->end(); ++seen) {
      const Place place = place_at(at);
      if (!is_due_at(place, now_ms)) {
        at = place.end;
        continue;
      }
      Digits digits;
      visit(pack()->at(at).text(digits));
      set_pack(Pack::erase(pack(), at, stride()));
    }
  }
  return seen;
}

template <typename Visit>
void Hash::draw(size_t count, int64_t now_ms, base::Random& random, Visit&& visit) const {
  if (is_packed()) {
    const std::vector<uint32_t> offsets = live_offsets(now_ms);
    for (; count > 0; --count) {
      const Place place = place_at(offsets[random.below(offsets.size())]);
      visit(pack()->at(place.name), pack()->at(place.value));
    }
    return;
  }
  for (; count > 0; --count) {
    const Field field = random_field(now_ms, random);
    visit(Element::of_bytes(field.name()), Element::of_bytes(field.value()));
  }
}

template <typename Visit>
void Hash::sample(size_t count, int64_t now_ms, base::Random& random, Visit&& visit) const {
  size_t left = count_live(now_ms);
  if (word_.encoding() == kTable && count * 3 < left) {
    std::unordered_set<uint64_t> seen;
    while (seen.size() < count) {
      const Field field = random_field(now_ms, random);
      if (seen.insert(field.bits()).second) {
        visit(Element::of_bytes(field.name()), Element::of_bytes(field.value()));
      }
    }
    return;
  }
  // Each is taken with the chance that leaves the wanted number for the rest.
  for_each(now_ms, [&](const Element& name, const Element& value) {
    if (random.below(left--) < count) {
      --count;
      visit(name, value);
    }
  });
}

}  // namespace gyre::data
