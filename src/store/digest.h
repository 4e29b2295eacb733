// Digests of keys and values, as DEBUG DIGEST of Redis computes them: equal data, equal digest.
#pragma once

#include <array>
#include <cstdint>
#include <string>
#include <string_view>

#include "store/entry.h"

namespace gyre::store {

// Twenty bytes that take in others: add() forgets the order in which it was called, mix() does not.
class Digest {
 public:
  void add(std::string_view bytes);
  void mix(std::string_view bytes);
  // Takes in another digest as add() would take its bytes.
  void add(const Digest& other);
  // Takes in what another digest has been added; REQUIRES: neither was mixed.
  void merge(const Digest& other);
  std::string hex() const;

 private:
  std::array<uint8_t, 20> bytes_{};
};

// Mixes in type and value, and adds that the key expires.
void mix_value(Digest& digest, const Entry& entry);

// Of a key with its value.
Digest entry_digest(const Entry& entry);

}  // namespace gyre::store
