#include "data/int_set.h"

#include <cstring>
#include <limits>

#include "base/assert.h"
#include "base/heap.h"

namespace gyre::data {
namespace {

template <typename Int>
int64_t load(const char* numbers, uint32_t index) {
  return reinterpret_cast<const Int*>(numbers)[index];
}

}  // namespace

IntSet* IntSet::allocate(uint32_t count, uint8_t width) {
  auto* set = static_cast<IntSet*>(base::heap_alloc(kHeader + size_t{count} * width));
  set->count_ = count;
  set->width_ = width;
  return set;
}

IntSet* IntSet::make() {
  static_assert(sizeof(IntSet) == kHeader);
  return allocate(0, sizeof(int16_t));
}

void IntSet::destroy(IntSet* set) { base::heap_free(set, set->bytes()); }

IntSet* IntSet::clone() const {
  IntSet* copy = allocate(count_, width_);
  std::memcpy(copy->numbers(), numbers(), size_t{count_} * width_);
  return copy;
}

size_t IntSet::memory() const { return base::heap_class(bytes()); }

uint8_t IntSet::width_of(int64_t number) {
  return number == static_cast<int16_t>(number)   ? sizeof(int16_t)
         : number == static_cast<int32_t>(number) ? sizeof(int32_t)
                                                  : sizeof(int64_t);
}

int64_t IntSet::at(uint32_t index) const {
  GYRE_DCHECK(index < count_);
  switch (width_) {
    case sizeof(int16_t):
      return load<int16_t>(numbers(), index);
    case sizeof(int32_t):
      return load<int32_t>(numbers(), index);
    default:
      return load<int64_t>(numbers(), index);
  }
}

void IntSet::put(uint32_t index, int64_t number) {
  switch (width_) {
    case sizeof(int16_t):
      reinterpret_cast<int16_t*>(numbers())[index] = static_cast<int16_t>(number);
      break;
    case sizeof(int32_t):
      reinterpret_cast<int32_t*>(numbers())[index] = static_cast<int32_t>(number);
      break;
    default:
      reinterpret_cast<int64_t*>(numbers())[index] = number;
  }
}

template <typename Int>
uint32_t IntSet::lower_bound_as(int64_t number) const {
  const auto* at = reinterpret_cast<const Int*>(numbers());
  const auto wanted = static_cast<Int>(number);
  uint32_t left = count_;
  while (left > 0) {
    const uint32_t half = left / 2;
    if (at[half] < wanted) {  // compiled to a conditional move: the branch would be a coin toss
      at += half + 1;
      left -= half + 1;
    } else {
      left = half;
    }
  }
  return static_cast<uint32_t>(at - reinterpret_cast<const Int*>(numbers()));
}

uint32_t IntSet::lower_bound(int64_t number) const {
  if (width_of(number) > width_) {
    return number < 0 ? 0 : count_;
  }
  switch (width_) {
    case sizeof(int16_t):
      return lower_bound_as<int16_t>(number);
    case sizeof(int32_t):
      return lower_bound_as<int32_t>(number);
    default:
      return lower_bound_as<int64_t>(number);
  }
}

IntSet* IntSet::insert(IntSet* set, uint32_t index, int64_t number) {
  GYRE_ASSERT(set->count_ < std::numeric_limits<uint32_t>::max());
  if (width_of(number) > set->width_) {
    // Beyond all that are there, so it is the first or the last.
    IntSet* wide = allocate(set->count_ + 1, width_of(number));
    const uint32_t shift = index == 0 ? 1 : 0;
    for (uint32_t i = 0; i < set->count_; ++i) {
      wide->put(i + shift, set->at(i));
    }
    wide->put(index, number);
    destroy(set);
    return wide;
  }
  const size_t before = set->bytes();
  const size_t offset = size_t{index} * set->width_;
  const size_t tail = before - kHeader - offset;
  IntSet* target = set;
  if (base::heap_class(before + set->width_) == base::heap_class(before) ||
      base::heap_resize(set, before, before + set->width_)) {
    std::memmove(set->numbers() + offset + set->width_, set->numbers() + offset, tail);
    ++set->count_;
  } else {
    target = allocate(set->count_ + 1, set->width_);
    std::memcpy(target->numbers(), set->numbers(), offset);
    std::memcpy(target->numbers() + offset + set->width_, set->numbers() + offset, tail);
    base::heap_free(set, before);
  }
  target->put(index, number);
  return target;
}

IntSet* IntSet::erase(IntSet* set, uint32_t index) {
  const size_t before = set->bytes();
  const size_t offset = size_t{index} * set->width_;
  const size_t tail = before - kHeader - offset - set->width_;
  const size_t after = before - set->width_;
  if (base::heap_class(before) == base::heap_class(after)) {
    std::memmove(set->numbers() + offset, set->numbers() + offset + set->width_, tail);
    --set->count_;
    return set;
  }
  IntSet* target = allocate(set->count_ - 1, set->width_);
  std::memcpy(target->numbers(), set->numbers(), offset);
  std::memcpy(target->numbers() + offset, set->numbers() + offset + set->width_, tail);
  base::heap_free(set, before);
  return target;
}

}  // namespace gyre::data
