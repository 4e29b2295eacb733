// XSETID.
#include <optional>

#include "base/number.h"
#include "base/text.h"
#include "commands/stream/streams.h"

namespace gyre::commands {
namespace {

using data::Stream;
using data::StreamId;
using exec::Request;
using resp::Reply;
using store::Event;
using store::Shard;

constexpr Event kIdSet{'t', "xsetid", nullptr, false};

struct SetId {
  StreamId last;
  std::optional<uint64_t> added;
  StreamId max_deleted;
};

Result<SetId> parse_set_id(const Request& request) {
  SetId set;
  GYRE_TRY_LET(last, parse_stream_id(request.arg(2), 0));
  set.last = last;
  for (size_t i = 3; i < request.size(); i += 2) {
    const bool has_more = i + 1 < request.size();
    if (has_more && base::equals_ignore_case(request.arg(i), "ENTRIESADDED")) {
      const auto added = base::parse_int64(request.arg(i + 1));
      if (!added) {
        return fail(exec::errors::not_integer);
      }
      if (*added < 0) {
        return fail("ERR entries_added must be positive");
      }
      set.added = static_cast<uint64_t>(*added);
    } else if (has_more && base::equals_ignore_case(request.arg(i), "MAXDELETEDID")) {
      GYRE_TRY_LET(id, parse_stream_id(request.arg(i + 1), 0));
      if (set.last < id) {
        return fail(
            "ERR The ID specified in XSETID is smaller than the provided max_deleted_entry_id");
      }
      set.max_deleted = id;
    } else {
      return fail(exec::errors::syntax);
    }
  }
  return set;
}

Status xsetid(Request& request, Shard& shard, Reply& reply) {
  GYRE_TRY_LET(set, parse_set_id(request));
  GYRE_TRY_LET(stream, find_value_for_write<Stream>(request, shard));
  if (stream == nullptr) {
    return fail(exec::errors::no_such_key);
  }
  if (set.last < stream->max_deleted_id()) {
    return fail("ERR The ID specified in XSETID is smaller than current max_deleted_entry_id");
  }
  if (stream->size() > 0 && set.last < stream->top_id()) {
    return fail("ERR The ID specified in XSETID is smaller than the target stream top item");
  }
  if (set.added && *set.added < stream->size()) {
    return fail(
        "ERR The entries_added specified in XSETID is smaller than the target stream length");
  }
  stream->set_last_id(set.last);
  if (set.added) {
    stream->set_entries_added(*set.added);
  }
  if (!set.max_deleted.is_zero()) {
    stream->set_max_deleted_id(set.max_deleted);
  }
  shard.commit(shard.db(request.db), request.key, kIdSet);
  reply.ok();
  return {};
}

constexpr exec::KeySpec kUpdatedKey[] = {{.flags = "RW update"}};
constexpr exec::Change kHistory[] = {{"7.0.0", "`ENTRIESADDED` and `MAXDELETEDID`."}};

constexpr exec::Command kRows[] = {
    {.name = "XSETID",
     .since = "5.0.0",
     .group = exec::Group::stream,
     .complexity = "O(1)",
     .summary = "Sets the last id of a stream.",
     .syntax = "key last-id [ENTRIESADDED entries-added:integer] [MAXDELETEDID max-deleted-id]",
     .history = kHistory,
     .flags = exec::kWrite | exec::kDenyoom | exec::kFast,
     .keys = kUpdatedKey,
     .shape = exec::owner(xsetid),
     .repeat = exec::Repeat::same},
};

}  // namespace

extern const exec::Rows stream_xsetid{kRows};

}  // namespace gyre::commands
