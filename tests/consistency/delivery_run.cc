// Part (d): what producers push to lists, consumers that block on several lists get exactly once.
//
// A third of the clients produce, four play ping-pong, the others consume and are killed at random.
// The ping-pong players go on only when their blocking pop is served: a wake-up that got lost would
// be a stall, where among the consumers another one might take the element.
#include <fmt/core.h>

#include <atomic>
#include <set>

#include "clock.h"
#include "crew.h"
#include "delivery_check.h"
#include "places.h"
#include "runs.h"

namespace gyre::consistency {

namespace {

constexpr uint32_t kQueues = 8;
constexpr int64_t kFull = 300;  // elements in a queue that make a producer wait
constexpr uint32_t kStop = 0;   // the element that tells a consumer to look whether it is over
constexpr size_t kPlayers = 4;

struct Square {
  Square(const Options& options)
      : consumers((options.clients - kPlayers) * 2 / 3),
        producing(options.clients - kPlayers - consumers) {
    for (uint32_t i = 0; i < kQueues; i++) queues.push_back(key_in(fmt::format("queue:{}:", i), i));
    consuming = consumers;
    left = options.count;
  }

  std::vector<std::string> queues;
  const int64_t consumers;
  std::atomic<int64_t> producing, consuming;
  std::atomic<int64_t> left;       // elements still to be made
  std::atomic<uint32_t> next = 1;  // element
};

std::string done_list(uint32_t client) { return fmt::format("done:{}", client); }
std::string side_list(uint32_t client) { return fmt::format("side:{}", client); }

class Consumer {
 public:
  Consumer(Member& member, Square& square, const Options& options)
      : member_(member), square_(square), is_prey_(options.kills > 0), is_torn_(options.torn) {}

  void run() {
    if (is_prey_) member_.client.ask_id();
    while (square_.producing > 0 && refused.empty()) {
      if (pop()) continue;
      member_.client.connect();
      if (is_prey_) member_.client.ask_id();
    }
    square_.consuming--;
  }

  Deliveries deliveries;
  std::set<uint32_t> moved;  // elements that were answered when they went to the done list
  std::string refused;

 private:
  std::string queue() { return square_.queues[member_.random.below(kQueues)]; }

  // In seconds; 0 is forever.
  std::string timeout() {
    constexpr const char* kTimeouts[] = {"0.002", "0.02", "0.1", "1", "0", "0"};
    return kTimeouts[member_.random.below(std::size(kTimeouts))];
  }

  bool pop() {
    const uint64_t dice = member_.random.below(100);
    const std::string from = queue();
    if (is_torn_ && dice < 10) return look_and_take(from);
    if (dice < 30) return take({"BLPOP", from, queue(), queue(), timeout()}, 1);
    if (dice < 50) return take({"BRPOP", from, queue(), timeout()}, 1);
    if (dice < 60) {
      const char* side = dice % 2 == 0 ? "LEFT" : "RIGHT";
      return take({"BLMPOP", timeout(), "3", from, queue(), queue(), side, "COUNT", "4"}, 4);
    }
    if (dice < 65) return take({"LPOP", from, "3"}, 3);
    if (dice < 70) return take({"LMPOP", "2", from, queue(), "RIGHT"}, 1);
    if (dice < 75) return take_at_once(from);
    const std::string done = done_list(member_.index);
    if (dice < 85) return move({"BLMOVE", from, done, "LEFT", "RIGHT", timeout()}, true);
    if (dice < 88) return move({"BRPOPLPUSH", from, done, timeout()}, true);
    return move({"BLMOVE", from, queue(), "RIGHT", "LEFT", timeout()}, false);
  }

  // All numbers of an answer; names of keys are none, and count as kStop.
  void note(const Reply& reply) {
    if (reply.is_error()) refused = reply.text;
    for (const Reply& item : reply.items) note(item);
    const bool is_element = reply.kind == '$' && reply.number != kStop;
    if (is_element) deliveries.delivered(static_cast<uint32_t>(reply.number));
  }

  bool take(const std::vector<std::string>& words, uint32_t most) {
    Reply reply;
    Client& client = member_.client;
    if (!client.add(words).send() || !client.read(reply)) {
      deliveries.pop_was_cut(most);
      return false;
    }
    note(reply);
    return true;
  }

  // In a transaction, a blocking pop does not wait.
  bool take_at_once(const std::string& from) {
    Client& client = member_.client;
    client.add({"MULTI"}).add({"BLPOP", from, queue(), "0"}).add({"LPOP", from}).add({"EXEC"});
    Reply reply;
    bool is_answered = client.send();
    for (int i = 0; i < 4 && is_answered; i++) is_answered = client.read(reply);
    if (!is_answered) {
      deliveries.pop_was_cut(2);
      return false;
    }
    note(reply);
    return true;
  }

