// Tests of exec/tracking.h: who is told of which change, on one core and on several, and what is
// left when clients have gone.
#include "exec/tracking.h"

#include <algorithm>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include <gtest/gtest.h>

#include "base/random.h"
#include "exec/world.h"
#include "ring/hop.h"
#include "ring/run_cores.h"
#include "ring/sleep.h"

namespace gyre::exec {
namespace {

// Keeps what it is sent.
class Client final : public Session {
 public:
  Client(uint64_t number, uint16_t core) {
    id = number;
    home = core;
    resp3 = true;
  }
  void push(const resp::Frame& frame) override { got.emplace_back(frame.bytes()); }

  std::vector<std::string> got;
};

store::Key key(std::string_view name) { return {name, store::key_hash(name)}; }

std::string told(const std::vector<std::string>& keys) {
  std::string text = ">2\r\n$10\r\ninvalidate\r\n*" + std::to_string(keys.size()) + "\r\n";
  for (const std::string& name : keys) {
    text += "$" + std::to_string(name.size()) + "\r\n" + name + "\r\n";
  }
  return text;
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

// Until all that is under way has arrived: a message passes every lane several times.
ring::Task<> settle(World& world) {  // which outlives the task
  for (int round = 0; round < 8; ++round) {
    for (auto& engine : world.engines) {
      co_await ring::hop(engine->core_id(), [](ring::Core&) { Engine::current().end_turn(); });
      co_await ring::next_turn();
    }
  }
}

TEST(TrackingTable, a_key_is_taken_with_all_who_read_it) {
  TrackingTable table;
  const Tracker a = make_tracker(7, 1);
  const Tracker b = make_tracker(3, 65535);
  EXPECT_EQ(client_of(b), 3U);
  EXPECT_EQ(core_of(b), 65535);
  table.remember(key("k"), a);
  table.remember(key("k"), b);
  table.remember(key("k"), a);
  table.remember(key("l"), a);
  EXPECT_EQ(table.keys(), 2U);
  EXPECT_EQ(table.items(), 3U);
  EXPECT_EQ(table.take(key("k")), (std::vector{b, a}));
  EXPECT_TRUE(table.take(key("k")).empty());
  EXPECT_TRUE(table.take(key("nosuch")).empty());
  EXPECT_EQ(table.items(), 1U);
  const TrackedKey last = table.take_any(12345);
  EXPECT_EQ(last.name, "l");
  EXPECT_EQ(last.trackers, std::vector{a});
  EXPECT_TRUE(table.empty());
  EXPECT_EQ(table.items(), 0U);
}

TEST(TrackingTable, what_was_cleared_is_freed_in_slices) {
  TrackingTable table;
  for (int i = 0; i < 1000; ++i) {
    table.remember(key(std::to_string(i)), make_tracker(1, 0));
  }
  table.clear();
  EXPECT_TRUE(table.empty());
  table.remember(key("k"), make_tracker(1, 0));
  int rounds = 1;
  while (table.free_some(100)) {
    ++rounds;
  }
  EXPECT_GE(rounds, 10);
  EXPECT_FALSE(table.free_some(1));
  EXPECT_EQ(table.take(key("k")).size(), 1U);
}

TEST(Tracking, who_has_read_a_key_is_told_once) {
  on_cores(1, [](World& world) -> ring::Task<> {
    Tracking& tracking = world.engines[0]->tracking();
    Client a(1, 0);
    Client b(2, 0);
    tracking.enable(a, {}, {});
    tracking.enable(b, {.is_no_loop = true}, {});
    EXPECT_EQ(a.care, kRemembered);
    EXPECT_EQ(b.care, kRemembered | kNamed);
    tracking.remember(key("k"), make_tracker(1, 0));
    tracking.remember(key("k"), make_tracker(2, 0));
    tracking.note_change(key("other"), false);
    EXPECT_TRUE(a.got.empty());
    tracking.set_author(2);
    tracking.note_change(key("k"), false);
    tracking.set_author(0);
    tracking.note_change(key("k"), false);
    EXPECT_EQ(a.got, std::vector{told({"k"})});
    EXPECT_TRUE(b.got.empty());  // its own change
    tracking.remember(key("k"), make_tracker(1, 0));
    tracking.disable(a);
    EXPECT_EQ(a.care, 0);
    tracking.note_change(key("k"), false);
    EXPECT_EQ(a.got.size(), 1U);
    tracking.forget(b);
    EXPECT_EQ(tracking.clients(), 0U);
    co_return;
  });
}

TEST(Tracking, changes_below_a_prefix_are_collected) {
  on_cores(1, [](World& world) -> ring::Task<> {
    Tracking& tracking = world.engines[0]->tracking();
    Client a(1, 0);
    Client b(2, 0);
    tracking.enable(a, {.is_broadcast = true}, {"a", "b:"});
    tracking.enable(b, {.is_broadcast = true, .is_no_loop = true}, {});
    EXPECT_EQ(a.tracking->prefixes, (std::vector<std::string>{"a", "b:"}));
    EXPECT_EQ(b.tracking->prefixes, std::vector<std::string>{""});
    EXPECT_EQ(a.care, 0);  // nobody need note what it reads
    tracking.note_change(key("ab"), false);
    tracking.note_change(key("b"), false);
    tracking.set_author(2);
    tracking.note_change(key("aa"), false);
    tracking.note_change(key("x"), true);  // its time had come
    tracking.set_author(0);
    EXPECT_TRUE(a.got.empty());
    EXPECT_TRUE(tracking.has_collected());
    tracking.end_turn();
    EXPECT_EQ(a.got, std::vector{told({"aa", "ab"})});
    EXPECT_EQ(b.got, std::vector{told({"ab", "b", "x"})});
    tracking.note_change(key("ab"), false);
    tracking.disable(a);
    tracking.forget(b);
    EXPECT_FALSE(tracking.has_collected());
    EXPECT_FALSE(tracking.is_noting());
    EXPECT_EQ(a.got.size(), 1U);
    co_return;
  });
}

TEST(Tracking, the_limit_is_shared_by_the_cores) {
  on_cores(2, [](World& world) -> ring::Task<> {
    Client a(1, 0);
    Tracking& tracking = world.engines[0]->tracking();
    tracking.enable(a, {}, {});
    tracking.set_keys_max(7);  // of which this core has 4
    for (int i = 0; i < 10; ++i) {
      tracking.remember(key(std::to_string(i)), make_tracker(1, 0));
    }
    EXPECT_EQ(tracking.keys(), 4U);
    EXPECT_EQ(a.got.size(), 6U);
    tracking.set_keys_max(1);
    EXPECT_EQ(tracking.keys(), 1U);
    tracking.set_keys_max(0);
    for (int i = 0; i < 1000; ++i) {
      tracking.remember(key(std::to_string(i)), make_tracker(1, 0));
    }
    EXPECT_EQ(tracking.keys(), 1000U);
    tracking.set_keys_max(2);
    EXPECT_EQ(tracking.keys(), 900U);  // not all in one turn
    while (tracking.housekeep(100)) {
    }
    EXPECT_EQ(tracking.keys(), 1U);
    tracking.forget(a);
    co_return;
  });
}

TEST(Tracking, clients_of_other_cores_are_told) {
  on_cores(3, [](World& world) -> ring::Task<> {
    Client a(1, 1);
    Client b(2, 2);
    co_await ring::hop(1, [&](ring::Core&) { Engine::current().tracking().enable(a, {}, {}); });
    co_await ring::hop(2, [&](ring::Core&) {
      Engine::current().tracking().enable(b, {.is_broadcast = true}, {"k"});
    });
    co_await settle(world);
    EXPECT_EQ(b.unknown_to, 0U);
    Tracking& tracking = world.engines[0]->tracking();
    EXPECT_EQ(tracking.prefixes().size(), 1U);
    tracking.remember(key("k1"), make_tracker(1, 1));
    tracking.remember(key("k2"), make_tracker(1, 1));
    tracking.note_change(key("k2"), false);
    tracking.note_change(key("k1"), false);
    tracking.note_change(key("x"), false);
    co_await settle(world);
    EXPECT_EQ(a.got, (std::vector{told({"k2"}), told({"k1"})}));
    EXPECT_EQ(b.got, std::vector{told({"k1", "k2"})});
    co_await ring::hop(1, [&](ring::Core&) { Engine::current().forget(a); });
    co_await ring::hop(2, [&](ring::Core&) { Engine::current().forget(b); });
    co_await settle(world);
    EXPECT_FALSE(tracking.is_noting());
  });
}

TEST(Tracking, a_redirection_is_told_when_nobody_is_there) {
  on_cores(2, [](World& world) -> ring::Task<> {
    Client a(1, 0);
    Client target(2, 1);
    const auto change = [&world](std::string_view name) {
      Tracking& tracking = world.engines[0]->tracking();
      tracking.remember(key(name), make_tracker(1, 0));
      tracking.note_change(key(name), false);
    };
    co_await ring::hop(1, [&](ring::Core&) { Engine::current().tracking().add_target(target); });
    world.engines[0]->tracking().enable(a, {.redirect = 2, .redirect_core = 1}, {});
    change("k");
    co_await settle(world);
    EXPECT_TRUE(a.got.empty());
    EXPECT_EQ(target.got, std::vector{told({"k"})});
    target.resp3 = false;  // and subscribed to nothing
    change("k");
    co_await settle(world);
    EXPECT_EQ(target.got.size(), 1U);
    EXPECT_FALSE(a.tracking->is_redirect_broken);
    co_await ring::hop(1, [&](ring::Core&) { Engine::current().forget(target); });
    change("k");
    co_await settle(world);
    EXPECT_TRUE(a.tracking->is_redirect_broken);
    EXPECT_EQ(a.got, std::vector<std::string>{">2\r\n$21\r\ntracking-redir-broken\r\n:2\r\n"});
    change("k");  // and when the news comes back, the client is no more
    world.engines[0]->forget(a);
    co_await settle(world);
  });
}

// Clients on all cores come, read, redirect and go while keys change. Nothing may be touched after
// it has gone, which a build with sanitizers sees.
TEST(Tracking, clients_may_go_at_any_time) {
  on_cores(4, [](World& world) -> ring::Task<> {
    base::Random random(7);
    std::vector<std::unique_ptr<Client>> clients;
    uint64_t next = 1;
    size_t got = 0;
    for (int step = 0; step < 3000; ++step) {
      const auto core = static_cast<uint16_t>(random.next() % 4);
      const uint64_t kind = random.next() % 6;
      Client* some = clients.empty() ? nullptr : clients[random.next() % clients.size()].get();
      const std::string name = "k" + std::to_string(random.next() % 5);
      if (some == nullptr || (kind == 0 && clients.size() < 12)) {
        clients.push_back(std::make_unique<Client>(next++, core));
        Client& fresh = *clients.back();
        TrackingOptions options{.is_broadcast = random.next() % 2 == 0};
        if (some != nullptr && random.next() % 2 == 0) {
          options.redirect = some->id;
          options.redirect_core = some->home;
          co_await ring::hop(
              some->home, [some](ring::Core&) { Engine::current().tracking().add_target(*some); });
        }
        co_await ring::hop(core, [&fresh, options](ring::Core&) {
          Engine::current().tracking().enable(fresh, options, {});
        });
      } else if (kind == 1) {
        got += co_await ring::hop(some->home, [some](ring::Core&) {
          Engine::current().forget(*some);
          return some->got.size();
        });
        std::erase_if(clients, [some](const auto& client) { return client.get() == some; });
      } else if (kind == 2) {
        const Tracker tracker = make_tracker(some->id, some->home);
        co_await ring::hop(core, [&name, tracker](ring::Core&) {
          Engine::current().tracking().remember(key(name), tracker);
        });
      } else {
        co_await ring::hop(core, [&name, kind](ring::Core&) {
          Engine::current().tracking().note_change(key(name), false);
          if (kind == 5) {
            Engine::current().end_turn();
          }
        });
      }
    }
    co_await settle(world);
    for (const auto& client : clients) {
      got += co_await ring::hop(client->home, [&client](ring::Core&) {
        Engine::current().forget(*client);
        return client->got.size();
      });
    }
    co_await settle(world);
    EXPECT_GT(got, 100U);
    EXPECT_EQ(world.engines[0]->tracking().prefixes().size(), 0U);
  });
}

}  // namespace
}  // namespace gyre::exec
