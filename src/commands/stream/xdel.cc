// XDEL, XDELEX, XACK, XACKDEL.
#include <vector>

#include "base/number.h"
#include "base/text.h"
#include "commands/stream/groups.h"
#include "commands/stream/trim_options.h"

namespace gyre::commands {
namespace {

using data::References;
using data::Stream;
using data::StreamGroup;
using data::StreamId;
using exec::Request;
using resp::Reply;
using store::Event;
using store::Shard;

constexpr Event kDeleted{'t', "xdel"};

using Ids = std::vector<StreamId>;

Result<Ids> parse_ids(std::span<const std::string_view> texts) {
  Ids ids;
  ids.reserve(texts.size());
  for (const std::string_view text : texts) {
    GYRE_TRY_LET(id, parse_stream_id(text, 0));
    ids.push_back(id);
  }
  return ids;
}

Status xdel(Request& request, Shard& shard, Reply& reply) {
  GYRE_TRY_LET(stream, find_value_for_write<Stream>(request, shard));
  if (stream == nullptr) {
    reply.integer(0);
    return {};
  }
  GYRE_TRY_LET(ids, parse_ids(request.args(2)));
  int64_t deleted = 0;
  for (const StreamId id : ids) {
    deleted += stream->erase(id) ? 1 : 0;
  }
  if (deleted > 0) {
    shard.commit(shard.db(request.db), request.key, kDeleted);
  }
  reply.integer(deleted);
  return {};
}

Status xack(Request& request, Shard& shard, Reply& reply) {
  store::Keyspace& db = shard.db(request.db);
  GYRE_TRY_LET(group, find_group(request, db.find_for_write(request.key), request.arg(2)));
  if (group == nullptr) {
    reply.integer(0);
    return {};
  }
  GYRE_TRY_LET(ids, parse_ids(request.args(3)));
  int64_t acknowledged = 0;
  for (const StreamId id : ids) {
    acknowledged += group->acknowledge(id) ? 1 : 0;
  }
  if (acknowledged > 0) {
    shard.commit(db, request.key, kStreamGroupChanged);
  }
  reply.integer(acknowledged);
  return {};
}

// ---- Deleting with care for references ----

struct Deletion {
  References references = References::keep;
  Ids ids;
};

// KEEPREF, DELREF or ACKED, and IDS with as many ids as it says, in any order.
Result<Deletion> parse_deletion(const Request& request, size_t first) {
  Deletion deletion;
  bool has_references = false;
  for (size_t i = first; i < request.size(); ++i) {
    const std::optional<References> references = parse_references(request.arg(i));
    if (references && !has_references) {
      has_references = true;
      deletion.references = *references;
    } else if (base::equals_ignore_case(request.arg(i), "IDS") && deletion.ids.empty() &&
               i + 1 < request.size()) {
      const auto count = base::parse_int64(request.arg(++i));
      if (!count || *count < 1) {
        return fail("ERR Number of IDs must be a positive integer");
      }
      if (static_cast<uint64_t>(*count) >= request.size() - i) {
        return fail("ERR The `numids` parameter must match the number of arguments");
      }
      GYRE_TRY_LET(ids, parse_ids(request.args(i + 1).first(static_cast<size_t>(*count))));
      i += ids.size();
      deletion.ids = std::move(ids);
    } else {
      return fail(exec::errors::syntax);
    }
  }
  if (deletion.ids.empty()) {
    return fail(exec::errors::syntax);
  }
  return deletion;
}

enum Outcome : int64_t { kMissing = -1, kGone = 1, kReferenced = 2 };

Outcome erase_with_care(Stream& stream, StreamId id, References references) {
  if (references == References::heed && stream.is_referenced(id)) {
    return stream.contains(id) ? kReferenced : kMissing;
  }
  if (references == References::drop) {
    stream.drop_references(id);
  }
  return stream.erase(id) ? kGone : kMissing;
}

void reply_all_missing(Reply& reply, size_t count) {
  reply.array(count);
  for (size_t i = 0; i < count; ++i) {
    reply.integer(kMissing);
  }
}

Status xdelex(Request& request, Shard& shard, Reply& reply) {
  GYRE_TRY_LET(stream, find_value_for_write<Stream>(request, shard));
  GYRE_TRY_LET(deletion, parse_deletion(request, 2));
  if (stream == nullptr) {
    reply_all_missing(reply, deletion.ids.size());
    return {};
  }
  const size_t before = stream->size();
  reply.array(deletion.ids.size());
  for (const StreamId id : deletion.ids) {
    reply.integer(erase_with_care(*stream, id, deletion.references));
  }
  if (stream->size() < before) {
    shard.commit(shard.db(request.db), request.key, kDeleted);
  } else if (deletion.references == References::drop) {
    shard.commit(shard.db(request.db), request.key, kStreamGroupChanged);
  }
  return {};
}

Status xackdel(Request& request, Shard& shard, Reply& reply) {
  GYRE_TRY_LET(stream, find_value_for_write<Stream>(request, shard));
  GYRE_TRY_LET(deletion, parse_deletion(request, 3));
  StreamGroup* group = stream != nullptr ? stream->find_group(request.arg(2)) : nullptr;
  if (group == nullptr) {
    reply_all_missing(reply, deletion.ids.size());
    return {};
  }
  const size_t before = stream->size();
  bool has_acknowledged = false;
  reply.array(deletion.ids.size());
  for (const StreamId id : deletion.ids) {
    if (!group->acknowledge(id)) {
      reply.integer(kMissing);
      continue;
    }
    has_acknowledged = true;
    const Outcome outcome = erase_with_care(*stream, id, deletion.references);
    reply.integer(outcome == kReferenced ? kReferenced : kGone);
  }
  if (stream->size() < before) {
    shard.commit(shard.db(request.db), request.key, kDeleted);
  } else if (has_acknowledged) {
    shard.commit(shard.db(request.db), request.key, kStreamGroupChanged);
  }
  return {};
}

constexpr exec::KeySpec kDeletedKey[] = {{.flags = "RW delete"}};
constexpr exec::KeySpec kUpdatedKey[] = {{.flags = "RW update"}};

constexpr exec::Command row(std::string_view name, std::string_view since, std::string_view summary,
                            std::string_view syntax, std::span<const exec::KeySpec> keys,
                            exec::Handler handler) {
  return {.name = name,
          .since = since,
          .group = exec::Group::stream,
          .complexity = "O(N) where N is the number of ids given",
          .summary = summary,
          .syntax = syntax,
          .flags = exec::kWrite | exec::kFast,
          .keys = keys,
          .shape = exec::owner(handler),
          .repeat = exec::Repeat::same};
}

constexpr exec::Command kRows[] = {
    row("XACK", "5.0.0", "Acknowledges entries that a group was given.", "key group id [id ...]",
        kUpdatedKey, xack),
    row("XACKDEL", "8.2.0", "Acknowledges entries that a group was given, and deletes them.",
        "key group [KEEPREF|DELREF|ACKED] IDS numids id [id ...]", kDeletedKey, xackdel),
    row("XDEL", "5.0.0", "Deletes entries of a stream.", "key id [id ...]", kDeletedKey, xdel),
    row("XDELEX", "8.2.0", "Deletes entries of a stream with regard to what groups refer to.",
        "key [KEEPREF|DELREF|ACKED] IDS numids id [id ...]", kDeletedKey, xdelex),
};

}  // namespace

extern const exec::Rows stream_xdel{kRows};

}  // namespace gyre::commands
