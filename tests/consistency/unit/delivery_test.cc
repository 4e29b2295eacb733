// Deliveries, clean and with planted mistakes.
#include "../delivery_check.h"

#include <gtest/gtest.h>

namespace gyre::consistency {
namespace {

Deliveries ten_pushed() {
  Deliveries deliveries;
  for (uint32_t i = 1; i <= 10; i++) deliveries.pushed(i);
  return deliveries;
}

TEST(Delivery, every_element_once_passes) {
  Deliveries producer = ten_pushed(), consumers[2];
  for (uint32_t i = 1; i <= 10; i++) consumers[i % 2].delivered(i);
  producer.join(consumers[0]);
  producer.join(consumers[1]);
  const auto verdict = producer.check();
  EXPECT_TRUE(verdict.wrongs.empty());
  EXPECT_EQ(verdict.pushed, 10);
}

TEST(Delivery, lost_element_is_found) {
  Deliveries deliveries = ten_pushed();
  for (uint32_t i = 1; i <= 9; i++) deliveries.delivered(i);
  const auto verdict = deliveries.check();
  ASSERT_EQ(verdict.wrongs.size(), 1);
  EXPECT_EQ(verdict.wrongs[0],
            "1 elements are lost, and killed clients account for 0 at most; among them 10");
}

TEST(Delivery, killed_client_accounts_for_one_lost_element) {
  Deliveries deliveries = ten_pushed();
  deliveries.pop_was_cut(1);
  for (uint32_t i = 1; i <= 9; i++) deliveries.delivered(i);
  EXPECT_TRUE(deliveries.check().wrongs.empty());
  deliveries.pushed(11);
  EXPECT_EQ(deliveries.check().wrongs.size(), 1);
}

TEST(Delivery, element_delivered_twice_is_found_whoever_was_killed) {
  Deliveries deliveries = ten_pushed();
  deliveries.pop_was_cut(5);
  for (uint32_t i = 1; i <= 10; i++) deliveries.delivered(i);
  deliveries.delivered(3);
  const auto verdict = deliveries.check();
  ASSERT_EQ(verdict.wrongs.size(), 1);
  EXPECT_EQ(verdict.wrongs[0], "3 was delivered 2 times");
}

TEST(Delivery, push_without_answer_may_be_delivered_or_not) {
  Deliveries deliveries;
  deliveries.may_be_pushed(1);
  deliveries.may_be_pushed(2);
  deliveries.delivered(2);
  EXPECT_TRUE(deliveries.check().wrongs.empty());
}

TEST(Delivery, element_of_nobody_is_found) {
  Deliveries deliveries;
  deliveries.delivered(7);
  ASSERT_EQ(deliveries.check().wrongs.size(), 1);
  EXPECT_EQ(deliveries.check().wrongs[0], "7 was delivered, but nobody pushed it");
}

}  // namespace
}  // namespace gyre::consistency
