// XGROUP.
#include <algorithm>
#include <utility>

#include "base/number.h"
#include "base/text.h"
#include "commands/help.h"
#include "commands/stream/groups.h"

namespace gyre::commands {
namespace {

using data::Stream;
using data::StreamGroup;
using data::StreamId;
using exec::Request;
using resp::Reply;
using store::Event;
using store::Shard;

constexpr Event kCreatedStream{'t', "xgroup-create"};
constexpr Event kCreated{'t', "xgroup-create", nullptr, false};
constexpr Event kSet{'t', "xgroup-setid", nullptr, false};
constexpr Event kDestroyed{'t', "xgroup-destroy", nullptr, false};
constexpr Event kDeleted{'t', "xgroup-delconsumer", nullptr, false};

constexpr Error kNoKey{
    "ERR The XGROUP subcommand requires the key to exist. Note that for CREATE you may want to use "
    "the MKSTREAM option to create an empty stream automatically."};

constexpr size_t kGroup = 3;  // positions of the arguments
constexpr size_t kId = 4;
constexpr size_t kConsumer = 4;

struct GroupOptions {
  bool may_create = false;
  int64_t entries_read = StreamGroup::kUnknown;
};

tl::unexpected<Error> wrong_arguments(const Request& request) {
  const std::string_view name = request.arg(1);
  return exec::format_error(
      "ERR unknown subcommand or wrong number of arguments for '%.*s'. Try XGROUP HELP.",
      static_cast<int>(std::min<size_t>(name.size(), 128)), name.data());
}

Result<GroupOptions> parse_options(const Request& request, bool is_create) {
  GroupOptions options;
  for (size_t i = kId + 1; i < request.size(); ++i) {
    if (is_create && base::equals_ignore_case(request.arg(i), "MKSTREAM")) {
      options.may_create = true;
    } else if (base::equals_ignore_case(request.arg(i), "ENTRIESREAD") && i + 1 < request.size()) {
      const auto number = base::parse_int64(request.arg(++i));
      if (!number) {
        return fail(exec::errors::not_integer);
      }
      if (*number < StreamGroup::kUnknown) {
        return fail("ERR value for ENTRIESREAD must be positive or -1");
      }
      options.entries_read = *number;
    } else {
      return wrong_arguments(request);
    }
  }
  return options;
}

// How far a group is to have read.
Result<StreamId> parse_last_id(const Request& request, const Stream* stream) {
  if (request.arg(kId) == "$") {
    return stream != nullptr ? stream->last_id() : StreamId{};
  }
  return parse_stream_id(request.arg(kId), 0);
}
// The same of a group that is there: SETID takes "-" and "+" too.
Result<StreamId> parse_new_last_id(const Request& request, const Stream& stream) {
  return request.arg(kId) == "$" ? stream.last_id() : parse_stream_bound(request.arg(kId), 0);
}

Result<Stream*> find_existing(const Request& request, Shard& shard) {
  GYRE_TRY_LET(stream, find_value_for_write<Stream>(request, shard));
  return stream != nullptr ? Result<Stream*>(stream) : fail(kNoKey);
}

Result<StreamGroup*> find_existing_group(const Request& request, Shard& shard) {
  GYRE_TRY_LET(stream, find_existing(request, shard));
  StreamGroup* group = stream->find_group(request.arg(kGroup));
  return group != nullptr ? Result<StreamGroup*>(group)
                          : no_group(request.arg(2), request.arg(kGroup));
}

Status create(Request& request, Shard& shard, Reply& reply) {
  GYRE_TRY_LET(options, parse_options(request, true));
  GYRE_TRY_LET(stream, find_value_for_write<Stream>(request, shard));
  if (stream == nullptr && !options.may_create) {
    return fail(kNoKey);
  }
  if (request.size() > kId + 4) {
    return wrong_arguments(request);
  }
  GYRE_TRY_LET(last_id, parse_last_id(request, stream));
  store::Keyspace& db = shard.db(request.db);
  const bool is_new = stream == nullptr;
  if (is_new) {
    stream = &make_stream(db, request.key);
  }
  if (stream->find_group(request.arg(kGroup)) != nullptr) {
    return fail("BUSYGROUP Consumer Group name already exists");
  }
  stream->make_group(request.arg(kGroup), last_id, options.entries_read);
  shard.commit(db, request.key, is_new ? kCreatedStream : kCreated);
  reply.ok();
  return {};
}

Status setid(Request& request, Shard& shard, Reply& reply) {
  GYRE_TRY_LET(options, parse_options(request, false));
  GYRE_TRY_LET(group, find_existing_group(request, shard));
  if (request.size() > kId + 3) {
    return wrong_arguments(request);
  }
  GYRE_TRY_LET(stream, find_value_for_write<Stream>(request, shard));
  GYRE_TRY_LET(last_id, parse_new_last_id(request, *stream));
  group->last_id = last_id;
  group->entries_read = options.entries_read;
  shard.commit(shard.db(request.db), request.key, kSet);
  reply.ok();
  return {};
}

Status destroy(Request& request, Shard& shard, Reply& reply) {
  GYRE_TRY_LET(stream, find_existing(request, shard));
  const bool is_there = stream->find_group(request.arg(kGroup)) != nullptr;
  if (is_there) {
    discard_stream(shard, stream->take_group(request.arg(kGroup)));
    shard.commit(shard.db(request.db), request.key, kDestroyed);
  }
  reply.integer(is_there ? 1 : 0);
  return {};
}

Status createconsumer(Request& request, Shard& shard, Reply& reply) {
  GYRE_TRY_LET(group, find_existing_group(request, shard));
  const bool is_there = group->find_consumer(request.arg(kConsumer)) != nullptr;
  if (!is_there) {
    find_or_make_consumer(shard, shard.db(request.db), request.key, *group, request.arg(kGroup),
                          request.arg(kConsumer));
  }
  reply.integer(is_there ? 0 : 1);
  return {};
}

Status delconsumer(Request& request, Shard& shard, Reply& reply) {
  GYRE_TRY_LET(group, find_existing_group(request, shard));
  size_t pending = 0;
  if (group->find_consumer(request.arg(kConsumer)) != nullptr) {
    pending = group->erase_consumer(request.arg(kConsumer));
    shard.commit(shard.db(request.db), request.key, kDeleted);
  }
  reply.integer(static_cast<int64_t>(pending));
  return {};
}

constexpr exec::KeySpec kInsertedKey[] = {{.flags = "RW insert", .index = 2}};
constexpr exec::KeySpec kUpdatedKey[] = {{.flags = "RW update", .index = 2}};
constexpr exec::KeySpec kDeletedKey[] = {{.flags = "RW delete", .index = 2}};
constexpr exec::Change kReadHistory[] = {{"7.0.0", "`ENTRIESREAD`."}};

constexpr exec::Command group_row(std::string_view name, std::string_view since,
                                  std::string_view complexity, std::string_view summary,
                                  std::string_view syntax, std::span<const exec::KeySpec> keys,
                                  exec::Handler handler) {
  return {.name = name,
          .parent = "XGROUP",
          .since = since,
          .group = exec::Group::stream,
          .complexity = complexity,
          .summary = summary,
          .syntax = syntax,
          .history = name == "CREATE" || name == "SETID" ? std::span(kReadHistory)
                                                         : std::span<const exec::Change>(),
          .flags = exec::kWrite |
                   (name == "CREATE" || name == "CREATECONSUMER" ? exec::kDenyoom : exec::Flag{}),
          .keys = keys,
          .shape = exec::owner(handler),
          .repeat = exec::Repeat::same};
}

constexpr std::string_view kPendingCost = "O(N) where N is the number of pending entries";

constexpr exec::Command kRows[] = {
    {.name = "XGROUP",
     .since = "5.0.0",
     .group = exec::Group::stream,
     .complexity = "Depends on subcommand.",
     .summary = "Commands that manage the consumer groups of a stream."},
    group_row("CREATE", "5.0.0", "O(1)", "Makes a consumer group.",
              "key group <id|$> [MKSTREAM] [ENTRIESREAD entries-read:integer]", kInsertedKey,
              create),
    group_row("CREATECONSUMER", "6.2.0", "O(1)", "Makes a consumer of a group.",
              "key group consumer", kInsertedKey, createconsumer),
    group_row("DELCONSUMER", "5.0.0", "O(N) where N is the number of entries pending for it",
              "Removes a consumer from a group with all that is pending for it.",
              "key group consumer", kDeletedKey, delconsumer),
    group_row("DESTROY", "5.0.0", kPendingCost, "Removes a consumer group.", "key group",
              kDeletedKey, destroy),
    group_row("SETID", "5.0.0", "O(1)", "Sets how far a group has read.",
              "key group <id|$> [ENTRIESREAD entries-read:integer]", kUpdatedKey, setid),
    {.name = "HELP",
     .parent = "XGROUP",
     .since = "5.0.0",
     .group = exec::Group::stream,
     .complexity = "O(1)",
     .summary = "Returns what the subcommands do.",
     .flags = exec::kLoading | exec::kStale,
     .shape = exec::here(container_help)},
};

}  // namespace

extern const exec::Rows stream_xgroup{kRows};

}  // namespace gyre::commands
