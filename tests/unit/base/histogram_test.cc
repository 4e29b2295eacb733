// Tests of base/histogram.h: bucket borders, precision, percentiles against sorted values, merging.
#include "base/histogram.h"

#include <vector>

#include <gtest/gtest.h>

#include "base/random.h"

namespace gyre::base {
namespace {

TEST(Histogram, buckets_cover_all_values_without_gap_or_overlap) {
  uint64_t begin = 0;
  for (size_t bucket = 0; bucket < Histogram::kBucketCount; ++bucket) {
    const uint64_t end = Histogram::bucket_end(bucket);
    ASSERT_GE(end, begin);
    ASSERT_EQ(Histogram::bucket_of(begin), bucket);
    ASSERT_EQ(Histogram::bucket_of(end), bucket);
    ASSERT_LE((end - begin) * 16, begin) << "wider than a sixteenth of its value";
    begin = end + 1;
  }
  EXPECT_EQ(begin, Histogram::kValueMax + 1);
}

TEST(Histogram, is_one_pointer_and_empty_until_the_first_record) {
  EXPECT_EQ(sizeof(Histogram), sizeof(void*));
  Histogram empty;
  EXPECT_EQ(empty.total(), 0u);
  EXPECT_EQ(empty.max(), 0u);
  EXPECT_EQ(empty.percentile(50), 0u);
  EXPECT_EQ(empty.count_below(1'000), 0u);
}

TEST(Histogram, percentiles_are_within_a_sixteenth_of_the_truth) {
  Random random(11);
  Histogram histogram;
  std::vector<uint64_t> values;
  for (int i = 0; i < 20'000; ++i) {
    values.push_back(random.below(uint64_t{1} << (10 + random.below(20))));
    histogram.record(values.back());
  }
  std::sort(values.begin(), values.end());
  for (const double percent : {0.0, 1.0, 25.0, 50.0, 90.0, 99.0, 99.9, 100.0}) {
    const auto rank = static_cast<size_t>(percent / 100 * 20'000 + 0.5);
    const uint64_t truth = values[rank == 0 ? 0 : rank - 1];
    const uint64_t answer = histogram.percentile(percent);
    EXPECT_GE(answer, truth) << percent;
    EXPECT_LE(answer, truth + truth / 16) << percent;
  }
  EXPECT_EQ(histogram.percentile(100), values.back());
  EXPECT_EQ(histogram.max(), values.back());
  EXPECT_EQ(histogram.total(), values.size());
}

TEST(Histogram, one_record_is_every_percentile) {
  Histogram histogram;
  histogram.record(123'457);
  for (const double percent : {-1.0, 0.0, 50.0, 100.0, 200.0}) {
    EXPECT_EQ(histogram.percentile(percent), 123'457u);
  }
}

TEST(Histogram, counts_below_powers_of_two_exactly) {
  Histogram histogram;
  for (uint64_t value = 0; value < 5'000; ++value) {
    histogram.record(value);
  }
  for (uint64_t limit = 1; limit <= 4'096; limit *= 2) {
    EXPECT_EQ(histogram.count_below(limit), limit);
  }
  EXPECT_EQ(histogram.count_below(8'192), 5'000u);
  EXPECT_EQ(histogram.count_below(0), 0u);
}

TEST(Histogram, values_above_the_range_count_as_its_end) {
  Histogram histogram;
  histogram.record(UINT64_MAX);
  EXPECT_EQ(histogram.max(), Histogram::kValueMax);
  EXPECT_EQ(histogram.percentile(50), Histogram::kValueMax);
}

TEST(Histogram, merging_equals_recording_into_one) {
  Random random(12);
  Histogram parts[3];  // the last stays empty
  Histogram whole;
  for (int i = 0; i < 5'000; ++i) {
    const uint64_t value = random.below(1'000'000);
    parts[i % 2].record(value);
    whole.record(value);
  }
  Histogram merged;
  for (const Histogram& part : parts) {
    merged.merge(part);
  }
  EXPECT_EQ(merged.total(), whole.total());
  EXPECT_EQ(merged.max(), whole.max());
  for (double percent = 0; percent <= 100; percent += 0.5) {
    EXPECT_EQ(merged.percentile(percent), whole.percentile(percent));
  }
  // The source of a merge is copied, not shared.
  merged.reset();
  EXPECT_EQ(merged.total(), 0u);
  EXPECT_EQ(parts[0].total(), 2'500u);
}

}  // namespace
}  // namespace gyre::base
