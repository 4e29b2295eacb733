// XLEN, XRANGE, XREVRANGE.
#include <algorithm>

#include "base/number.h"
#include "base/text.h"
#include "commands/stream/stream_walk.h"

namespace gyre::commands {
namespace {

using data::Stream;
using exec::Request;
using resp::Reply;
using store::Shard;

Status xlen(Request& request, Shard& shard, Reply& reply) {
  GYRE_TRY_LET(stream, value_in<Stream>(shard.db(request.db).find(request.key)));
  reply.integer(stream != nullptr ? static_cast<int64_t>(stream->size()) : 0);
  return {};
}

// The last COUNT; SIZE_MAX if there is none.
Result<size_t> parse_count(const Request& request) {
  size_t count = SIZE_MAX;
  for (size_t i = 4; i < request.size(); i += 2) {
    if (!base::equals_ignore_case(request.arg(i), "COUNT") || i + 1 == request.size()) {
      return fail(exec::errors::syntax);
    }
    const auto number = base::parse_int64(request.arg(i + 1));
    if (!number) {
      return fail(exec::errors::not_integer);
    }
    count = static_cast<size_t>(std::max<int64_t>(*number, 0));
  }
  return count;
}

template <bool kIsReverse>
Status xrange(Request& request, Shard& shard, Reply& reply) {
  GYRE_TRY_LET(
      range, parse_stream_range(request.arg(kIsReverse ? 3 : 2), request.arg(kIsReverse ? 2 : 3)));
  GYRE_TRY_LET(max, parse_count(request));
  GYRE_TRY_LET(stream, find_value<Stream>(request, shard));
  if (stream == nullptr) {
    reply.array(0);
  } else if (max == 0) {
    reply.null_array();
  } else {
    return reply_range_in_steps(request, shard, reply, *stream, range, max, kIsReverse);
  }
  return {};
}

constexpr exec::KeySpec kCountedKey[] = {{.flags = "RO"}};
constexpr exec::Change kRangeHistory[] = {{"6.2.0", "Bounds that are excluded."}};

constexpr exec::Command range_row(std::string_view name, std::string_view summary,
                                  std::string_view syntax, exec::Handler handler) {
  return {.name = name,
          .since = "5.0.0",
          .group = exec::Group::stream,
          .complexity = "O(N) where N is the number of entries returned",
          .summary = summary,
          .syntax = syntax,
          .history = kRangeHistory,
          .flags = exec::kReadonly,
          .keys = exec::kReadKey,
          .shape = exec::owner(handler)};
}

constexpr exec::Command kRows[] = {
    {.name = "XLEN",
     .since = "5.0.0",
     .group = exec::Group::stream,
     .complexity = "O(1)",
     .summary = "Returns the number of entries of a stream.",
     .syntax = "key",
     .flags = exec::kReadonly | exec::kFast,
     .keys = kCountedKey,
     .shape = exec::owner(xlen)},
    range_row("XRANGE", "Returns the entries of a stream within a range of ids.",
              "key start end [COUNT count]", xrange<false>),
    range_row("XREVRANGE", "Returns the entries of a stream within a range of ids, last one first.",
              "key end start [COUNT count]", xrange<true>),
};

}  // namespace

extern const exec::Rows stream_xrange{kRows};

}  // namespace gyre::commands
