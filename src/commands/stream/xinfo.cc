// XINFO.
#include <algorithm>
#include <optional>

#include "base/number.h"
#include "base/text.h"
#include "commands/help.h"
#include "commands/stream/groups.h"

namespace gyre::commands {
namespace {

using data::Stream;
using data::StreamConsumer;
using data::StreamEntry;
using data::StreamGroup;
using data::StreamId;
using exec::Request;
using resp::Reply;
using store::Shard;

void reply_number(Reply& reply, std::string_view name, std::optional<int64_t> number) {
  reply.bulk(name);
  if (number) {
    reply.integer(*number);
  } else {
    reply.null();
  }
}
void reply_size(Reply& reply, std::string_view name, size_t size) {
  reply_number(reply, name, static_cast<int64_t>(size));
}
void reply_id(Reply& reply, std::string_view name, StreamId id) {
  reply.bulk(name);
  reply_stream_id(reply, id);
}
void reply_progress(Reply& reply, const Stream& stream, const StreamGroup& group) {
  const bool is_known = group.entries_read != StreamGroup::kUnknown;
  reply_number(reply, "entries-read", is_known ? std::optional(group.entries_read) : std::nullopt);
  reply_number(reply, "lag", group_lag(stream, group));
}

// The first seven entries of the map, in its short and its long form.
void reply_counters(Reply& reply, const Stream& stream) {
  reply_size(reply, "length", stream.size());
  reply_size(reply, "radix-tree-keys", stream.blocks());
  // Redis's tree has its root besides, and a leaf for the block that grows.
  reply_size(reply, "radix-tree-nodes", stream.nodes() + (stream.blocks() > 0 ? 2 : 1));
  reply_id(reply, "last-generated-id", stream.last_id());
  reply_id(reply, "max-deleted-entry-id", stream.max_deleted_id());
  reply_size(reply, "entries-added", stream.entries_added());
  reply_id(reply, "recorded-first-entry-id", stream.first_id());
}

// The entry at an end of the stream.
void reply_end(Reply& reply, std::string_view name, const Stream& stream, StreamId id) {
  reply.bulk(name);
  if (const std::optional<StreamEntry> entry = stream.find(id)) {
    reply_stream_entry(reply, *entry);
  } else {
    reply.null();
  }
}

void reply_consumer_full(Reply& reply, const StreamGroup& group, const StreamConsumer& consumer,
                         size_t max) {
  reply.map(5);
  reply.bulk("name");
  reply.bulk(consumer.name());
  reply_number(reply, "seen-time", consumer.seen_ms);
  reply_number(reply, "active-time", consumer.active_ms);
  reply_size(reply, "pel-count", consumer.pending().size());
  size_t left = std::min(max, consumer.pending().size());
  reply.bulk("pending");
  reply.array(left);
  consumer.pending().ascend({}, [&](const auto& item) {
    const data::StreamPending& pending = *group.find_pending(item.id);
    reply.array(3);
    reply_stream_id(reply, item.id);
    reply.integer(pending.delivered_ms);
    reply.integer(static_cast<int64_t>(pending.deliveries));
    return --left > 0;
  });
}

void reply_group_full(Reply& reply, const Stream& stream, const StreamGroup& group, size_t max) {
  reply.map(7);
  reply.bulk("name");
  reply.bulk(group.name());
  reply_id(reply, "last-delivered-id", group.last_id);
  reply_progress(reply, stream, group);
  reply_size(reply, "pel-count", group.pending().size());
  size_t left = std::min(max, group.pending().size());
  reply.bulk("pending");
  reply.array(left);
  group.pending().ascend({}, [&](const auto& item) {
    reply.array(4);
    reply_stream_id(reply, item.id);
    reply.bulk(item.value.consumer->name());
    reply.integer(item.value.delivered_ms);
    reply.integer(static_cast<int64_t>(item.value.deliveries));
    return --left > 0;
  });
  reply.bulk("consumers");
  reply.array(group.consumers().size());
  for (const auto& consumer : group.consumers()) {
    reply_consumer_full(reply, group, *consumer, max);
  }
}

// How much of everything the long form is to show; empty for the short one.
Result<std::optional<size_t>> parse_full(const Request& request) {
  constexpr size_t kUsual = 10;
  const auto is = [&](size_t at, const char* word) {
    return base::equals_ignore_case(request.arg(at), word);
  };
  if (request.size() == 3) {
    return std::nullopt;
  }
  if (is(3, "FULL") && request.size() == 4) {
    return kUsual;
  }
  if (is(3, "FULL") && request.size() == 6 && is(4, "COUNT")) {
    const auto count = base::parse_int64(request.arg(5));
    if (!count) {
      return fail(exec::errors::not_integer);
    }
    return *count == 0 ? SIZE_MAX : *count < 0 ? kUsual : static_cast<size_t>(*count);
  }
  const std::string_view name = request.arg(1);
  return exec::format_error(
      "ERR unknown subcommand or wrong number of arguments for '%.*s'. Try XINFO HELP.",
      static_cast<int>(std::min<size_t>(name.size(), 128)), name.data());
}

Result<Stream*> find_existing(const Request& request, Shard& shard) {
  GYRE_TRY_LET(stream, find_value<Stream>(request, shard));
  return stream != nullptr ? Result<Stream*>(stream) : fail(exec::errors::no_such_key);
}

Status stream_info(Request& request, Shard& shard, Reply& reply) {
  GYRE_TRY_LET(found, find_existing(request, shard));
  GYRE_TRY_LET(full, parse_full(request));
  const Stream& stream = *found;
  if (!full) {
    reply.map(10);
    reply_counters(reply, stream);
    reply_size(reply, "groups", stream.groups().size());
    reply_end(reply, "first-entry", stream, stream.first_id());
    reply_end(reply, "last-entry", stream, stream.top_id());
    return {};
  }
  reply.map(9);
  reply_counters(reply, stream);
  reply.bulk("entries");
  reply_stream_range(reply, stream, {{}, StreamId::max()}, *full);
  reply.bulk("groups");
  reply.array(stream.groups().size());
  for (const auto& group : stream.groups()) {
    reply_group_full(reply, stream, *group, *full);
  }
  return {};
}

Status groups_info(Request& request, Shard& shard, Reply& reply) {
  GYRE_TRY_LET(stream, find_existing(request, shard));
  reply.array(stream->groups().size());
  for (const auto& group : stream->groups()) {
    reply.map(6);
    reply.bulk("name");
    reply.bulk(group->name());
    reply_size(reply, "consumers", group->consumers().size());
    reply_size(reply, "pending", group->pending().size());
    reply_id(reply, "last-delivered-id", group->last_id);
    reply_progress(reply, *stream, *group);
  }
  return {};
}

Status consumers_info(Request& request, Shard& shard, Reply& reply) {
  GYRE_TRY_LET(stream, find_existing(request, shard));
  const StreamGroup* group = stream->find_group(request.arg(3));
  if (group == nullptr) {
    return no_group(request.key.name, request.arg(3));
  }
  const auto since = [&](int64_t ms) { return std::max<int64_t>(shard.now_ms() - ms, 0); };
  reply.array(group->consumers().size());
  for (const auto& consumer : group->consumers()) {
    reply.map(4);
    reply.bulk("name");
    reply.bulk(consumer->name());
    reply_size(reply, "pending", consumer->pending().size());
    reply_number(reply, "idle", since(consumer->seen_ms));
    const bool is_active = consumer->active_ms != StreamConsumer::kNever;
    reply_number(reply, "inactive", is_active ? since(consumer->active_ms) : -1);
  }
  return {};
}

constexpr exec::KeySpec kReadKey[] = {{.flags = "RO access", .index = 2}};
constexpr exec::Change kStreamHistory[] = {
    {"6.0.0", "`FULL`."},
    {"7.0.0", "Entries added, deleted and read, and the lag of groups."},
    {"7.2.0", "When consumers were active, not only seen."},
};

constexpr exec::Command info_row(std::string_view name, std::string_view summary,
                                 std::string_view syntax, exec::Handler handler) {
  return {.name = name,
          .parent = "XINFO",
          .since = "5.0.0",
          .group = exec::Group::stream,
          .complexity = "O(N) where N is the number of items returned",
          .summary = summary,
          .syntax = syntax,
          .history = kStreamHistory,
          .flags = exec::kReadonly,
          .keys = kReadKey,
          .shape = exec::owner(handler),
          .tips = name == "CONSUMERS" ? "nondeterministic_output" : ""};
}

constexpr exec::Command kRows[] = {
    {.name = "XINFO",
     .since = "5.0.0",
     .group = exec::Group::stream,
     .complexity = "Depends on subcommand.",
     .summary = "Commands that look into streams."},
    info_row("CONSUMERS", "Returns the consumers of a group.", "key group", consumers_info),
    info_row("GROUPS", "Returns the consumer groups of a stream.", "key", groups_info),
    info_row("STREAM", "Returns what is known of a stream.", "key [FULL [COUNT count]]",
             stream_info),
    {.name = "HELP",
     .parent = "XINFO",
     .since = "5.0.0",
     .group = exec::Group::stream,
     .complexity = "O(1)",
     .summary = "Returns what the subcommands do.",
     .flags = exec::kLoading | exec::kStale,
     .shape = exec::here(container_help)},
};

}  // namespace

extern const exec::Rows stream_xinfo{kRows};

}  // namespace gyre::commands
