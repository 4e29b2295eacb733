#include "data/hyperloglog.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <memory>
#include <string>

#include "base/random.h"

namespace gyre::data {
namespace {

std::unique_ptr<HyperLogLog::Registers> registers_of(const std::string& bytes) {
  auto registers = std::make_unique<HyperLogLog::Registers>();
  registers->fill(0);
  EXPECT_TRUE(HyperLogLog::merge_into(*registers, bytes));
  return registers;
}

TEST(HyperLogLog, sparse_and_dense_agree_after_every_element) {
  for (const size_t sparse_max : {size_t{0}, size_t{50}, size_t{3000}, size_t{15000}}) {
    std::string sparse = HyperLogLog::make();
    std::string dense = HyperLogLog::make();
    ASSERT_TRUE(HyperLogLog::make_dense(dense));
    for (int i = 0; i < 6000; ++i) {
      const std::string element = "element" + std::to_string(i % 4000);
      const auto expected = HyperLogLog::add_dense(dense.data(), element);
      const auto got = HyperLogLog::is_dense(sparse)
                           ? HyperLogLog::add_dense(sparse.data(), element)
                           : HyperLogLog::add_sparse(sparse, element, sparse_max);
      ASSERT_EQ(got, expected) << i;
      ASSERT_TRUE(HyperLogLog::is_valid(sparse));
      if (i % 500 == 0 || i < 50) {
        ASSERT_TRUE(*registers_of(sparse) == *registers_of(dense)) << i;
      }
    }
    EXPECT_TRUE(*registers_of(sparse) == *registers_of(dense));
    const auto count = static_cast<double>(HyperLogLog::count(*registers_of(dense)));
    EXPECT_NEAR(count, 4000, 4000 * 0.04);
  }
}

TEST(HyperLogLog, encodes_what_it_reads) {
  base::Random random(1);
  for (int round = 0; round < 200; ++round) {
    auto registers = std::make_unique<HyperLogLog::Registers>();
    const uint64_t most = 1 + random.next() % 64;
    const uint64_t rarity = 1 + random.next() % 300;
    for (uint8_t& value : *registers) {
      value = static_cast<uint8_t>(random.next() % rarity == 0 ? random.next() % most : 0);
    }
    std::string bytes = HyperLogLog::encode(*registers);
    ASSERT_TRUE(HyperLogLog::is_valid(bytes));
    EXPECT_TRUE(*registers_of(bytes) == *registers);

    // In two steps, so that runs are split as well.
    bytes = HyperLogLog::make();
    auto some = std::make_unique<HyperLogLog::Registers>(*registers);
    for (uint8_t& value : *some) {
      value = static_cast<uint8_t>(random.next() % 3 == 0 ? value : value / 2);
    }
    HyperLogLog::raise(bytes, *some, 3000);
    ASSERT_TRUE(HyperLogLog::is_valid(bytes));
    EXPECT_TRUE(*registers_of(bytes) == *some);
    if (!HyperLogLog::is_dense(bytes)) {
      HyperLogLog::raise(bytes, *registers, 3000);
      ASSERT_TRUE(HyperLogLog::is_valid(bytes));
      EXPECT_TRUE(*registers_of(bytes) == *registers);
      EXPECT_TRUE(HyperLogLog::is_dense(bytes) || bytes.size() <= 3000);
    }
  }
}

// A value may be anything that a client has set: every answer is fine but a crash, and what is
// taken for whole has all registers.
TEST(HyperLogLog, survives_any_bytes) {
  base::Random random(2);
  for (int round = 0; round < 20'000; ++round) {
    std::string bytes = HyperLogLog::make();
    for (uint64_t i = random.next() % 40; i-- > 0;) {
      HyperLogLog::add_sparse(bytes, std::to_string(random.next()), 3000);
    }
    for (uint64_t i = random.next() % 4; i-- > 0;) {
      bytes[HyperLogLog::kHeader + random.next() % (bytes.size() - HyperLogLog::kHeader)] =
          static_cast<char>(random.next());
    }
    bytes.resize(HyperLogLog::kHeader + random.next() % (bytes.size() - HyperLogLog::kHeader + 1));
    bytes.shrink_to_fit();
    ASSERT_TRUE(HyperLogLog::is_valid(bytes));
    auto registers = std::make_unique<HyperLogLog::Registers>();
    const bool is_whole = HyperLogLog::merge_into(*registers, bytes);
    EXPECT_TRUE(!is_whole || HyperLogLog::describe_runs(bytes));
    const auto change = HyperLogLog::add_sparse(bytes, "x", random.next() % 2 == 0 ? 0 : 3000);
    if (is_whole) {
      EXPECT_NE(change, HyperLogLog::Change::corrupt);
    }
  }
}

}  // namespace
}  // namespace gyre::data
