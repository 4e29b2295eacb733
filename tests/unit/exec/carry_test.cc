// Tests of exec/carry.h: what the cores of a gather command leave for each other.
#include "exec/carry.h"

#include <gtest/gtest.h>

#include "cpu_time.h"

namespace gyre::exec {
namespace {

TEST(Carry, finds_items_by_position_in_any_order) {
  Carry carry;
  for (const uint32_t position : {2U, 4U, 9U, 1U}) {
    carry.items.push_back({.position = position, .number = position * 10});
  }
  for (const uint32_t position : {1U, 2U, 4U, 9U}) {
    EXPECT_EQ(carry.at(position).number, position * 10);
  }
}

TEST(Carry, finding_every_item_takes_time_in_proportion) {
  const int64_t growth = growth_over_16(2000, [](size_t count) {
    Carry carry;
    for (size_t i = 0; i < count; ++i) {
      carry.items.push_back({.position = static_cast<uint32_t>(1 + 2 * i)});
    }
    for (size_t i = 0; i < count; ++i) {
      carry.at(static_cast<uint32_t>(1 + 2 * i)).exists = true;
    }
  });
  EXPECT_LT(growth, kQuadratic);
}

}  // namespace
}  // namespace gyre::exec
