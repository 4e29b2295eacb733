// HyperLogLog: an estimate of how many different elements were seen, in Redis's own byte format.
//
// A value is a string, so that GET, SET, DUMP and other servers can handle it:
//
//     "HYLL" | encoding | 3 zero bytes | cached count: 8 bytes, little endian | registers
//
// The highest bit of the cached count says that it is stale. There are 16384 registers. Dense: 6
// bits each, the lowest bits first. Sparse: runs of equal registers,
//
//     00nnnnnn            n + 1 zeros
//     01nnnnnn nnnnnnnn   n + 1 zeros
//     1vvvvvnn            n + 1 registers of value v + 1
//
// Values come from clients (SET, RESTORE), so every function checks what it reads.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace gyre::data {

class HyperLogLog {
 public:
  static constexpr size_t kRegisters = 16384;
  static constexpr size_t kHeader = 16;
  static constexpr size_t kDenseSize = kHeader + kRegisters * 6 / 8;
  using Registers = std::array<uint8_t, kRegisters>;

  enum class Change : uint8_t { none, changed, corrupt };

  // An empty one, sparse.
  static std::string make();
  // Has the right header, and for a dense one the right size.
  static bool is_valid(std::string_view bytes);
  static bool is_dense(std::string_view bytes) { return bytes[4] == 0; }

  // Adds an element to a dense one in place.
  static Change add_dense(char* bytes, std::string_view element);
  // Adds an element to a sparse one; it becomes dense when it would grow above `sparse_max` bytes,
  // before runs are joined, or a register needs it.
  static Change add_sparse(std::string& bytes, std::string_view element, size_t sparse_max);
  // Turns a sparse one into a dense one; false if it is corrupt.
  static bool make_dense(std::string& bytes);

  // The count in the cache, if it is not stale.
  static std::optional<uint64_t> cached_count(std::string_view bytes);
  static void set_cached_count(char* bytes, uint64_t count);
  static void set_stale(char* bytes);

  // Raises each register to that of `bytes` where that is higher; false if it is corrupt.
  static bool merge_into(Registers& registers, std::string_view bytes);
  // The estimate.
  static uint64_t count(const Registers& registers);
  // A dense one with these registers.
  static std::string encode(const Registers& registers);
  // The same in place of another one, whose cached count stays.
  static void replace_dense(std::string& bytes, const Registers& registers);
  // Raises the registers of a sound sparse one to these, none of which is lower than its own; it
  // becomes dense when it needs more than `sparse_max` bytes on the way or a register needs it.
  static void raise(std::string& bytes, const Registers& registers, size_t sparse_max);
  // The runs of a sparse one as text: "z:N", "Z:N", "v:VALUE,N", however many registers they
  // are; nothing if the last one is cut off.
  static std::optional<std::string> describe_runs(std::string_view bytes);
};

}  // namespace gyre::data
