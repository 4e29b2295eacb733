// IntSet: a set of integers as a sorted array, each as wide as the widest needs: 2, 4 or 8 bytes.
#pragma once

#include <cstddef>
#include <cstdint>

namespace gyre::data {

// One block: 8 bytes of header, then the numbers in ascending order. Owned by whoever holds the
// pointer; changes return where the block is then. It never gets narrower again.
class IntSet {
 public:
  static IntSet* make();
  static void destroy(IntSet* set);
  IntSet* clone() const;

  uint32_t size() const { return count_; }
  size_t memory() const;
  int64_t at(uint32_t index) const;
  // The index of the first number that is not less.
  uint32_t lower_bound(int64_t number) const;
  bool contains(int64_t number) const {
    const uint32_t index = lower_bound(number);
    return index < count_ && at(index) == number;
  }
  // Puts a number that is not there at its lower_bound().
  static IntSet* insert(IntSet* set, uint32_t index, int64_t number);
  static IntSet* erase(IntSet* set, uint32_t index);

 private:
  static constexpr size_t kHeader = 8;

  static IntSet* allocate(uint32_t count, uint8_t width);
  static uint8_t width_of(int64_t number);
  template <typename Int>
  uint32_t lower_bound_as(int64_t number) const;
  size_t bytes() const { return kHeader + size_t{count_} * width_; }
  const char* numbers() const { return reinterpret_cast<const char*>(this) + kHeader; }
  char* numbers() { return reinterpret_cast<char*>(this) + kHeader; }
  void put(uint32_t index, int64_t number);

  uint32_t count_;
  uint8_t width_;
};

}  // namespace gyre::data
