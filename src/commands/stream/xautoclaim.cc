// XAUTOCLAIM.
#include <algorithm>
#include <vector>

#include "base/text.h"
#include "commands/stream/claims.h"
#include "commands/stream/records.h"

namespace gyre::commands {
namespace {

using data::StreamConsumer;
using data::StreamId;
using exec::Request;
using resp::Reply;
using store::Shard;

struct AutoOptions {
  int64_t min_idle_ms = 0;
  StreamId from;
  uint64_t count = 100;
  bool is_id_only = false;
};

Result<AutoOptions> parse_auto(const Request& request) {
  // More could not be looked at, ten entries for each, without an overflow.
  constexpr int64_t kCountMax = INT64_MAX / 16;
  AutoOptions options;
  GYRE_TRY_LET(min_idle_ms,
               parse_claim_number(request.arg(kClaimMinIdle),
                                  "ERR Invalid min-idle-time argument for XAUTOCLAIM"));
  options.min_idle_ms = min_idle_ms;
  GYRE_TRY_LET(range, parse_stream_range(request.arg(kClaimFirst), "+"));
  options.from = range.from;
  for (size_t i = kClaimFirst + 1; i < request.size(); ++i) {
    if (base::equals_ignore_case(request.arg(i), "COUNT") && i + 1 < request.size()) {
      const auto count = base::parse_int64(request.arg(++i));
      if (!count || *count < 1 || *count > kCountMax) {
        return fail("ERR COUNT must be > 0");
      }
      options.count = static_cast<uint64_t>(*count);
    } else if (base::equals_ignore_case(request.arg(i), "JUSTID")) {
      options.is_id_only = true;
    } else {
      return fail(exec::errors::syntax);
    }
  }
  return options;
}

// What a look at the pending entries from an id on has found.
struct Found {
  std::vector<StreamId> due;
  std::vector<StreamId> deleted;
  StreamId next;  // to go on from; zero at the end
};

Found find_due(const ClaimTarget& target, const AutoOptions& options, int64_t now_ms) {
  Found found;
  uint64_t left = options.count;
  uint64_t looks = options.count * 10;
  target.group->pending().ascend(options.from, [&](const auto& item) {
    if (left == 0 || looks == 0) {
      found.next = item.id;
      return false;
    }
    --looks;
    if (!target.stream->contains(item.id)) {
      found.deleted.push_back(item.id);
      --left;
    } else if (options.min_idle_ms <= 0 ||
               now_ms - item.value.delivered_ms >= options.min_idle_ms) {
      found.due.push_back(item.id);
      --left;
    }
    return true;
  });
  return found;
}

Status xautoclaim(Request& request, Shard& shard, Reply& reply) {
  GYRE_TRY_LET(options, parse_auto(request));
  GYRE_TRY_LET(target, find_claim_target(request, shard));
  store::Keyspace& db = shard.db(request.db);
  StreamConsumer& consumer = find_or_make_consumer(
      shard, db, request.key, *target.group, request.arg(kClaimGroup), request.arg(kClaimConsumer));
  const GroupRecords records(shard, db, request.key, request.arg(kClaimGroup));
  const Found found = find_due(target, options, shard.now_ms());
  const Claim claim{.delivered_ms = shard.now_ms(), .is_id_only = options.is_id_only};
  for (const StreamId id : found.due) {
    claim.apply(*target.group, id, consumer, target.group->find_pending(id), shard.now_ms());
    records.owned(*target.group, request.arg(kClaimConsumer), id);
  }
  for (const StreamId id : found.deleted) {
    target.group->acknowledge(id);
    records.acknowledged(id);
  }
  reply.array(3);
  reply_stream_id(reply, found.next);
  reply_claimed(reply, *target.stream, found.due, options.is_id_only);
  reply_claimed(reply, *target.stream, found.deleted, true);
  if (!found.due.empty() || !found.deleted.empty()) {
    shard.commit(db, request.key, kStreamGroupChanged);
  }
  return {};
}

constexpr exec::KeySpec kDeletedKey[] = {{.flags = "RW delete"}};
constexpr exec::Change kAutoHistory[] = {{"7.0.0", "The ids of deleted entries in the reply."}};

constexpr exec::Command kRows[] = {
    {.name = "XAUTOCLAIM",
     .since = "6.2.0",
     .group = exec::Group::stream,
     .complexity = "O(N) where N is the count asked for",
     .summary = "Makes a consumer the owner of entries that have been pending for long.",
     .syntax = "key group consumer min-idle-time start [COUNT count] [JUSTID]",
     .history = kAutoHistory,
     .flags = exec::kWrite | exec::kFast,
     .keys = kDeletedKey,
     .shape = exec::owner(xautoclaim),
     .tips = "nondeterministic_output"},
};

}  // namespace

extern const exec::Rows stream_xautoclaim{kRows};

}  // namespace gyre::commands
