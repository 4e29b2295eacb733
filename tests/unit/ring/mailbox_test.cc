// Tests of ring/mailbox.h: messages arrive once, in order, also when the lane is full.
#include "ring/mailbox.h"

#include <memory>
#include <thread>
#include <vector>

#include <gtest/gtest.h>

#include "base/random.h"

namespace gyre::ring {
namespace {

struct Numbered : Message {
  uint64_t number = 0;
};

TEST(Lane, nothing_is_seen_before_it_is_published) {
  const auto lane = std::make_unique<Lane>();
  Numbered message;
  lane->push(message);
  EXPECT_FALSE(lane->has_mail());
  EXPECT_EQ(lane->pop(), nullptr);
  EXPECT_TRUE(lane->publish());
  EXPECT_FALSE(lane->publish());
  EXPECT_TRUE(lane->has_mail());
  EXPECT_EQ(lane->pop(), &message);
  EXPECT_FALSE(lane->has_mail());
  EXPECT_EQ(lane->pop(), nullptr);
}

TEST(Lane, a_full_lane_spills_and_keeps_the_order) {
  const auto lane = std::make_unique<Lane>();
  std::vector<Numbered> messages(5 * Lane::kSize);
  for (Numbered& message : messages) {
    lane->push(message);
  }
  EXPECT_TRUE(lane->has_spill());
  size_t next = 0;
  Numbered late;
  for (int round = 0; next < messages.size(); ++round) {
    ASSERT_TRUE(lane->publish());
    if (round == 0) {
      lane->push(late);  // behind what is spilled
    }
    while (Message* message = lane->pop()) {
      if (message != &late) {
        ASSERT_EQ(message, &messages[next++]);
      }
    }
  }
  EXPECT_EQ(next, messages.size());
  lane->publish();
  EXPECT_FALSE(lane->has_spill());
}

// One thread sends in turns of random size, another receives with pauses: as two cores do.
TEST(Lane, two_threads_pass_everything_in_order) {
  const auto lane = std::make_unique<Lane>();
  constexpr uint64_t kCount = 300'000;
  std::vector<Numbered> messages(kCount);
  std::thread sender([&] {
    base::Random random(1);
    uint64_t sent = 0;
    while (sent < kCount || lane->has_spill()) {
      for (uint64_t i = random.below(random.below(100) == 0 ? 3000 : 20); i > 0 && sent < kCount;
           --i) {
        messages[sent].number = sent;
        lane->push(messages[sent++]);
      }
      lane->publish();
      if (lane->has_spill()) {
        std::this_thread::yield();
      }
    }
  });
  uint64_t next = 0;
  bool in_order = true;
  while (next < kCount) {
    Message* message = lane->pop();
    if (message == nullptr) {
      std::this_thread::yield();
      continue;
    }
    in_order &= static_cast<Numbered*>(message)->number == next++;
  }
  sender.join();
  EXPECT_TRUE(in_order);
  EXPECT_FALSE(lane->has_mail());
}

}  // namespace
}  // namespace gyre::ring
