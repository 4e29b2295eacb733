// PackBuilder: puts elements that are known one after another into a pack that is made once.
#pragma once

#include <cstddef>
#include <cstdint>
#include <vector>

#include "data/pack.h"
#include "data/packed.h"

namespace gyre::data {

class PackBuilder {
 public:
  PackBuilder() = default;
  PackBuilder(const PackBuilder&) = delete;
  PackBuilder& operator=(const PackBuilder&) = delete;

  void add(const Packed& element) {
    if (element.size() > static_cast<size_t>(end_ - at_)) [[unlikely]] {
      grow(element.size());
    }
    at_ = element.write(at_);
    ++count_;
  }
  uint32_t count() const { return count_; }
  // Is there something, and no more than a pack may hold?
  bool can_be_made() const { return count_ > 0 && bytes() <= Pack::kBytesMax / 2; }
  // Are two of every `stride`th elements equal?
  bool has_twins(uint32_t stride) const;
  // The pack, which the caller owns. REQUIRES: can_be_made().
  Pack* make() const { return Pack::make(count_, {begin_, bytes()}); }

 private:
  size_t bytes() const { return static_cast<size_t>(at_ - begin_); }
  void grow(size_t wanted);
  bool has_twins_of_few(uint32_t stride) const;

  char few_[1024];
  std::vector<char> many_;
  char* begin_ = few_;
  char* at_ = few_;
  char* end_ = few_ + sizeof few_;
  uint32_t count_ = 0;
};

}  // namespace gyre::data
