// LcsTable: the longest common subsequences of all beginnings of two strings, a bit for each pair.
#pragma once

#include <bit>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <new>
#include <string_view>

namespace gyre::commands {

// The table of L(i, j), the length of the longest common subsequence of the first i bytes of `a`
// and the first j of `b`, with one bit for each cell: is L(i, j) the same as L(i, j - 1)? A row of
// 64 such bits follows from the row above it in five instructions (Crochemore and others, 2001):
//
//     row' = (row + (row & match)) | (row & ~match)
//
// where a bit of `match` says that b has the byte of this row of `a` there. The carry of the
// addition goes on in the next 64 columns. A bit is all that the way back through the table needs:
// where the bytes differ, L(i, j) > L(i, j - 1) means that it came from above.
class LcsTable {
 public:
  LcsTable(std::string_view a, std::string_view b) : a_(a), b_(b) {}

  // Fills the table; without `has_rows` only the length is known afterwards. False: no memory.
  bool fill(bool has_rows) {
    const size_t blocks = (b_.size() + 63) / 64;
    const std::unique_ptr<uint8_t[]> carries(new (std::nothrow) uint8_t[a_.size()]());
    if (has_rows) {
      rows_.reset(new (std::nothrow) uint64_t[a_.size() * blocks]);
    }
    if (carries == nullptr || (has_rows && rows_ == nullptr)) {
      return false;
    }
    for (size_t block = 0; block < blocks; ++block) {
      fill_block(block, carries.get());
    }
    return true;
  }
  size_t length() const { return length_; }
  // Where the bytes at the ends of a(i) and b(j) differ: does the way back shorten `a`?
  bool is_from_above(size_t i, size_t j) const {
    return (rows_[(j - 1) / 64 * a_.size() + i - 1] >> ((j - 1) % 64) & 1) == 0;
  }

 private:
  void fill_block(size_t block, uint8_t* carries) {
    uint64_t matches[256] = {};
    const std::string_view part = b_.substr(block * 64, 64);
    for (size_t i = 0; i < part.size(); ++i) {
      matches[static_cast<uint8_t>(part[i])] |= uint64_t{1} << i;
    }
    uint64_t row = ~uint64_t{0};
    for (size_t i = 0; i < a_.size(); ++i) {
      const uint64_t match = matches[static_cast<uint8_t>(a_[i])];
      unsigned long long carry = carries[i];
      const uint64_t sum = __builtin_addcll(row, row & match, carry, &carry);
      row = sum | (row & ~match);
      carries[i] = static_cast<uint8_t>(carry);
      if (rows_ != nullptr) {
        rows_[block * a_.size() + i] = row;
      }
    }
    // Columns behind the end of `b` match nothing, but a carry may have come into the first of
    // them.
    const uint64_t used = part.size() == 64 ? ~uint64_t{0} : (uint64_t{1} << part.size()) - 1;
    length_ += static_cast<size_t>(std::popcount(~row & used));
  }

  std::string_view a_;
  std::string_view b_;
  std::unique_ptr<uint64_t[]> rows_;
  size_t length_ = 0;
};

}  // namespace gyre::commands
