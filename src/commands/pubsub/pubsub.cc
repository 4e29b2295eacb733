// PUBSUB CHANNELS, NUMSUB, NUMPAT, SHARDCHANNELS, SHARDNUMSUB, HELP.
#include <string_view>
#include <vector>

#include "base/glob.h"
#include "commands/help.h"
#include "exec/channels.h"
#include "exec/engine.h"

namespace gyre::commands {
namespace {

using exec::Channels;
using exec::Engine;
using exec::Group;
using exec::Listening;
using exec::Request;
using resp::Reply;
using store::Shard;

template <Listening kKind>
Status names(Request& request, Shard&, Reply& reply) {
  if (request.size() > 3) {
    return exec::format_error(
        "ERR unknown subcommand or wrong number of arguments for '%.*s'. Try PUBSUB HELP.",
        static_cast<int>(request.arg(1).size()), request.arg(1).data());
  }
  std::vector<std::string_view> found;
  Engine::current().channels().visit(kKind, [&](const exec::Topic& topic) {
    if (request.size() == 2 || base::glob_match(request.arg(2), topic.name)) {
      found.push_back(topic.name);
    }
  });
  reply.array(found.size());
  for (const std::string_view name : found) {
    reply.bulk(name);
  }
  return {};
}

template <Listening kKind>
Status numbers(Request& request, Shard&, Reply& reply) {
  const Channels& channels = Engine::current().channels();
  reply.array((request.size() - 2) * 2);
  for (const std::string_view name : request.args(2)) {
    reply.bulk(name);
    reply.integer(channels.subscribers(kKind, name));
  }
  return {};
}

Status numpat(Request&, Shard&, Reply& reply) {
  reply.integer(static_cast<int64_t>(Engine::current().channels().size(Listening::pattern)));
  return {};
}

constexpr uint32_t kFlags = exec::kPubsub | exec::kLoading | exec::kStale;

constexpr exec::Command kRows[] = {
    {.name = "PUBSUB",
     .since = "2.8.0",
     .group = Group::pubsub,
     .complexity = "Depends on subcommand.",
     .summary = "Commands about who listens to what."},
    {.name = "CHANNELS",
     .parent = "PUBSUB",
     .since = "2.8.0",
     .group = Group::pubsub,
     .complexity = "O(N) where N is the number of channels that have subscribers",
     .summary = "Lists the channels that have subscribers, or those that match the pattern.",
     .syntax = "[pattern]",
     .flags = kFlags,
     .shape = exec::here(names<Listening::channel>),
     .arity = -2},
    {.name = "NUMSUB",
     .parent = "PUBSUB",
     .since = "2.8.0",
     .group = Group::pubsub,
     .complexity = "O(N) where N is the number of channels asked for",
     .summary = "Tells how many clients listen to each channel, patterns not counted.",
     .syntax = "[channel [channel ...]]",
     .flags = kFlags,
     .shape = exec::here(numbers<Listening::channel>)},
    {.name = "NUMPAT",
     .parent = "PUBSUB",
     .since = "2.8.0",
     .group = Group::pubsub,
     .complexity = "O(1)",
     .summary = "Tells how many patterns have subscribers.",
     .flags = kFlags,
     .shape = exec::here(numpat)},
    {.name = "SHARDCHANNELS",
     .parent = "PUBSUB",
     .since = "7.0.0",
     .group = Group::pubsub,
     .complexity = "O(N) where N is the number of shard channels that have subscribers",
     .summary = "Lists the shard channels that have subscribers, or those that match the pattern.",
     .syntax = "[pattern]",
     .flags = kFlags,
     .shape = exec::here(names<Listening::shard>),
     .arity = -2},
    {.name = "SHARDNUMSUB",
     .parent = "PUBSUB",
     .since = "7.0.0",
     .group = Group::pubsub,
     .complexity = "O(N) where N is the number of shard channels asked for",
     .summary = "Tells how many clients listen to each shard channel.",
     .syntax = "[shardchannel [shardchannel ...]]",
     .flags = kFlags,
     .shape = exec::here(numbers<Listening::shard>)},
    {.name = "HELP",
     .parent = "PUBSUB",
     .since = "6.2.0",
     .group = Group::pubsub,
     .complexity = "O(1)",
     .summary = "Lists the subcommands.",
     .flags = exec::kLoading | exec::kStale,
     .categories = "-pubsub",
     .shape = exec::here(container_help)},
};

}  // namespace

extern const exec::Rows pubsub_pubsub{kRows};

}  // namespace gyre::commands
