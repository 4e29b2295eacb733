// PUBLISH, SPUBLISH.
#include "exec/channels.h"
#include "exec/engine.h"

namespace gyre::commands {
namespace {

using exec::Engine;
using exec::Group;
using exec::Request;
using resp::Reply;
using store::Shard;

Status publish(Request& request, Shard&, Reply& reply) {
  const size_t receivers = Engine::current().channels().publish(request.arg(1), request.arg(2));
  reply.integer(static_cast<int64_t>(receivers));
  return {};
}

Status spublish(Request& request, Shard&, Reply& reply) {
  const size_t receivers =
      Engine::current().channels().publish_to_shard(request.arg(1), request.arg(2));
  reply.integer(static_cast<int64_t>(receivers));
  return {};
}

constexpr uint32_t kFlags =
    exec::kPubsub | exec::kLoading | exec::kStale | exec::kFast | exec::kMayReplicate;
constexpr exec::KeySpec kShardChannel[] = {{.flags = "not_key"}};

constexpr exec::Command kRows[] = {
    {.name = "PUBLISH",
     .since = "2.0.0",
     .group = Group::pubsub,
     .complexity = "O(N+M) where N is the number of subscribers of the channel and M is the number "
                   "of all patterns",
     .summary = "Sends a message to all who listen to the channel; answers how many these are.",
     .syntax = "channel message",
     .flags = kFlags,
     .shape = exec::here(publish)},
    {.name = "SPUBLISH",
     .since = "7.0.0",
     .group = Group::pubsub,
     .complexity = "O(N) where N is the number of subscribers of the shard channel",
     .summary = "Sends a message to all who listen to the shard channel; answers how many.",
     .syntax = "shardchannel message",
     .flags = kFlags,
     .keys = kShardChannel,
     .shape = exec::here(spublish)},
};

}  // namespace

extern const exec::Rows pubsub_publish{kRows};

}  // namespace gyre::commands
