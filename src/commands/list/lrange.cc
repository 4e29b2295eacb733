// LLEN, LRANGE, LINDEX: reading a list.
#include "base/number.h"
#include "commands/in_steps.h"
#include "commands/list/lists.h"

namespace gyre::commands {
namespace {

using data::List;
using data::Side;

Status llen(exec::Request& request, store::Shard& shard, resp::Reply& reply) {
  GYRE_TRY_LET(list, find_value<List>(request, shard));
  reply.integer(list == nullptr ? 0 : static_cast<int64_t>(list->size()));
  return {};
}

struct RangeWalk {
  using Value = List;
  static constexpr size_t kPart = kPartInOrder;
  size_t index;
  size_t left;

  bool step(const List& list, size_t count, resp::Reply& reply) {
    count = std::min(count, left);
    size_t wanted = count;
    list.visit(index, [&](const data::ListItem& item) {
      reply_item(reply, item);
      return --wanted > 0;
    });
    index += count;
    left -= count;
    return left > 0;
  }
};

Status lrange(exec::Request& request, store::Shard& shard, resp::Reply& reply) {
  const auto start = base::parse_int64(request.arg(2));
  const auto stop = base::parse_int64(request.arg(3));
  if (!start || !stop) {
    return fail(exec::errors::not_integer);
  }
  GYRE_TRY_LET(list, find_value<List>(request, shard));
  if (list == nullptr) {
    reply.array(0);
    return {};
  }
  const ListRange range = clip_range(*start, *stop, list->size());
  constexpr size_t kFew = 128;  // of which no chunk of memory is made for
  if (range.count <= kFew) {
    reply_items(reply, *list, range.first, range.count, Side::front);
    return {};
  }
  reply.array(range.count);
  return reply_in_steps(request, shard, reply, *list, RangeWalk{range.first, range.count});
}

Status lindex(exec::Request& request, store::Shard& shard, resp::Reply& reply) {
  GYRE_TRY_LET(list, find_value<List>(request, shard));
  if (list == nullptr) {
    reply.null();  // whatever the index is
    return {};
  }
  GYRE_TRY_LET(index, parse_index(request.arg(2), list->size()));
  if (index) {
    reply_item(reply, list->at(*index));
  } else {
    reply.null();
  }
  return {};
}

constexpr exec::KeySpec kMeasuredKey[] = {{.flags = "RO"}};

constexpr exec::Command kRows[] = {
    {.name = "LLEN",
     .since = "1.0.0",
     .group = exec::Group::list,
     .complexity = "O(1)",
     .summary = "Returns the number of elements of a list.",
     .syntax = "key",
     .flags = exec::kReadonly | exec::kFast,
     .keys = kMeasuredKey,
     .shape = exec::owner(llen)},
    {.name = "LRANGE",
     .since = "1.0.0",
     .group = exec::Group::list,
     .complexity = "O(N) where N is the number of elements returned",
     .summary = "Returns the elements of a range of indexes.",
     .syntax = "key start stop",
     .flags = exec::kReadonly,
     .keys = exec::kReadKey,
     .shape = exec::owner(lrange)},
    {.name = "LINDEX",
     .since = "1.0.0",
     .group = exec::Group::list,
     .complexity = "O(N/450) for an index in the middle of N short elements, O(1) at the ends",
     .summary = "Returns the element with an index.",
     .syntax = "key index",
     .flags = exec::kReadonly,
     .keys = exec::kReadKey,
     .shape = exec::owner(lindex)},
};

}  // namespace

extern const exec::Rows list_lrange{kRows};

}  // namespace gyre::commands
