// The process-wide hash of keys, members and fields; seeded once at start so that clients cannot
// choose collisions.
#pragma once

#include <cstdint>
#include <string_view>

#include "base/hash.h"
#include "data/element.h"

namespace gyre::data {

inline uint64_t name_hash_seed = 0x9e3779b97f4a7c15;  // written once, before any core runs

inline uint64_t name_hash(std::string_view name) { return base::hash_bytes(name, name_hash_seed); }
// Of an element in its one form.
inline uint64_t name_hash(const Element& element) {
  return element.is_number()
             ? base::hash_word(static_cast<uint64_t>(element.number()), name_hash_seed)
             : name_hash(element.bytes());
}

}  // namespace gyre::data
