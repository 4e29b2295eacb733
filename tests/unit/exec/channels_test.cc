// Tests of exec/channels.h: who is told what, and in which order, on one core and on several.
#include "exec/channels.h"

#include <memory>
#include <string>
#include <utility>
#include <vector>

#include <gtest/gtest.h>

#include "exec/world.h"
#include "ring/hop.h"
#include "ring/run_cores.h"
#include "ring/sleep.h"

namespace gyre::exec {
namespace {

// Keeps what it is sent.
class Listener final : public Session {
 public:
  void push(const resp::Frame& frame) override {
    got.emplace_back(frame.bytes());
    if (order != nullptr) {
      order->push_back(this);
    }
  }
  void let_out() override { ++let_outs; }

  std::vector<std::string> got;
  int let_outs = 0;
  std::vector<Listener*>* order = nullptr;  // of those who got something
};

std::string message(std::string_view channel, std::string_view text, char begin = '*') {
  const auto bulk = [](std::string_view bytes) {
    return "$" + std::to_string(bytes.size()) + "\r\n" + std::string(bytes) + "\r\n";
  };
  return begin + ("3\r\n$7\r\nmessage\r\n" + bulk(channel) + bulk(text));
}

// Until all cores have heard of what the listener on core `at` has changed. Not before may the
// engines go.
ring::Task<> heard(Listener& listener, uint16_t at) {  // which outlives the task
  while (co_await ring::hop(at, [&listener](ring::Core&) { return listener.unknown_to > 0; })) {
    co_await ring::next_turn();
  }
}

// Runs the test on core 0 of `count`.
template <typename Test>
void on_cores(uint16_t count, Test test) {
  struct Context {
    uint16_t count;
    Test* test;
  } context{count, &test};
  ring::run_cores(
      count,
      [](ring::Cores&, void* given) -> ring::Task<> {
        auto& [cores, body] = *static_cast<Context*>(given);
        World world;
        co_await world.start(cores);
        co_await (*body)(world);
        co_await world.stop();
      },
      &context);
}

TEST(Channels, a_message_comes_to_the_subscribers_of_its_channel_in_their_order) {
  on_cores(1, [](World& world) -> ring::Task<> {
    Channels& channels = world.channels();
    Listener a;
    Listener b;
    b.resp3 = true;
    EXPECT_EQ(channels.publish("c", "nobody"), 0U);
    EXPECT_TRUE(channels.subscribe(a, Listening::channel, "c"));
    EXPECT_FALSE(channels.subscribe(a, Listening::channel, "c"));
    EXPECT_TRUE(channels.subscribe(b, Listening::channel, "c"));
    EXPECT_EQ(channels.publish("c", "m"), 2U);
    EXPECT_EQ(channels.publish("d", "m"), 0U);
    EXPECT_EQ(a.got, std::vector{message("c", "m")});
    EXPECT_EQ(b.got, std::vector{message("c", "m", '>')});
    EXPECT_EQ(a.unknown_to, 0U);  // there is no other core
    EXPECT_EQ(channels.listeners(), 2U);
    EXPECT_TRUE(channels.unsubscribe(a, Listening::channel, "c"));
    EXPECT_FALSE(channels.unsubscribe(a, Listening::channel, "c"));
    EXPECT_FALSE(channels.unsubscribe(a, Listening::channel, "nosuch"));
    EXPECT_FALSE(a.is_subscribed());
    EXPECT_EQ(channels.publish("c", "m"), 1U);
    channels.forget(b);
    EXPECT_EQ(channels.publish("c", "m"), 0U);
    EXPECT_EQ(channels.size(Listening::channel), 0U);
    EXPECT_EQ(channels.listeners(), 0U);
    co_return;
  });
}

TEST(Channels, channels_come_before_patterns_and_shard_channels_are_apart) {
  on_cores(1, [](World& world) -> ring::Task<> {
    Channels& channels = world.channels();
    Listener a;
    channels.subscribe(a, Listening::pattern, "c*");
    channels.subscribe(a, Listening::channel, "cc");
    channels.subscribe(a, Listening::shard, "cc");
    channels.subscribe(a, Listening::pattern, "*c");
    EXPECT_EQ(channels.publish("cc", "m"), 3U);
    EXPECT_EQ(channels.publish("xx", "m"), 0U);
    EXPECT_EQ(a.got.size(), 3U);
    EXPECT_EQ(a.got[0], message("cc", "m"));
    EXPECT_EQ(a.got[1], "*4\r\n$8\r\npmessage\r\n$2\r\nc*\r\n$2\r\ncc\r\n$1\r\nm\r\n");
    EXPECT_EQ(a.got[2], "*4\r\n$8\r\npmessage\r\n$2\r\n*c\r\n$2\r\ncc\r\n$1\r\nm\r\n");
    EXPECT_EQ(channels.publish_to_shard("cc", "m"), 1U);
    EXPECT_EQ(a.got.back(), "*3\r\n$8\r\nsmessage\r\n$2\r\ncc\r\n$1\r\nm\r\n");
    EXPECT_EQ(count_of(a, Listening::pattern), 2U);
    channels.leave_all(a);
    EXPECT_EQ(channels.size(Listening::pattern), 0U);
    EXPECT_EQ(channels.publish("cc", "m"), 0U);
    EXPECT_EQ(channels.publish_to_shard("cc", "m"), 0U);
    co_return;
  });
}

TEST(Channels, gaps_left_by_those_who_leave_keep_the_order_of_the_others) {
  on_cores(1, [](World& world) -> ring::Task<> {
    Channels& channels = world.channels();
    constexpr size_t kCount = 100;
    std::vector<Listener> all(kCount);
    std::vector<Listener*> expected;
    std::vector<Listener*> order;
    for (Listener& listener : all) {
      listener.order = &order;
      expected.push_back(&listener);
      channels.subscribe(listener, Listening::channel, "c");
    }
    for (size_t step = 0; step < kCount; ++step) {
      Listener& leaving = all[step * 37 % kCount];
      channels.forget(leaving);
      std::erase(expected, &leaving);
      if (step % 3 == 0) {  // some come again, behind the others
        channels.subscribe(leaving, Listening::channel, "c");
        expected.push_back(&leaving);
      }
      order.clear();
      EXPECT_EQ(channels.publish("c", "m"), expected.size());
      EXPECT_EQ(order, expected);
    }
    for (Listener& listener : all) {
      channels.forget(listener);
    }
    EXPECT_EQ(channels.size(Listening::channel), 0U);
    co_return;
  });
}

TEST(Channels, who_is_on_another_core_is_counted_and_told_in_order) {
  on_cores(3, [](World& world) -> ring::Task<> {
    Channels& channels = world.channels();
    Listener a;
    Listener b;
    channels.subscribe(a, Listening::channel, "c");
    channels.subscribe(a, Listening::pattern, "*");
    channels.announce(a);
    EXPECT_EQ(a.unknown_to, 1U);
    co_await heard(a, 0);
    EXPECT_EQ(a.let_outs, 1);
    for (uint16_t id = 1; id < 3; ++id) {
      const size_t receivers = co_await ring::hop(id, [](ring::Core&) {
        Channels& there = Engine::current().channels();
        EXPECT_EQ(there.subscribers(Listening::channel, "c"), 1U);
        there.publish("c", "1");
        return there.publish("c", "2");
      });
      EXPECT_EQ(receivers, 2U);
      // Messages were posted before the answer, so they are here.
      EXPECT_EQ(a.got.size(), 4U);
      EXPECT_EQ(a.got[0], message("c", "1"));
      EXPECT_EQ(a.got[2], message("c", "2"));
      a.got.clear();
    }
    // One more on core 1, who hears what is published here and there.
    co_await ring::hop(1, [&b](ring::Core&) {
      Engine::current().channels().subscribe(b, Listening::channel, "c");
      Engine::current().channels().announce(b);
    });
    co_await heard(b, 1);
    EXPECT_EQ(channels.subscribers(Listening::channel, "c"), 2U);
    EXPECT_EQ(channels.publish("c", "3"), 3U);
    const size_t messages = co_await ring::hop(1, [&b](ring::Core&) {
      const size_t count = b.got.size();
      Engine::current().channels().leave_all(b);
      return count;
    });
    EXPECT_EQ(messages, 1U);
    co_await heard(b, 1);
    EXPECT_EQ(channels.subscribers(Listening::channel, "c"), 1U);
    channels.leave_all(a);
    EXPECT_EQ(channels.publish("c", "4"), 0U);
    co_await heard(a, 0);
    for (uint16_t id = 1; id < 3; ++id) {
      const size_t known = co_await ring::hop(id, [](ring::Core&) {
        const Channels& there = Engine::current().channels();
        return there.size(Listening::channel) + there.size(Listening::pattern);
      });
      EXPECT_EQ(known, 0U);
    }
  });
}

TEST(Channels, a_session_may_end_before_the_others_have_heard_of_it) {
  on_cores(2, [](World& world) -> ring::Task<> {
    Channels& channels = world.channels();
    {
      Listener a;
      channels.subscribe(a, Listening::channel, "c");
      channels.announce(a);
      EXPECT_EQ(a.unknown_to, 1U);
      channels.forget(a);
      EXPECT_EQ(a.unknown_to, 0U);
    }
    const size_t known = co_await ring::hop(
        1, [](ring::Core&) { return Engine::current().channels().size(Listening::channel); });
    EXPECT_EQ(known, 0U);
  });
}

}  // namespace
}  // namespace gyre::exec
