// What the stream commands share: ids as arguments and in replies, entries in replies, trimming.
#pragma once

#include <optional>
#include <string_view>

#include "commands/collections.h"
#include "data/stream.h"

namespace gyre::commands {

inline constexpr Error kBadStreamId{"ERR Invalid stream ID specified as stream command argument"};

// Stores a stream of nothing under a key that does not exist.
data::Stream& make_stream(store::Keyspace& db, const store::Key& key);

// "ms-seq", or "ms", which has `missing_seq` behind it.
Result<data::StreamId> parse_stream_id(std::string_view text, uint64_t missing_seq);
// That, or "-" and "+" for the lowest and the highest.
Result<data::StreamId> parse_stream_bound(std::string_view text, uint64_t missing_seq);

// From one id to another, both included; empty if the first is above the other.
struct StreamRange {
  data::StreamId from;
  data::StreamId to;
};
// Bounds that "(" may exclude.
Result<StreamRange> parse_stream_range(std::string_view from, std::string_view to);

// Deletes what DEL and its kin delete when its time comes, if it is large.
void discard_stream(store::Shard& shard, data::Stream rest);

void reply_stream_id(resp::Reply& reply, data::StreamId id);
// The id, and an array of names and values.
void reply_stream_entry(resp::Reply& reply, const data::StreamEntry& entry);
// An array of up to `max` entries.
void reply_stream_range(resp::Reply& reply, const data::Stream& stream, const StreamRange& range,
                        size_t max);

}  // namespace gyre::commands
