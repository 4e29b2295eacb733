// XREADGROUP.
#include <optional>
#include <vector>

#include "commands/stream/group_source.h"
#include "commands/stream/records.h"
#include "exec/engine.h"

namespace gyre::commands {
namespace {

using data::Stream;
using data::StreamConsumer;
using data::StreamEntry;
using data::StreamGroup;
using data::StreamId;
using data::StreamPending;
using exec::Carry;
using exec::Request;
using resp::Reply;
using store::Shard;

// What is pending for the consumer.
std::vector<StreamId> pending_ids(const GroupSource& source, const StreamConsumer* consumer,
                                  size_t count) {
  std::vector<StreamId> ids;
  if (consumer != nullptr) {
    consumer->pending().ascend(source.range.from, [&](const auto& item) {
      ids.push_back(item.id);
      return ids.size() < count;
    });
  }
  return ids;
}

void reply_source_entries(Reply& reply, std::string_view key, const GroupSource& source,
                          const ReadOptions& options) {
  reply_source(reply, key);
  if (!source.is_history) {
    reply_stream_range(reply, *source.stream, source.range, options.count);
    return;
  }
  const std::vector<StreamId> ids =
      pending_ids(source, source.group->find_consumer(options.consumer), options.count);
  reply.array(ids.size());
  for (const StreamId id : ids) {
    if (const std::optional<StreamEntry> entry = source.stream->find(id)) {
      reply_stream_entry(reply, *entry);
    } else {  // deleted
      reply.array(2);
      reply_stream_id(reply, id);
      reply.null_array();
    }
  }
}

// Changes the group as the reply says; false if that is not at all.
bool deliver(const GroupSource& source, StreamConsumer& consumer, const ReadOptions& options,
             int64_t now_ms, const GroupRecords& records) {
  size_t left = options.count;
  if (source.is_history) {
    bool has_changed = false;
    for (const StreamId id : pending_ids(source, &consumer, options.count)) {
      if (source.stream->contains(id)) {
        StreamPending& pending = *source.group->find_pending(id);
        pending.delivered_ms = now_ms;
        ++pending.deliveries;
        records.owned(*source.group, options.consumer, id);
        has_changed = true;
      }
    }
    return has_changed;
  }
  source.stream->visit(source.range.from, source.range.to, [&](const StreamEntry& entry) {
    advance_group(*source.stream, *source.group, entry.id());
    if (!options.has_no_ack) {
      source.group->give(entry.id(), consumer, now_ms, 1);
      consumer.active_ms = now_ms;
      records.owned(*source.group, options.consumer, entry.id());
    }
    return --left > 0;
  });
  records.advanced(*source.group);
  return true;
}

// Leaves out what goes to those who ask for the same further to the left, and are served first.
void skip_given(const Request& request, const ReadOptions& options, uint32_t position,
                GroupSource& source) {
  for (uint32_t i = options.first_key; !source.is_history && i < position; ++i) {
    if (request.arg(i) != request.arg(position) || request.arg(i + options.keys) != ">") {
      continue;
    }
    size_t left = options.count;
    StreamId last = StreamId::max();
    source.stream->visit(source.range.from, source.range.to, [&](const StreamEntry& entry) {
      last = --left == 0 ? entry.id() : last;
      return left > 0;
    });
    source.range = range_behind(last);
  }
}

Status xreadgroup_read(Request& request, Shard& shard, Carry& carry) {
  GYRE_TRY_LET(options, parse_read_options(request, carry, true));
  for (const exec::KeyRef& ref : request.keys) {
    store::Entry* entry = shard.db(request.db).find(request.key_at(ref));
    auto source = find_group_source(request, options, entry, ref.position);
    if (carry.is_here) {
      GYRE_TRY(source);
    } else if (!source) {
      carry_error(carry, ref.position, source.error());
    } else if (skip_given(request, options, ref.position, *source); source->has_any()) {
      BlobReply blob(request.resp3);
      reply_source_entries(blob.reply(), request.arg(ref.position), *source, options);
      carry.at(ref.position).entry = blob.take_entry();
    }
  }
  return {};
}

// One key of this core: replies, unless that has been done when it was read, and delivers. Returns
// whether there is anything.
Result<bool> serve(const Request& request, Shard& shard, const ReadOptions& options,
                   const store::Key& key, uint32_t position, Reply* reply) {
  store::Keyspace& db = shard.db(request.db);
  db.before_change(key);
  GYRE_TRY_LET(source, find_group_source(request, options, db.peek(key), position));
  StreamConsumer& consumer =
      find_or_make_consumer(shard, db, key, *source.group, options.group, options.consumer);
  if (!source.has_any()) {
    return false;
  }
  if (reply != nullptr && options.keys == 1) {
    reply_sources(*reply, 1);
  }
  if (reply != nullptr) {
    reply_source_entries(*reply, key.name, source, options);
  }
  if (deliver(source, consumer, options, shard.now_ms(),
              GroupRecords(shard, db, key, options.group))) {
    shard.commit(db, key, kStreamGroupChanged);
  }
  return true;
}

// All keys are on this core. How many of several have something is known only when all have been
// served: one may be named twice.
Status serve_here(const Request& request, Shard& shard, const ReadOptions& options,
                  const Carry& carry, Reply& reply) {
  const auto serve_item = [&](const Carry::Item& item, Reply& part) {
    const store::Key key{request.arg(item.position), item.hash};
    return serve(request, shard, options, key, item.position, &part);
  };
  if (options.keys == 1) {
    GYRE_TRY_LET(has_any, serve_item(carry.items[0], reply));
    return has_any ? Status{} : exec::Engine::current().nothing_yet(request, reply);
  }
  BlobReply parts(request.resp3);
  size_t count = 0;
  for (const Carry::Item& item : carry.items) {
    GYRE_TRY_LET(has_any, serve_item(item, parts.reply()));
    count += has_any ? 1 : 0;
  }
  if (count == 0) {
    return exec::Engine::current().nothing_yet(request, reply);
  }
  reply_sources(reply, count);
  const base::BlobRef blob = parts.take();
  reply.raw(*blob.get(), blob.get()->view());
  return {};
}

Status xreadgroup(Request& request, Shard& shard, Carry& carry, Reply& reply) {
  GYRE_TRY_LET(options, parse_read_options(request, carry, true));
  if (carry.is_here) {
    return serve_here(request, shard, options, carry, reply);
  }
  if (const Status status = carried_error(carry); !status) {
    return owns_key(request, options.first_key) ? status : Status{};
  }
  for (const exec::KeyRef& ref : request.keys) {
    // It fails if the key's time has come since it was read; the reply stands.
    static_cast<void>(serve(request, shard, options, request.key_at(ref), ref.position, nullptr));
  }
  if (owns_key(request, options.first_key)) {
    reply_carried(reply, carry);
  }
  return {};
}

// Also when there is an error to tell.
bool can_serve(const Request& request, Shard& shard, const store::Key& key) {
  const Result<ReadOptions> options = parse_read_options(request, true);
  const auto source =
      find_group_source(request, *options, shard.db(request.db).peek(key), options->first_key);
  return !source || source->has_any();
}

constexpr exec::Blocking kBlocking{
    .timeout_ms = [](const Request& request) { return read_timeout(request, true); },
    .can_serve = can_serve,
    .narrow =
        [](const Request& request, Shard&, exec::ParkedKey& parked) {
          narrow_read(request, *parse_read_options(request, true), ">", parked);
        },
    .minds_absence = true};

constexpr exec::KeySpec kSourceKeys[] = {{.flags = "RO access",
                                          .begin = exec::KeySpec::Begin::keyword,
                                          .index = 4,
                                          .keyword = "STREAMS",
                                          .last = -1,
                                          .limit = 2}};

constexpr exec::Command kRows[] = {
    {.name = "XREADGROUP",
     .since = "5.0.0",
     .group = exec::Group::stream,
     .complexity = "O(N) where N is the number of entries returned",
     .summary = "Returns entries of several streams that are new to a group, or that are pending "
                "for one of its consumers.",
     .syntax = "GROUP group consumer [COUNT count] [BLOCK milliseconds] [NOACK] STREAMS key "
               "[key ...] id [id ...]",
     .flags = exec::kWrite | exec::kBlocking | exec::kMovablekeys,
     .keys = kSourceKeys,
     .shape = exec::gather_or_block(xreadgroup_read, xreadgroup, kBlocking)},
};

}  // namespace

extern const exec::Rows stream_xreadgroup{kRows};

}  // namespace gyre::commands
