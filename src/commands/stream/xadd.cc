// XADD, XTRIM.
#include "commands/stream/records.h"

namespace gyre::commands {
namespace {

using data::Stream;
using data::StreamId;
using exec::Request;
using resp::Reply;
using store::Event;
using store::Shard;

constexpr Event kTrimmed{'t', "xtrim"};
constexpr Event kAdded{'t', "xadd"};
constexpr Event kAddedAndTrimmed{'t', "xadd", &kTrimmed};

constexpr Error kTooSmall{
    "ERR The ID specified in XADD is equal or smaller than the target stream top item"};

// The id that the options ask for, behind the last one.
Result<StreamId> choose_id(const StreamOptions& options, StreamId last, int64_t now_ms) {
  std::optional<StreamId> id = options.id;
  if (options.kind == StreamOptions::Id::next) {
    const auto now = static_cast<uint64_t>(now_ms);
    id = now > last.ms ? StreamId{now, 0} : last.next();
  } else if (options.kind == StreamOptions::Id::next_in_ms && id->ms == last.ms) {
    if (last.seq == UINT64_MAX) {
      return fail(kTooSmall);
    }
    id->seq = last.seq + 1;
  }
  return id && *id > last ? Result<StreamId>(*id) : fail(kTooSmall);
}

Status xadd(Request& request, Shard& shard, Reply& reply) {
  GYRE_TRY_LET(options, parse_add_options(request, shard));
  if (options.fields + 2 > request.size() || (request.size() - options.fields) % 2 != 0) {
    return fail("ERR wrong number of arguments for 'xadd' command");
  }
  if (options.kind == StreamOptions::Id::given && options.id.is_zero()) {
    return fail("ERR The ID specified in XADD must be greater than 0-0");
  }
  GYRE_TRY_LET(stream, find_value_for_write<Stream>(request, shard));
  if (stream == nullptr && !options.may_create) {
    reply.null();
    return {};
  }
  const StreamId last = stream != nullptr ? stream->last_id() : StreamId{};
  if (last == StreamId::max()) {
    return fail("ERR The stream has exhausted the last possible ID, unable to add more items");
  }
  GYRE_TRY_LET(id, choose_id(options, last, shard.now_ms()));
  const data::StreamFields fields = request.args(options.fields);
  if (!Stream::can_hold(fields)) {
    return fail("ERR Elements are too large to be stored");
  }
  store::Keyspace& db = shard.db(request.db);
  if (stream == nullptr) {
    stream = &make_stream(db, request.key);
  }
  stream->append(id, fields, shard.options().limits);
  reply_stream_id(reply, id);
  const bool has_trimmed = options.has_trim && trim_stream(shard, *stream, options) > 0;
  record_added(request, shard, *stream, options, id, has_trimmed);
  shard.commit(db, request.key, has_trimmed ? kAddedAndTrimmed : kAdded);
  return {};
}

Status xtrim(Request& request, Shard& shard, Reply& reply) {
  GYRE_TRY_LET(options, parse_trim_options(request, shard));
  GYRE_TRY_LET(stream, find_value_for_write<Stream>(request, shard));
  const size_t removed = stream != nullptr ? trim_stream(shard, *stream, options) : 0;
  if (removed > 0) {
    record_trimmed(request, shard, *stream, options);
    shard.commit(shard.db(request.db), request.key, kTrimmed);
  }
  reply.integer(static_cast<int64_t>(removed));
  return {};
}

constexpr exec::KeySpec kAddedKey[] = {
    {.flags = "RW update", .notes = "`update`, not `insert`: the command may trim too."}};
constexpr exec::KeySpec kTrimmedKey[] = {{.flags = "RW delete"}};
constexpr exec::Change kAddHistory[] = {
    {"6.2.0", "`NOMKSTREAM`, `MINID` and `LIMIT`."},
    {"7.0.0", "Ids of the form `ms-*`."},
    {"8.2.0", "`KEEPREF`, `DELREF` and `ACKED`."},
};
constexpr exec::Change kTrimHistory[] = {
    {"6.2.0", "`MINID` and `LIMIT`."},
    {"8.2.0", "`KEEPREF`, `DELREF` and `ACKED`."},
};

constexpr exec::Command kRows[] = {
    {.name = "XADD",
     .since = "5.0.0",
     .group = exec::Group::stream,
     .complexity = "O(1); when it trims, O(N) where N is the number of entries removed",
     .summary = "Appends an entry to a stream; creates a missing key.",
     .syntax = "key [NOMKSTREAM] [KEEPREF|DELREF|ACKED] [<MAXLEN|MINID> [=|~] threshold "
               "[LIMIT count]] <*|id> field value [field value ...]",
     .history = kAddHistory,
     .flags = exec::kWrite | exec::kDenyoom | exec::kFast,
     .keys = kAddedKey,
     .shape = exec::owner(xadd),
     .tips = "nondeterministic_output"},
    {.name = "XTRIM",
     .since = "5.0.0",
     .group = exec::Group::stream,
     .complexity = "O(N) where N is the number of entries removed, in blocks of many",
     .summary = "Removes the oldest entries of a stream.",
     .syntax = "key <MAXLEN|MINID> [=|~] threshold [LIMIT count] [KEEPREF|DELREF|ACKED]",
     .history = kTrimHistory,
     .flags = exec::kWrite,
     .keys = kTrimmedKey,
     .shape = exec::owner(xtrim),
     .tips = "nondeterministic_output"},
};

}  // namespace

extern const exec::Rows stream_xadd{kRows};

}  // namespace gyre::commands
