// SUBSCRIBE, UNSUBSCRIBE, PSUBSCRIBE, PUNSUBSCRIBE, SSUBSCRIBE, SUNSUBSCRIBE.
#include <string>

#include "exec/channels.h"
#include "exec/engine.h"

namespace gyre::commands {
namespace {

using exec::Channels;
using exec::Group;
using exec::Listening;
using exec::Request;
using exec::Session;
using resp::Reply;
using store::Shard;

// What the confirmations count: shard channels, or channels and patterns together.
int64_t listened(const Session& session, Listening kind) {
  const size_t count = kind == Listening::shard ? exec::count_of(session, Listening::shard)
                                                : exec::count_of(session, Listening::channel) +
                                                      exec::count_of(session, Listening::pattern);
  return static_cast<int64_t>(count);
}

void confirm(const Session& session, Listening kind, std::string_view word, std::string_view name,
             Reply& reply) {
  reply.push(3);
  reply.bulk(word);
  reply.bulk(name);
  reply.integer(listened(session, kind));
}

template <Listening kKind>
Status listen(Request& request, Shard&, Reply& reply) {
  constexpr std::string_view kWords[] = {"subscribe", "psubscribe", "ssubscribe"};
  const std::string_view word = kWords[static_cast<size_t>(kKind)];
  Session& session = *request.session;
  Channels& channels = exec::Engine::current().channels();
  if (kKind == Listening::shard && session.is_in_exec) {
    return fail("ERR SSUBSCRIBE isn't allowed for a DENY BLOCKING client");
  }
  for (const std::string_view name : request.args()) {
    channels.subscribe(session, kKind, name);
    confirm(session, kKind, word, name, reply);
  }
  channels.announce(session);
  return {};
}

void unlisten_all(Session& session, Listening kind, std::string_view word, Reply& reply) {
  Channels& channels = exec::Engine::current().channels();
  if (exec::count_of(session, kind) == 0) {
    reply.push(3);
    reply.bulk(word);
    reply.null();
    reply.integer(listened(session, kind));
  }
  while (exec::count_of(session, kind) > 0) {
    // The topic may be gone with its last subscriber.
    const std::string name = session.subscriptions->list(kind).front().topic->name;
    channels.unsubscribe(session, kind, name);
    confirm(session, kind, word, name, reply);
  }
}

template <Listening kKind>
Status unlisten(Request& request, Shard&, Reply& reply) {
  constexpr std::string_view kWords[] = {"unsubscribe", "punsubscribe", "sunsubscribe"};
  const std::string_view word = kWords[static_cast<size_t>(kKind)];
  Session& session = *request.session;
  Channels& channels = exec::Engine::current().channels();
  for (const std::string_view name : request.args()) {
    channels.unsubscribe(session, kKind, name);
    confirm(session, kKind, word, name, reply);
  }
  if (request.size() == 1) {
    unlisten_all(session, kKind, word, reply);
  }
  channels.announce(session);
  return {};
}

constexpr uint32_t kFlags = exec::kPubsub | exec::kNoscript | exec::kLoading | exec::kStale |
                            exec::kWhileListening | exec::kPushes;
constexpr exec::KeySpec kShardChannels[] = {{.flags = "not_key", .last = -1}};

constexpr exec::Command kRows[] = {
    {.name = "SUBSCRIBE",
     .since = "2.0.0",
     .group = Group::pubsub,
     .complexity = "O(N) where N is the number of channels",
     .summary = "Listens to channels: the client gets what is published there from now on.",
     .syntax = "channel [channel ...]",
     .flags = kFlags,
     .shape = exec::here(listen<Listening::channel>)},
    {.name = "UNSUBSCRIBE",
     .since = "2.0.0",
     .group = Group::pubsub,
     .complexity = "O(N) where N is the number of channels",
     .summary = "Listens no more to the channels, or to none at all if it names none.",
     .syntax = "[channel [channel ...]]",
     .flags = kFlags,
     .shape = exec::here(unlisten<Listening::channel>)},
    {.name = "PSUBSCRIBE",
     .since = "2.0.0",
     .group = Group::pubsub,
     .complexity = "O(N) where N is the number of patterns",
     .summary = "Listens to all channels whose names match one of the patterns.",
     .syntax = "pattern [pattern ...]",
     .flags = kFlags,
     .shape = exec::here(listen<Listening::pattern>)},
    {.name = "PUNSUBSCRIBE",
     .since = "2.0.0",
     .group = Group::pubsub,
     .complexity = "O(N) where N is the number of patterns",
     .summary = "Takes patterns back, or all of them if it names none.",
     .syntax = "[pattern [pattern ...]]",
     .flags = kFlags,
     .shape = exec::here(unlisten<Listening::pattern>)},
    {.name = "SSUBSCRIBE",
     .since = "7.0.0",
     .group = Group::pubsub,
     .complexity = "O(N) where N is the number of shard channels",
     .summary = "Listens to shard channels.",
     .syntax = "shardchannel [shardchannel ...]",
     .flags = kFlags,
     .keys = kShardChannels,
     .shape = exec::here(listen<Listening::shard>)},
    {.name = "SUNSUBSCRIBE",
     .since = "7.0.0",
     .group = Group::pubsub,
     .complexity = "O(N) where N is the number of shard channels",
     .summary = "Listens no more to the shard channels, or to none at all if it names none.",
     .syntax = "[shardchannel [shardchannel ...]]",
     .flags = kFlags,
     .keys = kShardChannels,
     .shape = exec::here(unlisten<Listening::shard>)},
};

}  // namespace

extern const exec::Rows pubsub_subscribe{kRows};

}  // namespace gyre::commands
