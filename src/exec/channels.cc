#include "exec/channels.h"

#include <utility>

#include "base/blob.h"
#include "base/glob.h"
#include "exec/engine.h"

namespace gyre::exec {

// What one command has changed, told to all other cores.
struct Channels::Changes final : News {
  struct Change {
    Listening listening;
    bool is_more;
    size_t name_size;
  };

  std::vector<Change> changes;
  std::string names;  // one behind the other

  void hear(Engine& at) const override {
    Channels& channels = at.channels();
    std::string_view rest = names;
    for (const Change& change : changes) {
      Topic& topic = channels.open(change.listening, rest.substr(0, change.name_size));
      channels.count(topic, origin(), change.is_more);
      rest.remove_prefix(change.name_size);
    }
  }
};

// A message on its way to one core.
struct Channels::Delivery : ring::Message {
  Listening to = Listening::channel;
  size_t channel_size = 0;
  base::BlobRef text;  // the channel and the message, shared by all cores
};

// One message in both protocols, each made when it is asked for first.
struct Channels::Frames {
  resp::ChunkPool& pool;
  const Topic& topic;
  std::string_view channel;
  std::string_view message;
  resp::Frame made[2] = {};

  const resp::Frame& in(bool is_resp3) {
    resp::Frame& frame = made[is_resp3 ? 1 : 0];
    if (frame.is_empty()) {
      constexpr size_t kAround = 160;  // the kind, and the lengths of four strings
      const size_t size_max = kAround + topic.name.size() + channel.size() + message.size();
      frame.make(pool, size_max, is_resp3, [this](resp::Reply& reply) { encode(reply); });
    }
    return frame;
  }
  void encode(resp::Reply& reply) const {
    if (topic.listening == Listening::pattern) {
      reply.push(4);
      reply.bulk("pmessage");
      reply.bulk(topic.name);
    } else {
      reply.push(3);
      reply.bulk(topic.listening == Listening::shard ? "smessage" : "message");
    }
    reply.bulk(channel);
    reply.bulk(message);
  }
};

Channels::Channels(ring::Core& core, const Engines& all, Announcer& announcer,
                   resp::ChunkPool& chunks, uint64_t seed)
    : core_(core),
      all_(all),
      subscriptions_(0, Hash{seed}),
      chunks_(chunks),
      announcer_(announcer) {
  for (ByName& topics : topics_) {
    topics = ByName(0, Hash{seed});
  }
}

Channels::~Channels() = default;

// ---- Messages ----

size_t Channels::publish_to_any(std::string_view channel, std::string_view message) {
  targets_.assign(all_.count(), false);
  size_t receivers = 0;
  if (const Topic* topic = find(Listening::channel, channel); topic != nullptr) {
    receivers += topic->total;
    add_targets(*topic);
    deliver_to(*topic, channel, message);
  }
  for (const Topic& pattern : patterns_) {
    if (base::glob_match(pattern.name, channel)) {
      receivers += pattern.total;
      add_targets(pattern);
      deliver_to(pattern, channel, message);
    }
  }
  if (receivers > 0) {
    send_off(Listening::channel, channel, message);
  }
  return receivers;
}

size_t Channels::publish_to_shard(std::string_view channel, std::string_view message) {
  const Topic* topic = find(Listening::shard, channel);
  if (topic == nullptr) {
    return 0;
  }
  targets_.assign(all_.count(), false);
  add_targets(*topic);
  send_off(Listening::shard, channel, message);
  deliver_to(*topic, channel, message);
  return topic->total;
}

void Channels::add_targets(const Topic& topic) {
  for (size_t core = 0; core < topic.counts.size(); ++core) {
    if (topic.counts[core] > 0 && core != core_.id()) {
      targets_[core] = true;
    }
  }
}

void Channels::send_off(Listening to, std::string_view channel, std::string_view message) {
  base::BlobRef text;
  for (size_t core = 0; core < targets_.size(); ++core) {
    if (!targets_[core]) {
      continue;
    }
    if (!text) {
      text.reset(base::Blob::make(channel.size() + message.size()));
      char* out = std::copy(channel.begin(), channel.end(), text.get()->data());
      std::copy(message.begin(), message.end(), out);
      text.get()->size = channel.size() + message.size();
    }
    auto* delivery = new Delivery;
    delivery->to = to;
    delivery->channel_size = channel.size();
    text.get()->ref();
    delivery->text.reset(text.get());
    delivery->run = [](ring::Message& arrived, ring::Core&) {
      const std::unique_ptr<Delivery> self(static_cast<Delivery*>(&arrived));
      const std::string_view all = self->text.get()->view();
      Engine::current().channels().deliver(self->to, all.substr(0, self->channel_size),
                                           all.substr(self->channel_size));
    };
    core_.post(static_cast<uint16_t>(core), *delivery);
  }
}

// A message that another core has sent.
void Channels::deliver(Listening to, std::string_view channel, std::string_view message) {
  if (const Topic* topic = find(to, channel); topic != nullptr) {
    deliver_to(*topic, channel, message);
  }
  if (to == Listening::shard) {
    return;
  }
  for (const Topic& pattern : patterns_) {
    if (!pattern.own.empty() && base::glob_match(pattern.name, channel)) {
      deliver_to(pattern, channel, message);
    }
  }
}

// To those of this core.
void Channels::deliver_to(const Topic& topic, std::string_view channel, std::string_view message) {
  Frames frames{chunks_, topic, channel, message};
  for (const Subscription* subscription : topic.own) {
    if (subscription != nullptr) {
      Session& session = *subscription->session;
      session.push(frames.in(session.resp3));
    }
  }
}

// ---- Topics ----

Topic* Channels::find(Listening of, std::string_view name) const {
  const ByName& topics = by_name(of);
  const auto found = topics.find(name);
  return found == topics.end() ? nullptr : found->second.get();
}

Topic& Channels::open(Listening of, std::string_view name) {
  if (Topic* known = find(of, name); known != nullptr) {
    return *known;
  }
  auto topic = std::make_unique<Topic>();
  Topic& opened = *topic;
  opened.listening = of;
  opened.name = name;
  opened.counts.resize(all_.count());
  by_name(of).emplace(std::string_view(opened.name), std::move(topic));
  if (of == Listening::pattern) {
    patterns_.push_back(opened);
  }
  return opened;
}

// A subscriber came or left; without any the topic is gone.
void Channels::count(Topic& topic, uint16_t core, bool is_more) {
  topic.counts[core] += is_more ? 1 : -1U;
  topic.total += is_more ? 1 : -1U;
  if (topic.total == 0) {
    ByName& topics = by_name(topic.listening);
    topics.erase(topics.find(topic.name));
  }
}

uint32_t Channels::subscribers(Listening of, std::string_view name) const {
  const Topic* topic = find(of, name);
  return topic == nullptr ? 0 : topic->total;
}

// ---- Sessions ----

bool Channels::subscribe(Session& session, Listening to, std::string_view name) {
  Topic& topic = open(to, name);
  const auto [at, is_new] = subscriptions_.try_emplace({&topic, &session});
  if (!is_new) {
    return false;
  }
  Subscription& subscription = at->second;
  subscription.topic = &topic;
  subscription.session = &session;
  subscription.place = topic.own.size();
  topic.own.push_back(&subscription);
  if (session.subscriptions == nullptr) {
    session.subscriptions = new Subscriptions;
    session.is_bound = true;
    ++listeners_;
  }
  session.subscriptions->list(to).push_back(subscription);
  ++session.subscriptions->counts[static_cast<size_t>(to)];
  count(topic, core_.id(), true);
  note(topic, true);
  return true;
}

bool Channels::unsubscribe(Session& session, Listening from, std::string_view name) {
  Topic* topic = find(from, name);
  const auto found = subscriptions_.find({topic, &session});
  if (topic == nullptr || found == subscriptions_.end()) {
    return false;
  }
  remove(found->second);
  return true;
}

void Channels::remove(Subscription& subscription) {
  Topic& topic = *subscription.topic;
  Session& session = *subscription.session;
  note(topic, false);
  topic.own[subscription.place] = nullptr;
  subscriptions_.erase({&topic, &session});
  if (++topic.gaps * 2 > topic.own.size()) {
    std::erase(topic.own, nullptr);
    topic.gaps = 0;
    for (size_t i = 0; i < topic.own.size(); ++i) {
      topic.own[i]->place = i;
    }
  }
  Subscriptions& of = *session.subscriptions;
  --of.counts[static_cast<size_t>(topic.listening)];
  if (of.counts[0] + of.counts[1] + of.counts[2] == 0) {
    delete std::exchange(session.subscriptions, nullptr);
    session.is_bound = session.is_monitor();
    --listeners_;
  }
  count(topic, core_.id(), false);
}

void Channels::remove_all(Session& session) {
  for (size_t kind = 0; kind < kListenings; ++kind) {
    while (session.is_subscribed() && !session.subscriptions->lists[kind].is_empty()) {
      remove(session.subscriptions->lists[kind].front());
    }
  }
}

void Channels::leave_all(Session& session) {
  remove_all(session);
  announce(session);
}

void Channels::forget(Session& session) {
  remove_all(session);
  tell(nullptr);
  announcer_.forget(session);
}

// ---- News ----

void Channels::note(const Topic& topic, bool is_more) {
  if (announcer_.is_alone()) {
    return;
  }
  if (changes_ == nullptr) {
    changes_ = std::make_unique<Changes>();
  }
  changes_->changes.push_back({topic.listening, is_more, topic.name.size()});
  changes_->names += topic.name;
}

void Channels::announce(Session& session) { tell(&session); }

void Channels::tell(Session* session) {
  if (changes_ != nullptr) {
    announcer_.tell(std::move(changes_), session);
  }
}

}  // namespace gyre::exec