  // Wrong on purpose: between the two, another client may take what this one looked at.
  bool look_and_take(const std::string& from) {
    Reply reply, popped;
    if (!member_.client.call(reply, {"LINDEX", from, "0"})) return false;
    if (!member_.client.call(popped, {"LPOP", from})) return false;
    note(reply);
    return true;
  }

  // What goes from list to list cannot be lost with its client.
  bool move(const std::vector<std::string>& words, bool is_done) {
    Reply reply;
    Client& client = member_.client;
    if (!client.add(words).send() || !client.read(reply)) return false;
    if (reply.is_error()) refused = reply.text;
    if (is_done && !reply.nil) moved.insert(static_cast<uint32_t>(reply.number));
    return true;
  }

  Member& member_;
  Square& square_;
  const bool is_prey_, is_torn_;
};

class Producer {
 public:
  Producer(Member& member, Square& square) : member_(member), square_(square) {}

  void run() {
    while (square_.left > 0 && refused.empty()) push();
    if (--square_.producing > 0) return;
    // The last one wakes the consumers that wait forever.
    while (square_.consuming > 0) {
      for (const std::string& queue : square_.queues) member_.client.must({"RPUSH", queue, "0"});
      std::this_thread::sleep_for(std::chrono::milliseconds(5));
    }
  }

  Deliveries deliveries;
  std::string refused;

 private:
  std::string fresh() {
    const uint32_t element = square_.next++;
    made_.push_back(element);
    square_.left--;
    return std::to_string(element);
  }

  const std::string& queue() { return square_.queues[member_.random.below(kQueues)]; }

  void push() {
    Client& client = member_.client;
    made_.clear();
    const uint64_t dice = member_.random.below(100);
    size_t replies = 1;
    if (dice < 70) {
      std::vector<std::string> words = {dice < 50 ? "RPUSH" : "LPUSH", queue()};
      const uint64_t some = dice % 2 == 0 ? 1 : 1 + member_.random.below(20);
      for (uint64_t i = 0; i < some; i++) words.push_back(fresh());
      client.add(words);
    } else if (dice < 85) {
      client.add({"MULTI"}).add({"RPUSH", queue(), fresh()}).add({"LPUSH", queue(), fresh()});
      client.add({"EXEC"});
      replies = 4;
    } else if (dice < 92) {
      // Whoever waits for the list must not get what is taken off again before EXEC has ended.
      const std::string name = queue();
      client.add({"MULTI"})
          .add({"RPUSH", name, fresh(), fresh()})
          .add({"RPOP", name})
          .add({"EXEC"});
      replies = 4;
    } else {
      const std::string side = side_list(member_.index);
      client.add({"RPUSH", side, fresh()}).add({"LMOVE", side, queue(), "LEFT", "RIGHT"});
      replies = 2;
    }
    client.send();
    Reply reply;
    for (size_t i = 0; i < replies; i++) {
      if (!client.read(reply)) {
        refused = "a producer's connection ended";
        return;
      }
      if (reply.is_error()) refused = reply.text;
    }
    for (const uint32_t element : made_) deliveries.pushed(element);
    if (dice >= 85 && dice < 92) {
      deliveries.delivered(made_[1]);
      const bool is_last = reply.items.size() == 2 && reply.items[1].number == made_[1];
      if (!is_last) refused = "RPUSH, RPOP in a transaction took " + reply.describe();
    }
    // Queues that run empty and queues that are never empty both occur.
    const bool is_full = reply.kind == ':' && reply.number > kFull;
    if (is_full) std::this_thread::sleep_for(std::chrono::milliseconds(2));
    if (member_.chance(3)) std::this_thread::sleep_for(std::chrono::milliseconds(1));
  }

