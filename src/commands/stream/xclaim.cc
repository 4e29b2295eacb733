// XCLAIM.
#include <algorithm>
#include <vector>

#include "base/text.h"
#include "commands/stream/claims.h"
#include "commands/stream/records.h"

namespace gyre::commands {
namespace {

using data::StreamConsumer;
using data::StreamGroup;
using data::StreamId;
using data::StreamPending;
using exec::Request;
using resp::Reply;
using store::Shard;

struct ClaimOptions {
  Claim claim;
  int64_t min_idle_ms = 0;
  bool is_forced = false;
  std::vector<StreamId> ids;
  StreamId last_id;
};

Status parse_claim_option(const Request& request, size_t& at, int64_t now_ms,
                          ClaimOptions& options) {
  const bool has_more = at + 1 < request.size();
  const auto is = [&](const char* word) { return base::equals_ignore_case(request.arg(at), word); };
  if (is("FORCE")) {
    options.is_forced = true;
  } else if (is("JUSTID")) {
    options.claim.is_id_only = true;
  } else if (is("IDLE") && has_more) {
    GYRE_TRY_LET(idle_ms, parse_claim_number(request.arg(++at),
                                             "ERR Invalid IDLE option argument for XCLAIM"));
    options.claim.delivered_ms = idle_ms < 0 ? now_ms : now_ms - idle_ms;
  } else if (is("TIME") && has_more) {
    GYRE_TRY_LET(time_ms, parse_claim_number(request.arg(++at),
                                             "ERR Invalid TIME option argument for XCLAIM"));
    options.claim.delivered_ms = time_ms;
  } else if (is("RETRYCOUNT") && has_more) {
    GYRE_TRY_LET(count, parse_claim_number(request.arg(++at),
                                           "ERR Invalid RETRYCOUNT option argument for XCLAIM"));
    options.claim.deliveries = count;
  } else if (is("LASTID") && has_more) {
    GYRE_TRY_LET(id, parse_stream_id(request.arg(++at), 0));
    options.last_id = id;
  } else {
    const std::string_view option = request.arg(at);
    return exec::format_error("ERR Unrecognized XCLAIM option '%.*s'",
                              static_cast<int>(option.size()), option.data());
  }
  return {};
}

Result<ClaimOptions> parse_claim(const Request& request, int64_t now_ms) {
  ClaimOptions options;
  options.claim.delivered_ms = now_ms;
  GYRE_TRY_LET(min_idle_ms, parse_claim_number(request.arg(kClaimMinIdle),
                                               "ERR Invalid min-idle-time argument for XCLAIM"));
  options.min_idle_ms = min_idle_ms;
  size_t at = kClaimFirst;
  for (; at < request.size(); ++at) {
    const auto id = parse_stream_id(request.arg(at), 0);
    if (!id) {
      break;  // the options begin
    }
    options.ids.push_back(*id);
  }
  for (; at < request.size(); ++at) {
    GYRE_TRY(parse_claim_option(request, at, now_ms, options));
  }
  // Clients compute times by clocks of their own.
  int64_t& delivered_ms = options.claim.delivered_ms;
  delivered_ms = delivered_ms < 0 || delivered_ms > now_ms ? now_ms : delivered_ms;
  return options;
}

Status xclaim(Request& request, Shard& shard, Reply& reply) {
  GYRE_TRY_LET(target, find_claim_target(request, shard));
  GYRE_TRY_LET(options, parse_claim(request, shard.wall_ms()));
  store::Keyspace& db = shard.db(request.db);
  StreamGroup& group = *target.group;
  bool has_changed = options.last_id > group.last_id;
  group.last_id = std::max(group.last_id, options.last_id);
  StreamConsumer& consumer = find_or_make_consumer(
      shard, db, request.key, group, request.arg(kClaimGroup), request.arg(kClaimConsumer));
  const GroupRecords records(shard, db, request.key, request.arg(kClaimGroup));
  if (has_changed) {
    records.advanced(group);
  }
  std::vector<StreamId> claimed;
  for (const StreamId id : options.ids) {
    if (!target.stream->contains(id)) {
      if (group.acknowledge(id)) {
        records.acknowledged(id);
        has_changed = true;
      }
      continue;
    }
    const StreamPending* pending = group.find_pending(id);
    const bool is_due = pending != nullptr
                            ? options.min_idle_ms <= 0 ||
                                  shard.wall_ms() - pending->delivered_ms >= options.min_idle_ms
                            : options.is_forced;
    if (is_due) {
      options.claim.apply(group, id, consumer, pending, shard.wall_ms());
      records.owned(group, request.arg(kClaimConsumer), id);
      claimed.push_back(id);
    }
  }
  reply_claimed(reply, *target.stream, claimed, options.claim.is_id_only);
  if (has_changed || !claimed.empty()) {
    shard.commit(db, request.key, kStreamGroupChanged);
  }
  return {};
}

constexpr exec::KeySpec kUpdatedKey[] = {{.flags = "RW update"}};

constexpr exec::Command kRows[] = {
    {.name = "XCLAIM",
     .since = "5.0.0",
     .group = exec::Group::stream,
     .complexity = "O(N log P) where N is the number of ids and P that of pending entries",
     .summary = "Makes a consumer the owner of entries that are pending for others.",
     .syntax = "key group consumer min-idle-time id [id ...] [IDLE milliseconds] "
               "[TIME unix-time-milliseconds] [RETRYCOUNT count] [FORCE] [JUSTID] [LASTID lastid]",
     .flags = exec::kWrite | exec::kFast,
     .keys = kUpdatedKey,
     .shape = exec::owner(xclaim),
     .tips = "nondeterministic_output"},
};

}  // namespace

extern const exec::Rows stream_xclaim{kRows};

}  // namespace gyre::commands
