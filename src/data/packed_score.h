// PackedScore: the score of a member in the pack of a small sorted set.
#pragma once

#include <cfloat>
#include <cmath>
#include <cstring>
#include <string_view>

#include "data/packed.h"

namespace gyre::data {

// A number if it is whole, else the bytes of a float or a double, whichever has the same value. Of
// zero the sign is lost, as it is in Redis's small sets.
class PackedScore {
 public:
  explicit PackedScore(double score) : packed_(encode(score, bytes_)) {}
  PackedScore(const PackedScore&) = delete;
  PackedScore& operator=(const PackedScore&) = delete;

  const Packed& packed() const { return packed_; }

  static double read(const Element& element) {
    if (element.is_number()) {
      return static_cast<double>(element.number());
    }
    const std::string_view bytes = element.bytes();
    if (bytes.size() == sizeof(float)) {
      float narrow;
      std::memcpy(&narrow, bytes.data(), sizeof narrow);
      return static_cast<double>(narrow);
    }
    double score;
    std::memcpy(&score, bytes.data(), sizeof score);
    return score;
  }

 private:
  static Packed encode(double score, char* bytes) {
    constexpr double kWholeMax = 0x1p53;
    if (std::abs(score) < kWholeMax && score == std::trunc(score)) {
      return Packed(static_cast<int64_t>(score));
    }
    const bool is_in_range = std::isinf(score) || std::abs(score) <= FLT_MAX;
    const auto narrow = is_in_range ? static_cast<float>(score) : 0.0F;
    if (is_in_range && static_cast<double>(narrow) == score) {
      std::memcpy(bytes, &narrow, sizeof narrow);
      return Packed(Element::of_bytes({bytes, sizeof narrow}));
    }
    std::memcpy(bytes, &score, sizeof score);
    return Packed(Element::of_bytes({bytes, sizeof score}));
  }

  char bytes_[sizeof(double)];
  Packed packed_;
};

}  // namespace gyre::data
