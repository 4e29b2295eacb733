// Member: one member of a large set, in the 48 bits of a table's slot and a block for its bytes.
#pragma once

#include <cstdint>
#include <string_view>

#include "data/element.h"
#include "data/hash_table.h"
#include "data/name_hash.h"

namespace gyre::data {

// What a member is found by.
struct MemberName {
  explicit MemberName(const Element& wanted) : element(wanted), hash(name_hash(wanted)) {}

  Element element;
  uint64_t hash;
};

// One of three forms, told apart by bits that no pointer to a block has:
//
//     number:47 | 1                 a number that fits; no block
//     0 | pointer:44 | 0 0 0        a block with the size in front, as SizedText keeps it
//     c | pointer:44 | c c 0        a block of 8 * ccc bytes, all of them the member's
//
// The blocks of the heap are 8 bytes apart, so a size in front of 16 bytes would cost 8 more.
class Member {
 public:
  static Member make(const Element& element);
  static Member from_bits(uint64_t bits) { return Member(bits); }
  static void destroy(Member member);
  Member clone() const;

  uint64_t bits() const { return bits_; }
  Element element() const;
  bool is(const Element& element) const;
  // Bytes of its block.
  size_t memory() const;

 private:
  static constexpr int kNumberBits = 47;
  static constexpr uint64_t kHighCode = uint64_t{1} << 47;
  static constexpr uint64_t kLowCodes = 6;

  explicit Member(uint64_t bits) : bits_(bits) {}
  bool is_number() const { return (bits_ & 1) != 0; }
  int64_t number() const { return static_cast<int64_t>(bits_ << 16) >> 17; }
  char* block() const { return reinterpret_cast<char*>(bits_ & ~(kHighCode | kLowCodes)); }
  // An eighth of the size of a block that has no size in front; 0 for one that has.
  size_t code() const { return (bits_ & kLowCodes) >> 1 | (bits_ & kHighCode) >> 45; }
  std::string_view text() const;

  uint64_t bits_;
};

struct MemberTraits {
  using Handle = Member;
  using Name = MemberName;

  static Member from_bits(uint64_t bits) { return Member::from_bits(bits); }
  static uint64_t to_bits(Member member) { return member.bits(); }
  uint64_t hash(Member member) const { return name_hash(member.element()); }
  bool has_name(Member member, const MemberName& name) const { return member.is(name.element); }
  void destroy(Member member) const { Member::destroy(member); }
};

using MemberTable = HashTable<MemberTraits>;

}  // namespace gyre::data
