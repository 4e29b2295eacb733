// The constants of Redis's RDB encoding: types of values, marks, versions, forms of lengths and
// strings.
#pragma once

#include <cstddef>
#include <cstdint>

namespace gyre::persist {

// What the byte in front of a value says. In brackets the version of the encoding that brought it.
enum class RdbType : uint8_t {
  string = 0,
  list = 1,  // of strings
  set = 2,
  zset = 3,  // scores as text
  hash = 4,
  zset_2 = 5,       // [8] scores as 8 bytes
  module = 7,       // [8] only a module knows what it is
  hash_zipmap = 9,  // these five: [2 to 4] one block in a string
  list_ziplist = 10,
  set_int_set = 11,
  zset_ziplist = 12,
  hash_ziplist = 13,
  list_quicklist = 14,       // [7] many ziplists
  stream_listpacks = 15,     // [9]
  hash_listpack = 16,        // [10]
  zset_listpack = 17,        // [10]
  list_quicklist_2 = 18,     // [10] listpacks, and long elements of their own
  stream_listpacks_2 = 19,   // [10] with what consumer groups have read
  set_listpack = 20,         // [11]
  stream_listpacks_3 = 21,   // [11] with times at which consumers were active
  hash_expiring_early = 22,  // [12] of release candidates: deadlines as they are
  hash_listpack_expiring_early = 23,
  hash_expiring = 24,  // [12] deadlines relative to the first
  hash_listpack_expiring = 25,
};

// What the byte in front of something else in a file says. Those of expiry and of use belong to the
// key that follows.
enum class RdbMark : uint8_t {
  slot_import = 243,  // of Valkey 9: a name, ranges of slots
  slot_info = 244,    // three lengths: a slot, its keys, those of them that expire
  function = 245,     // [10] a string: a library of functions
  function_early = 246,
  module_aux = 247,  // what a module keeps beside its values
  idle = 248,        // a length: seconds
  frequency = 249,   // a byte
  aux = 250,         // [7] two strings: a name and what is told under it
  sizes = 251,       // [7] two lengths: keys of the database, those of them that expire
  expire_ms = 252,
  expire_s = 253,
  select = 254,  // a length: the database of all that follows
  end = 255,     // [5] a checksum of all before is last
};

// Valkey took the number 22 for hashes whose fields expire; payloads of its version tell.
inline constexpr uint8_t kValkeyHash = 22;
inline constexpr uint16_t kValkeyVersion = 80;

// Is this byte, or was it ever, that of a type? Values of modules are among them.
constexpr bool is_value_type(uint8_t type) {
  return type <= static_cast<uint8_t>(RdbType::hash_listpack_expiring) && type != 6 && type != 8;
}

// Payloads and files of these versions are read; Valkey left out what lies between them and its
// own.
inline constexpr uint16_t kVersionMax = 13;
constexpr bool is_known_version(uint16_t version) {
  return version <= kVersionMax || version == kValkeyVersion;
}

// What is written is as old as it can be, so that Redis 7.0 and Valkey read it: all types of 10 and
// before. Only hashes whose fields expire need 12.
inline constexpr uint16_t kVersion = 10;
inline constexpr uint16_t kVersionExpiring = 12;

// Files begin with a name and the version in decimal digits, nine characters together.
inline constexpr size_t kMagicSize = 9;

// The upper two bits of a length.
inline constexpr uint8_t kLength6 = 0;
inline constexpr uint8_t kLength14 = 1;
inline constexpr uint8_t kLengthSpecial = 3;  // a string that is no bytes; the lower bits say what
// Whole first bytes.
inline constexpr uint8_t kLength32 = 0x80;  // the length follows, most significant byte first
inline constexpr uint8_t kLength64 = 0x81;

// Strings that are no bytes.
inline constexpr uint8_t kInt8 = 0;  // least significant byte first
inline constexpr uint8_t kInt16 = 1;
inline constexpr uint8_t kInt32 = 2;
inline constexpr uint8_t kCompressed = 3;  // two lengths, compressed and not, then LZF

// Nodes of list_quicklist_2.
inline constexpr uint64_t kNodePlain = 1;
inline constexpr uint64_t kNodePacked = 2;

}  // namespace gyre::persist
