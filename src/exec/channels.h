// Channels: who listens to what, as one core knows it; and the messages to those who listen.
//
// Interest is replicated: every core knows of every channel and pattern how many subscribers each
// core has, and which sessions of its own they are. So PUBLISH counts its receivers without asking
// anybody, hands the message to those of its own core, and posts it once to every other core that
// has some. Lanes keep the order, so what one core publishes arrives everywhere in that order.
//
// SUBSCRIBE and its kin note the change here and tell the other cores (announce(), exec/news.h):
// who sees the confirmation may rely on the next PUBLISH, wherever that runs.
//
// A message is encoded once per core and protocol, into memory that all its receivers send from.
//
// Invariants:
// 1. A topic is known as long as a core has a subscriber of it, as far as this core has heard.
// 2. A list of subscribers is in the order of their coming. Who leaves makes a gap, and gaps are
//    closed when they are the most, so leaving takes no time that depends on the others.
#pragma once

#include <cstdint>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "base/hash.h"
#include "base/intrusive.h"
#include "exec/news.h"
#include "exec/session.h"
#include "resp/output.h"
#include "ring/core.h"

namespace gyre::exec {

struct Engines;

// What can be listened to: channels, patterns of channels, and shard channels, whose names have
// nothing to do with those of the others.
enum class Listening : uint8_t { channel, pattern, shard };
constexpr size_t kListenings = 3;

struct Subscription;

// A channel or a pattern that somebody listens to.
struct Topic : base::ListHook<> {
  Listening listening = Listening::channel;
  std::string name;
  uint32_t total = 0;              // subscribers
  std::vector<uint32_t> counts;    // the same by core
  std::vector<Subscription*> own;  // of this core; null where one has left
  size_t gaps = 0;
};

struct Subscription : base::ListHook<> {
  Topic* topic = nullptr;
  Session* session = nullptr;
  size_t place = 0;  // in topic->own
};

// Of one session, in the order of their coming.
struct Subscriptions {
  base::List<Subscription> lists[kListenings];
  size_t counts[kListenings] = {};

  base::List<Subscription>& list(Listening of) { return lists[static_cast<size_t>(of)]; }
  size_t count(Listening of) const { return counts[static_cast<size_t>(of)]; }
};

inline size_t count_of(const Session& session, Listening of) {
  return session.is_subscribed() ? session.subscriptions->count(of) : 0;
}

class Channels {
 public:
  Channels(ring::Core& core, const Engines& all, Announcer& announcer, resp::ChunkPool& chunks,
           uint64_t seed);
  Channels(const Channels&) = delete;
  Channels& operator=(const Channels&) = delete;
  ~Channels();

  // Sends the message to all who listen to the channel or to a pattern that it matches; returns
  // their number. In any turn of this core, also in the midst of a command.
  size_t publish(std::string_view channel, std::string_view message) {
    if (by_name(Listening::channel).empty() && by_name(Listening::pattern).empty()) {
      return 0;
    }
    return publish_to_any(channel, message);
  }
  size_t publish_to_shard(std::string_view channel, std::string_view message);

  // False if it was so before. To be followed by announce() in the same turn.
  bool subscribe(Session& session, Listening to, std::string_view name);
  bool unsubscribe(Session& session, Listening from, std::string_view name);
  // Tells the other cores what has changed.
  void announce(Session& session);
  // Unsubscribes from everything, and tells so.
  void leave_all(Session& session);
  // Likewise; the session is over and may be gone when the others have heard of it.
  void forget(Session& session);

  // Channels, patterns: those that anybody on any core listens to.
  size_t size(Listening of) const { return topics_[static_cast<size_t>(of)].size(); }
  uint32_t subscribers(Listening of, std::string_view name) const;
  template <typename Visit>
  void visit(Listening of, Visit visit) const {
    for (const auto& [name, topic] : by_name(of)) {
      visit(*topic);
    }
  }
  // Sessions of this core that listen to anything.
  size_t listeners() const { return listeners_; }

 private:
  struct Hash {
    uint64_t seed;
    size_t operator()(std::string_view name) const { return base::hash_bytes(name, seed); }
    size_t operator()(const std::pair<Topic*, Session*>& ends) const {
      return base::hash_word(reinterpret_cast<uintptr_t>(ends.first),
                             reinterpret_cast<uintptr_t>(ends.second));
    }
  };
  using ByName = std::unordered_map<std::string_view, std::unique_ptr<Topic>, Hash>;
  struct Changes;
  struct Delivery;
  struct Frames;

  ByName& by_name(Listening of) { return topics_[static_cast<size_t>(of)]; }
  const ByName& by_name(Listening of) const { return topics_[static_cast<size_t>(of)]; }
  Topic* find(Listening of, std::string_view name) const;
  Topic& open(Listening of, std::string_view name);
  void count(Topic& topic, uint16_t core, bool is_more);
  void remove(Subscription& subscription);
  void remove_all(Session& session);
  void note(const Topic& topic, bool is_more);
  void tell(Session* session);

  size_t publish_to_any(std::string_view channel, std::string_view message);
  void add_targets(const Topic& topic);
  void send_off(Listening to, std::string_view channel, std::string_view message);
  void deliver(Listening to, std::string_view channel, std::string_view message);
  void deliver_to(const Topic& topic, std::string_view channel, std::string_view message);

  ring::Core& core_;
  const Engines& all_;
  ByName topics_[kListenings];
  base::List<Topic> patterns_;  // in the order of their coming
  std::unordered_map<std::pair<Topic*, Session*>, Subscription, Hash> subscriptions_;
  size_t listeners_ = 0;
  resp::ChunkPool& chunks_;
  Announcer& announcer_;
  std::unique_ptr<Changes> changes_;  // not told yet
  std::vector<bool> targets_;         // cores to post a message to
};

}  // namespace gyre::exec
