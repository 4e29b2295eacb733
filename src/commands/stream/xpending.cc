// XPENDING.
#include <algorithm>
#include <vector>

#include "base/number.h"
#include "base/text.h"
#include "commands/stream/groups.h"

namespace gyre::commands {
namespace {

using data::StreamConsumer;
using data::StreamGroup;
using data::StreamId;
using data::StreamPending;
using exec::Request;
using resp::Reply;
using store::Shard;

constexpr size_t kGroup = 2;  // positions of the arguments
constexpr size_t kOptions = 3;

struct PendingQuery {
  int64_t min_idle_ms = 0;
  StreamRange range;
  size_t count = 0;
  std::optional<std::string_view> consumer;
};

Result<PendingQuery> parse_query(const Request& request) {
  PendingQuery query;
  if (request.size() < 6 || request.size() > 9) {
    return fail(exec::errors::syntax);
  }
  size_t at = kOptions;
  if (base::equals_ignore_case(request.arg(at), "IDLE")) {
    const auto idle_ms = base::parse_int64(request.arg(at + 1));
    if (!idle_ms) {
      return fail(exec::errors::not_integer);
    }
    if (request.size() < 8) {
      return fail(exec::errors::syntax);
    }
    query.min_idle_ms = *idle_ms;
    at += 2;
  }
  const auto count = base::parse_int64(request.arg(at + 2));
  if (!count) {
    return fail(exec::errors::not_integer);
  }
  query.count = static_cast<size_t>(std::max<int64_t>(*count, 0));
  GYRE_TRY_LET(range, parse_stream_range(request.arg(at), request.arg(at + 1)));
  query.range = range;
  if (at + 3 < request.size()) {
    query.consumer = request.arg(at + 3);
  }
  return query;
}

void reply_summary(Reply& reply, const StreamGroup& group) {
  reply.array(4);
  reply.integer(static_cast<int64_t>(group.pending().size()));
  if (group.pending().is_empty()) {
    reply.null();
    reply.null();
    reply.null_array();
    return;
  }
  reply_stream_id(reply, group.pending().first()->id);
  reply_stream_id(reply, group.pending().last()->id);
  const auto has_any = [](const auto& consumer) { return !consumer->pending().is_empty(); };
  const auto& consumers = group.consumers();
  reply.array(static_cast<size_t>(std::count_if(consumers.begin(), consumers.end(), has_any)));
  for (const auto& consumer : consumers) {
    if (has_any(consumer)) {
      reply.array(2);
      reply.bulk(consumer->name());
      reply.bulk_integer(static_cast<int64_t>(consumer->pending().size()));
    }
  }
}

struct Pending {
  StreamId id;
  StreamPending value;
};

std::vector<Pending> find_pending(const StreamGroup& group, const PendingQuery& query,
                                  int64_t now_ms) {
  std::vector<Pending> found;
  const auto add = [&](StreamId id, const StreamPending& value) {
    if (id > query.range.to || found.size() >= query.count) {
      return false;
    }
    if (query.min_idle_ms <= 0 || now_ms - value.delivered_ms >= query.min_idle_ms) {
      found.push_back({id, value});
    }
    return true;
  };
  if (!query.consumer) {
    group.pending().ascend(query.range.from,
                           [&](const auto& item) { return add(item.id, item.value); });
    return found;
  }
  const StreamConsumer* consumer = group.find_consumer(*query.consumer);
  if (consumer != nullptr) {
    consumer->pending().ascend(query.range.from, [&](const auto& item) {
      return add(item.id, *group.find_pending(item.id));
    });
  }
  return found;
}

Status xpending(Request& request, Shard& shard, Reply& reply) {
  const bool is_summary = request.size() == kOptions;
  PendingQuery query;
  if (!is_summary) {
    GYRE_TRY_LET(parsed, parse_query(request));
    query = parsed;
  }
  store::Keyspace& db = shard.db(request.db);
  GYRE_TRY_LET(group, find_group(request, db.find(request.key), request.arg(kGroup)));
  if (group == nullptr) {
    return no_key_or_group(request.key.name, request.arg(kGroup));
  }
  if (is_summary) {
    reply_summary(reply, *group);
    return {};
  }
  const std::vector<Pending> found = find_pending(*group, query, shard.now_ms());
  reply.array(found.size());
  for (const Pending& pending : found) {
    reply.array(4);
    reply_stream_id(reply, pending.id);
    reply.bulk(pending.value.consumer->name());
    reply.integer(std::max<int64_t>(shard.now_ms() - pending.value.delivered_ms, 0));
    reply.integer(static_cast<int64_t>(pending.value.deliveries));
  }
  return {};
}

constexpr exec::Change kHistory[] = {{"6.2.0", "`IDLE`, and bounds that are excluded."}};

constexpr exec::Command kRows[] = {
    {.name = "XPENDING",
     .since = "5.0.0",
     .group = exec::Group::stream,
     .complexity = "O(N) where N is the number of entries returned, and with `IDLE` of those "
                   "passed over; of the summary, that of consumers",
     .summary = "Returns what a group was given and has not acknowledged.",
     .syntax = "key group [[IDLE min-idle-time] start end count [consumer]]",
     .history = kHistory,
     .flags = exec::kReadonly,
     .keys = exec::kReadKey,
     .shape = exec::owner(xpending),
     .tips = "nondeterministic_output"},
};

}  // namespace

extern const exec::Rows stream_xpending{kRows};

}  // namespace gyre::commands
