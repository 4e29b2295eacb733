#include "commands/stream/streams.h"

#include <utility>

#include "base/number.h"

namespace gyre::commands {

using data::Stream;
using data::StreamEntry;
using data::StreamId;

Stream& make_stream(store::Keyspace& db, const store::Key& key) {
  store::Entry* entry = store::make_value(key.name, Stream::make(), store::Entry::kNever);
  db.put(key, entry);
  return entry->value<Stream>();
}

Result<StreamId> parse_stream_id(std::string_view text, uint64_t missing_seq) {
  constexpr size_t kCharsMax = 127;  // longer ones have zeros in front, which Redis cuts off
  const size_t dash = text.find('-');
  const auto ms = base::parse_uint64(text.substr(0, dash));
  const auto seq =
      dash == std::string_view::npos ? missing_seq : base::parse_uint64(text.substr(dash + 1));
  if (!ms || !seq || text.size() > kCharsMax) {
    return fail(kBadStreamId);
  }
  return StreamId{*ms, *seq};
}

Result<StreamId> parse_stream_bound(std::string_view text, uint64_t missing_seq) {
  if (text == "-") {
    return StreamId{};
  }
  return text == "+" ? StreamId::max() : parse_stream_id(text, missing_seq);
}

Result<StreamRange> parse_stream_range(std::string_view from, std::string_view to) {
  const auto is_excluded = [](std::string_view bound) {
    return bound.size() > 1 && bound.front() == '(';
  };
  const auto parse = [&](std::string_view bound, uint64_t missing_seq) {
    return is_excluded(bound) ? parse_stream_id(bound.substr(1), missing_seq)
                              : parse_stream_bound(bound, missing_seq);
  };
  GYRE_TRY_LET(first, parse(from, 0));
  if (is_excluded(from)) {
    const std::optional<StreamId> next = first.next();
    if (!next) {
      return fail("ERR invalid start ID for the interval");
    }
    first = *next;
  }
  GYRE_TRY_LET(last, parse(to, UINT64_MAX));
  if (is_excluded(to)) {
    const std::optional<StreamId> previous = last.previous();
    if (!previous) {
      return fail("ERR invalid end ID for the interval");
    }
    last = *previous;
  }
  return StreamRange{first, last};
}

void discard_stream(store::Shard& shard, Stream rest) {
  if (rest.pieces() > store::kDrainMin) {
    shard.discard(store::make_value("", std::move(rest), store::Entry::kNever));
  }
}

void reply_stream_id(resp::Reply& reply, StreamId id) {
  char text[StreamId::kCharsMax];
  reply.bulk({text, id.format(text)});
}

void reply_stream_entry(resp::Reply& reply, const StreamEntry& entry) {
  reply.array(2);
  reply_stream_id(reply, entry.id());
  reply.array(size_t{entry.fields()} * 2);
  entry.for_each([&](const data::Element& name, const data::Element& value) {
    reply_element(reply, name);
    reply_element(reply, value);
  });
}

void reply_stream_range(resp::Reply& reply, const Stream& stream, const StreamRange& range,
                        size_t max) {
  size_t left = stream.count(range.from, range.to, max);
  reply.array(left);
  if (left > 0) {
    stream.visit(range.from, range.to, [&](const StreamEntry& entry) {
      reply_stream_entry(reply, entry);
      return --left > 0;
    });
  }
}

}  // namespace gyre::commands
