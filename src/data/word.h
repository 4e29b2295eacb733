// Word: what a collection is to its entry: the name of its encoding and where its memory is.
#pragma once

#include <cstdint>
#include <utility>

namespace gyre::data {

// encoding:16 | pointer:48. Zero is a collection that holds nothing and has no memory.
class Word {
 public:
  Word() = default;
  Word(uint16_t encoding, const void* memory)
      : bits_(static_cast<uint64_t>(encoding) << 48 | reinterpret_cast<uint64_t>(memory)) {}
  // The source holds nothing afterwards.
  Word(Word&& other) noexcept : bits_(std::exchange(other.bits_, 0)) {}
  // The two are exchanged.
  Word& operator=(Word&& other) noexcept {
    std::swap(bits_, other.bits_);
    return *this;
  }

  uint16_t encoding() const { return static_cast<uint16_t>(bits_ >> 48); }
  template <typename T>
  T* as() const {
    return reinterpret_cast<T*>(bits_ & ((uint64_t{1} << 48) - 1));
  }
  explicit operator bool() const { return bits_ != 0; }
  void reset() { bits_ = 0; }
  void reset(uint16_t encoding, const void* memory) { *this = Word(encoding, memory); }

 private:
  uint64_t bits_ = 0;
};
static_assert(sizeof(Word) == 8);

}  // namespace gyre::data