  Member& member_;
  Square& square_;
  std::vector<uint32_t> made_;
};

// Players 0 and 1, and 2 and 3, play with a ball of their own.
std::string play(Member& member, size_t player, int64_t rounds) {
  const auto names = [&](size_t who) {
    std::vector<std::string> lists;
    for (uint32_t i = 0; i < 4; i++)
      lists.push_back(key_in(fmt::format("court:{}:{}:", who, i), i));
    return lists;
  };
  const std::vector<std::string> mine = names(player), theirs = names(player ^ 1);
  const std::string hand = fmt::format("hand:{}", player);
  Client& client = member.client;
  for (int64_t round = 0; round < rounds; round++) {
    const std::string ball = std::to_string(round);
    const auto throw_it = [&] { client.must({"RPUSH", theirs[member.random.below(4)], ball}); };
    if (player % 2 == 0) throw_it();
    const size_t first = member.random.below(4);
    const auto list = [&](size_t i) -> const std::string& { return mine[(first + i) % 4]; };
    Reply reply;
    switch (member.random.below(3)) {
      case 0:
        reply = client.must({"BLPOP", list(0), list(1), list(2), list(3), "0"}).items.at(1);
        break;
      case 1:
        reply = client.must({"BRPOP", list(0), list(1), list(2), list(3), "0"}).items.at(1);
        break;
      default:
        reply = client.must({"BLMPOP", "0", "4", list(0), list(1), list(2), list(3), "LEFT"});
        reply = Reply(reply.items.at(1).items.at(0));
    }
    if (reply.text != ball)
      return fmt::format("player {} got {} instead of {}", player, reply.text, ball);
    if (player % 2 == 1) throw_it();
  }
  return "";
}

// Takes what is left in a list, in slices.
void drain(Client& client, const std::string& list, Deliveries& deliveries,
           std::set<uint32_t>* seen) {
  for (;;) {
    const Reply reply = client.must({"LPOP", list, "5000"});
    if (reply.nil || reply.items.empty()) return;
    for (const Reply& item : reply.items) {
      const uint32_t element = static_cast<uint32_t>(item.number);
      if (element == kStop) continue;
      deliveries.delivered(element);
      if (seen) seen->insert(element);
    }
  }
}

struct Cast {
  std::deque<Consumer> consumers;
  std::deque<Producer> producers;
  std::vector<std::string> wrongs;
};

// The sum of all, and what is left in the lists of the server.
Deliveries add_up(Crew& crew, const Square& square, Cast& cast) {
  Deliveries all;
  for (const std::string& queue : square.queues) drain(crew.control(), queue, all, nullptr);
  for (uint32_t i = 0; i < crew.members().size(); i++) {
    drain(crew.control(), side_list(i), all, nullptr);
    std::set<uint32_t> done;
    drain(crew.control(), done_list(i), all, &done);
    if (i >= cast.consumers.size()) continue;
    for (const uint32_t element : cast.consumers[i].moved) {
      if (element == kStop || done.contains(element)) continue;
      cast.wrongs.push_back(fmt::format("{} was answered, but did not get to its list", element));
    }
  }
  for (const Consumer& consumer : cast.consumers) {
    all.join(consumer.deliveries);
    if (!consumer.refused.empty()) cast.wrongs.push_back(consumer.refused);
  }
  for (const Producer& producer : cast.producers) {
    all.join(producer.deliveries);
    if (!producer.refused.empty()) cast.wrongs.push_back(producer.refused);
  }
  return all;
}

}  // namespace

bool run_delivery(const Options& options) {
  Crew crew(options);
  crew.unblocks = true;
  Square square(options);
  Cast cast;
  std::vector<std::string> games(kPlayers);
  const size_t consumers = static_cast<size_t>(square.consumers);
  for (Member& member : crew.members()) {
    if (member.index < consumers) {
      cast.consumers.emplace_back(member, square, options);
    } else if (member.index + kPlayers < crew.members().size()) {
      cast.producers.emplace_back(member, square);
    }
  }
  const int64_t start = now_ns();
  crew.run_with_killer(options.kills > 0 ? consumers : 0, [&](Member& member) {
    const size_t index = member.index, players = crew.members().size() - kPlayers;
    if (index < consumers) {
      cast.consumers[index].run();
    } else if (index < players) {
      cast.producers[index - consumers].run();
    } else {
      games[index - players] = play(member, index - players, options.count / 50);
    }
  });
  const double took = seconds(now_ns() - start);
  const Deliveries::Verdict verdict = add_up(crew, square, cast).check();
  cast.wrongs.insert(cast.wrongs.end(), verdict.wrongs.begin(), verdict.wrongs.end());
  for (const std::string& game : games) {
    if (!game.empty()) cast.wrongs.push_back(game);
  }
  for (size_t i = 0; i < cast.wrongs.size() && i < 8; i++)
    fmt::print("VIOLATION: {}\n", cast.wrongs[i]);
  fmt::print(
      "delivery: {} elements through {} lists to {} consumers in {:.1f} s; {} kills, {} lost of {} "
      "allowed\n",
      verdict.pushed, kQueues, consumers, took, crew.kills(), verdict.lost, verdict.allowed);
  return cast.wrongs.empty();
}

}  // namespace gyre::consistency
