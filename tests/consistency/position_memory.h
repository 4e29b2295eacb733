// The positions of a search that were entered before: an open table with linear probing.
#pragma once

#include <bit>
#include <cstdint>
#include <vector>

namespace gyre::consistency {

// See register_check.h.
struct Position {
  uint64_t mask = 0;
  uint64_t used = 0;
  int64_t state = 0;
  uint32_t first = 0;
};

class PositionMemory {
 public:
  // False if the position, or the same one with fewer operations used, was added before.
  bool add(const Position& position) {
    if (2 * size_ >= table_.size()) grow();
    const size_t at = find(position);
    if (at == kCovered) return false;
    table_[at] = position;
    size_++;
    return true;
  }

  uint64_t size() const { return size_; }

 private:
  static constexpr size_t kCovered = ~size_t{0};
  static constexpr uint32_t kFree = ~0u;  // as `first`

  // Positions that differ only in `used` lie behind one another.
  static uint64_t hash(const Position& position) {
    uint64_t mixed = position.mask * 0x9e3779b97f4a7c15;
    mixed = (std::rotl(mixed, 32) ^ static_cast<uint64_t>(position.state)) * 0xbf58476d1ce4e5b9;
    mixed = (std::rotl(mixed, 32) ^ position.first) * 0x94d049bb133111eb;
    return mixed ^ mixed >> 32;
  }

  // A free place, or kCovered.
  size_t find(const Position& position) const {
    size_t at = hash(position) & (table_.size() - 1);
    for (; table_[at].first != kFree; at = (at + 1) & (table_.size() - 1)) {
      const Position& other = table_[at];
      const bool is_same = other.first == position.first && other.mask == position.mask &&
                           other.state == position.state;
      if (is_same && (other.used & ~position.used) == 0) return kCovered;
    }
    return at;
  }

  void grow() {
    std::vector<Position> old(table_.empty() ? 1024 : 2 * table_.size(), Position{.first = kFree});
    old.swap(table_);
    for (const Position& position : old) {
      if (position.first == kFree) continue;
      const size_t at = find(position);
      if (at != kCovered) table_[at] = position;
    }
  }

  std::vector<Position> table_;
  uint64_t size_ = 0;
};

}  // namespace gyre::consistency
