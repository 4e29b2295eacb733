// Scored: one member of a large sorted set: 48 bits that point to a block of its score and name.
#pragma once

#include <bit>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <string_view>

#include "base/small.h"
#include "data/hash_table.h"
#include "data/name_hash.h"
#include "data/sized_text.h"

namespace gyre::data {

// Scores as unsigned numbers of the same order. Both zeros are one; a score is never NaN.
inline uint64_t score_key(double score) {
  constexpr uint64_t kSign = uint64_t{1} << 63;
  const auto bits = std::bit_cast<uint64_t>(score + 0.0);  // makes -0 the other zero
  return (bits & kSign) != 0 ? ~bits : bits | kSign;
}

// What a member is found by in a table.
struct ScoredName {
  explicit ScoredName(std::string_view wanted) : name(wanted), hash(name_hash(wanted)) {}

  std::string_view name;
  uint64_t hash;
};

// The block holds the score, then the name. Two forms, told apart by bits that no pointer to a
// block has:
//
//     0 | pointer:44 | 0 0 0        score:64, the name as SizedText keeps it
//     c | pointer:44 | c c 0        score:64, a name of 8 * ccc bytes
//
// The blocks of the heap are 8 bytes apart, so a size in front of 16 bytes would cost 8 more. The
// member is owned by the table that it is in.
class Scored {
 public:
  static Scored make(std::string_view name, double score);
  static Scored from_bits(uint64_t bits) { return Scored(bits); }
  static void destroy(Scored member);

  uint64_t bits() const { return bits_; }
  double score() const {
    double score;
    std::memcpy(&score, block(), sizeof score);
    return score;
  }
  uint64_t key() const { return score_key(score()); }
  void set_score(double score) const { std::memcpy(block(), &score, sizeof score); }
  std::string_view name() const {
    const size_t eighth = code();
    const char* at = block() + sizeof(double);
    return eighth != 0 ? std::string_view(at, eighth * 8) : SizedText::read(at);
  }
  bool has_name(std::string_view wanted) const {
    const std::string_view own = name();
    return own.size() == wanted.size() && base::equal_small(own.data(), wanted.data(), own.size());
  }
  // Bytes of its block.
  size_t memory() const;

 private:
  static constexpr uint64_t kHighCode = uint64_t{1} << 47;
  static constexpr uint64_t kLowCodes = 6;

  explicit Scored(uint64_t bits) : bits_(bits) {}
  char* block() const { return reinterpret_cast<char*>(bits_ & ~(kHighCode | kLowCodes)); }
  // An eighth of the size of a name that has no size in front; 0 for one that has.
  size_t code() const { return (bits_ & kLowCodes) >> 1 | (bits_ & kHighCode) >> 45; }

  uint64_t bits_;
};

struct ScoredTraits {
  using Handle = Scored;
  using Name = ScoredName;

  static Scored from_bits(uint64_t bits) { return Scored::from_bits(bits); }
  static uint64_t to_bits(Scored member) { return member.bits(); }
  uint64_t hash(Scored member) const { return name_hash(member.name()); }
  bool has_name(Scored member, const ScoredName& name) const { return member.has_name(name.name); }
  void destroy(Scored member) const { Scored::destroy(member); }
};

using ScoredTable = HashTable<ScoredTraits>;

}  // namespace gyre::data
