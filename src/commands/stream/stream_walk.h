// StreamWalk: entries of a stream within a range of ids, shown part by part.
#pragma once

#include <algorithm>
#include <cstddef>

#include "commands/in_steps.h"
#include "commands/stream/streams.h"

namespace gyre::commands {

// See commands/in_steps.h.
struct StreamWalk {
  using Value = data::Stream;
  static constexpr size_t kPart = kPartInOrder / 2;  // an entry is a name and a value at least
  StreamRange range;  // what is not shown yet, and more if `left` says so
  size_t left;
  bool is_reverse = false;

  bool step(const data::Stream& stream, size_t count, resp::Reply& reply) {
    size_t wanted = std::min(count, left);
    left -= wanted;
    const auto show = [&](const data::StreamEntry& entry) {
      reply_stream_entry(reply, entry);
      if (--wanted > 0) {
        return true;
      }
      // Where there is no id beyond, nothing is left either.
      if (is_reverse) {
        range.to = entry.id().previous().value_or(range.to);
      } else {
        range.from = entry.id().next().value_or(range.from);
      }
      return false;
    };
    is_reverse ? stream.visit_back(range.from, range.to, show)
               : stream.visit(range.from, range.to, show);
    return left > 0;
  }
};

// An array of up to `max` entries: all of a reply, or its end.
inline Status reply_range_in_steps(const exec::Request& request, store::Shard& shard,
                                   resp::Reply& reply, const data::Stream& stream,
                                   const StreamRange& range, size_t max, bool is_reverse) {
  const size_t count = stream.count(range.from, range.to, max);
  reply.array(count);
  return count == 0
             ? Status()
             : reply_in_steps(request, shard, reply, stream, StreamWalk{range, count, is_reverse});
}

}  // namespace gyre::commands
