// Counts of latencies in buckets that are at most a sixteenth of their value wide.
#pragma once

#include <algorithm>
#include <array>
#include <bit>
#include <cstddef>
#include <cstdint>
#include <memory>

namespace gyre::base {

// Values below 16 have a bucket each; above, every power of two is cut into 16 equal buckets, so
// the index of a value is its bit width and the four bits behind its leading one. Values are in any
// unit (latencies in nanoseconds); what exceeds kValueMax counts as kValueMax.
//
// The counts (4.7 KiB) are allocated by the first record: a row per command costs one pointer until
// that command is used. One core only.
class Histogram {
 public:
  static constexpr uint64_t kValueMax = (uint64_t{1} << 40) - 1;
  static constexpr size_t kBucketCount = (40 - 4 + 1) * 16;

  void record(uint64_t value, uint64_t times = 1) {
    if (counts_ == nullptr) [[unlikely]] {
      counts_ = std::make_unique<Counts>();
    }
    value = std::min(value, kValueMax);
    counts_->total += times;
    counts_->max = std::max(counts_->max, value);
    counts_->buckets[bucket_of(value)] += times;
  }

  uint64_t total() const { return counts_ == nullptr ? 0 : counts_->total; }
  uint64_t max() const { return counts_ == nullptr ? 0 : counts_->max; }

  // The value that `percent` (0 to 100) of all records do not exceed, rounded up to the end of its
  // bucket but never above the largest record; 0 if there are none.
  uint64_t percentile(double percent) const;

  // How many records lie below `limit`; exact if `limit` is a power of two.
  uint64_t count_below(uint64_t limit) const;

  void merge(const Histogram& other);
  void reset() { counts_.reset(); }

  static size_t bucket_of(uint64_t value) {
    if (value < 16) {
      return value;
    }
    const auto shift = static_cast<unsigned>(std::bit_width(value)) - 5;
    return shift * 16 + (value >> shift);
  }

  // The largest value of a bucket.
  static uint64_t bucket_end(size_t bucket) {
    if (bucket < 32) {
      return bucket;
    }
    const size_t shift = bucket / 16 - 1;
    return ((bucket % 16 + 17) << shift) - 1;
  }

 private:
  struct Counts {
    uint64_t total = 0;
    uint64_t max = 0;
    std::array<uint64_t, kBucketCount> buckets{};
  };

  std::unique_ptr<Counts> counts_;
};

inline uint64_t Histogram::percentile(double percent) const {
  if (counts_ == nullptr) {
    return 0;
  }
  const double share = std::clamp(percent, 0.0, 100.0) / 100 * static_cast<double>(counts_->total);
  const uint64_t wanted = std::max<uint64_t>(1, static_cast<uint64_t>(share + 0.5));
  uint64_t seen = 0;
  for (size_t bucket = 0; bucket < kBucketCount; ++bucket) {
    seen += counts_->buckets[bucket];
    if (seen >= wanted) {
      return std::min(bucket_end(bucket), counts_->max);
    }
  }
  return counts_->max;
}

inline uint64_t Histogram::count_below(uint64_t limit) const {
  uint64_t seen = 0;
  for (size_t bucket = 0; counts_ != nullptr && bucket < kBucketCount; ++bucket) {
    if (bucket_end(bucket) >= limit) {
      break;
    }
    seen += counts_->buckets[bucket];
  }
  return seen;
}

inline void Histogram::merge(const Histogram& other) {
  if (other.counts_ == nullptr) {
    return;
  }
  if (counts_ == nullptr) {
    counts_ = std::make_unique<Counts>(*other.counts_);
    return;
  }
  counts_->total += other.counts_->total;
  counts_->max = std::max(counts_->max, other.counts_->max);
  for (size_t bucket = 0; bucket < kBucketCount; ++bucket) {
    counts_->buckets[bucket] += other.counts_->buckets[bucket];
  }
}

}  // namespace gyre::base
