// XREAD.
#include <string>

#include "commands/stream/read_options.h"
#include "commands/stream/stream_walk.h"
#include "exec/engine.h"

namespace gyre::commands {
namespace {

using data::Stream;
using data::StreamEntry;
using data::StreamId;
using exec::Carry;
using exec::Request;
using resp::Reply;
using store::Shard;

// The id behind which entries are asked for. `stream` is null if there is no key.
Result<StreamId> parse_behind(std::string_view text, const Stream* stream) {
  if (text == "$") {
    return stream != nullptr ? stream->last_id() : StreamId{};
  }
  if (text == "+") {
    std::optional<StreamId> before;
    if (stream != nullptr) {
      stream->visit_back({}, StreamId::max(), [&](const StreamEntry& entry) {
        before = entry.id().previous();
        return false;
      });
    }
    return before.value_or(StreamId{});
  }
  if (text == ">") {
    return fail(
        "ERR The > ID can be specified only when calling XREADGROUP using the GROUP <group> "
        "<consumer> option.");
  }
  return parse_stream_id(text, 0);
}

// What one key has to give.
struct Source {
  const Stream* stream = nullptr;  // null if nothing
  StreamRange range;
};

Result<Source> find_source(const Request& request, store::Entry* entry, std::string_view id) {
  GYRE_TRY_LET(stream, value_in<Stream>(entry));
  GYRE_TRY_LET(behind, parse_behind(id, stream));
  const StreamRange range = range_behind(behind);
  if (stream == nullptr || stream->count(range.from, range.to, 1) == 0) {
    return Source{};
  }
  return Source{stream, range};
}

void reply_entries(Reply& reply, std::string_view key, const Source& source, size_t count) {
  reply_source(reply, key);
  reply_stream_range(reply, *source.stream, source.range, count);
}

Status xread_read(Request& request, Shard& shard, Carry& carry) {
  GYRE_TRY_LET(options, parse_read_options(request, carry, false));
  for (const exec::KeyRef& ref : request.keys) {
    store::Entry* entry = shard.db(request.db).find(request.key_at(ref));
    const auto source = find_source(request, entry, request.arg(ref.position + options.keys));
    if (carry.is_here) {
      GYRE_TRY(source);
    } else if (!source) {
      carry_error(carry, ref.position, source.error());
    } else if (source->stream != nullptr) {
      BlobReply blob(request.resp3);
      reply_entries(blob.reply(), request.arg(ref.position), *source, options.count);
      carry.at(ref.position).entry = blob.take_entry();
    }
  }
  return {};
}

Status xread(Request& request, Shard& shard, Carry& carry, Reply& reply) {
  GYRE_TRY_LET(options, parse_read_options(request, carry, false));
  if (!owns_key(request, options.first_key)) {
    return {};
  }
  if (!carry.is_here) {
    GYRE_TRY(carried_error(carry));
    reply_carried(reply, carry);
    return {};
  }
  std::vector<Source> sources;
  size_t count = 0;
  for (const Carry::Item& item : carry.items) {
    store::Entry* entry = shard.db(request.db).peek({request.arg(item.position), item.hash});
    GYRE_TRY_LET(source, find_source(request, entry, request.arg(item.position + options.keys)));
    sources.push_back(source);
    count += source.stream != nullptr ? 1 : 0;
  }
  if (count == 0) {
    return exec::Engine::current().nothing_yet(request, reply);
  }
  reply_sources(reply, count);
  // A request that has waited is run for one of its keys, which need not be the first.
  const bool is_first = request.key.name == request.arg(carry.items[0].position);
  if (sources.size() == 1 && count == 1 && is_first) {
    reply_source(reply, request.key.name);
    return reply_range_in_steps(request, shard, reply, *sources[0].stream, sources[0].range,
                                options.count, false);
  }
  for (size_t i = 0; i < sources.size(); ++i) {
    if (sources[i].stream != nullptr) {
      reply_entries(reply, request.arg(carry.items[i].position), sources[i], options.count);
    }
  }
  return {};
}

bool can_serve(const Request& request, Shard& shard, const store::Key& key) {
  const auto source =
      find_source(request, shard.db(request.db).peek(key), request.arg(request.size() - 1));
  return source && source->stream != nullptr;
}

// "$" is what is last now.
void narrow(const Request& request, Shard& shard, exec::ParkedKey& parked) {
  const ReadOptions options = *parse_read_options(request, false);
  const uint32_t position = parked.key.position;
  const store::Key key{request.arg(position), parked.key.hash};
  const auto stream = value_in<Stream>(shard.db(request.db).peek(key));
  const auto behind =
      parse_behind(request.arg(position + options.keys), stream ? *stream : nullptr);
  const StreamId id = behind ? *behind : StreamId{};
  narrow_read(request, options, std::to_string(id.ms) + "-" + std::to_string(id.seq), parked);
}

constexpr exec::Blocking kBlocking{
    .timeout_ms = [](const Request& request) { return read_timeout(request, false); },
    .can_serve = can_serve,
    .narrow = narrow};

constexpr exec::KeySpec kSourceKeys[] = {{.flags = "RO access",
                                          .begin = exec::KeySpec::Begin::keyword,
                                          .index = 1,
                                          .keyword = "STREAMS",
                                          .last = -1,
                                          .limit = 2}};

constexpr exec::Command kRows[] = {
    {.name = "XREAD",
     .since = "5.0.0",
     .group = exec::Group::stream,
     .complexity = "O(N) where N is the number of entries returned",
     .summary = "Returns entries of several streams behind given ids.",
     .syntax = "[COUNT count] [BLOCK milliseconds] STREAMS key [key ...] id [id ...]",
     .flags = exec::kReadonly | exec::kBlocking | exec::kMovablekeys,
     .keys = kSourceKeys,
     .shape = exec::gather_or_block(xread_read, xread, kBlocking)},
};

}  // namespace

extern const exec::Rows stream_xread{kRows};

}  // namespace gyre::commands
