// LSET, LINSERT, LREM, LTRIM: changing a list in the middle.
#include <limits>

#include "base/number.h"
#include "base/text.h"
#include "commands/list/lists.h"

namespace gyre::commands {
namespace {

using data::Element;
using data::List;
using data::ListItem;
using data::Side;
using exec::Request;
using resp::Reply;
using store::Event;
using store::Shard;

constexpr Event kSet{'l', "lset"};
constexpr Event kInserted{'l', "linsert"};
constexpr Event kRemoved{'l', "lrem"};
constexpr Event kLastRemoved{'l', "lrem", &Event::del};
constexpr Event kTrimmed{'l', "ltrim"};
constexpr Event kLastTrimmed{'l', "ltrim", &Event::del};

Status lset(Request& request, Shard& shard, Reply& reply) {
  GYRE_TRY_LET(list, find_value_for_write<List>(request, shard));
  if (list == nullptr) {
    return fail(exec::errors::no_such_key);
  }
  GYRE_TRY_LET(index, parse_index(request.arg(2), list->size()));
  if (!index) {
    return fail(exec::errors::out_of_range);
  }
  const data::Limits& limits = shard.options().limits;
  const std::string_view text = request.arg(3);
  list->reserve(1, text.size(), limits);
  list->replace(*index, Element::of(text), long_argument(request, 3, limits), limits);
  list->settle(limits);
  shard.commit(shard.db(request.db), request.key, kSet);
  reply.ok();
  return {};
}

// The index of the first element that is this one.
std::optional<size_t> find_first(const List& list, std::string_view text) {
  const data::Wanted wanted(Element::of(text));
  size_t index = 0;
  bool is_found = false;
  list.visit(0, [&](const ListItem& item) {
    is_found = item.is(wanted);
    index += is_found ? 0 : 1;
    return !is_found;
  });
  return is_found ? std::optional(index) : std::nullopt;
}

Status linsert(Request& request, Shard& shard, Reply& reply) {
  const bool is_after = base::equals_ignore_case(request.arg(2), "AFTER");
  if (!is_after && !base::equals_ignore_case(request.arg(2), "BEFORE")) {
    return fail(exec::errors::syntax);
  }
  GYRE_TRY_LET(list, find_value_for_write<List>(request, shard));
  if (list == nullptr) {
    reply.integer(0);
    return {};
  }
  const std::optional<size_t> pivot = find_first(*list, request.arg(3));
  if (!pivot) {
    reply.integer(-1);
    return {};
  }
  const data::Limits& limits = shard.options().limits;
  const std::string_view text = request.arg(4);
  list->reserve(1, text.size(), limits);
  list->insert(*pivot + (is_after ? 1 : 0), Element::of(text), long_argument(request, 4, limits),
               limits);
  shard.commit(shard.db(request.db), request.key, kInserted);
  reply.integer(static_cast<int64_t>(list->size()));
  return {};
}

Status lrem(Request& request, Shard& shard, Reply& reply) {
  constexpr int64_t kMax = std::numeric_limits<int64_t>::max();
  const auto count = base::parse_int64(request.arg(2));
  if (!count) {
    return fail(exec::errors::not_integer);
  }
  if (*count < -kMax) {
    return exec::format_error("ERR value is out of range, value must between %ld and %ld", -kMax,
                              kMax);
  }
  GYRE_TRY_LET(list, find_value_for_write<List>(request, shard));
  if (list == nullptr) {
    reply.integer(0);
    return {};
  }
  const data::Limits& limits = shard.options().limits;
  const auto max = static_cast<size_t>(*count < 0 ? -*count : *count);
  const size_t removed = list->erase_equal(Element::of(request.arg(3)), max == 0 ? SIZE_MAX : max,
                                           *count < 0 ? Side::back : Side::front, limits);
  if (removed > 0) {
    list->settle(limits);
    commit_removal(shard, shard.db(request.db), request.key, *list, kRemoved, kLastRemoved);
  }
  reply.integer(static_cast<int64_t>(removed));
  return {};
}

Status ltrim(Request& request, Shard& shard, Reply& reply) {
  const auto start = base::parse_int64(request.arg(2));
  const auto stop = base::parse_int64(request.arg(3));
  if (!start || !stop) {
    return fail(exec::errors::not_integer);
  }
  GYRE_TRY_LET(list, find_value_for_write<List>(request, shard));
  if (list != nullptr) {
    store::Keyspace& db = shard.db(request.db);
    const size_t size = list->size();
    const ListRange kept = clip_range(*start, *stop, size);
    if (kept.count == 0) {
      db.erase(request.key);
    } else {
      const size_t end = kept.first + kept.count;
      erase_items(shard, *list, end, size - end);
      erase_items(shard, *list, 0, kept.first);
    }
    // It counts as a change even if everything is kept.
    shard.commit(db, request.key, kept.count == 0 ? kLastTrimmed : kTrimmed);
  }
  reply.ok();
  return {};
}

constexpr exec::KeySpec kChangedKey[] = {{.flags = "RW update"}};
constexpr exec::KeySpec kInsertedKey[] = {{.flags = "RW insert"}};
constexpr exec::KeySpec kDeletedKey[] = {{.flags = "RW delete"}};

constexpr exec::Command kRows[] = {
    {.name = "LSET",
     .since = "1.0.0",
     .group = exec::Group::list,
     .complexity = "O(N/450) for an index in the middle of N short elements, O(1) at the ends",
     .summary = "Puts another element in the place of the one with an index.",
     .syntax = "key index element",
     .flags = exec::kWrite | exec::kDenyoom,
     .keys = kChangedKey,
     .shape = exec::owner(lset),
     .repeat = exec::Repeat::same},
    {.name = "LINSERT",
     .since = "2.2.0",
     .group = exec::Group::list,
     .complexity = "O(N) where N is the number of elements up to the pivot",
     .summary = "Adds an element before or after another one.",
     .syntax = "key BEFORE|AFTER pivot element",
     .flags = exec::kWrite | exec::kDenyoom,
     .keys = kInsertedKey,
     .shape = exec::owner(linsert),
     .repeat = exec::Repeat::same},
    {.name = "LREM",
     .since = "1.0.0",
     .group = exec::Group::list,
     .complexity = "O(N) where N is the number of elements of the list",
     .summary = "Removes elements that are equal to one; the key goes with the last.",
     .syntax = "key count element",
     .flags = exec::kWrite,
     .keys = kDeletedKey,
     .shape = exec::owner(lrem),
     .repeat = exec::Repeat::same},
    {.name = "LTRIM",
     .since = "1.0.0",
     .group = exec::Group::list,
     .complexity = "O(N/450) where N is the number of short elements removed",
     .summary = "Removes what is not in a range of indexes; the key goes if nothing is.",
     .syntax = "key start stop",
     .flags = exec::kWrite,
     .keys = kDeletedKey,
     .shape = exec::owner(ltrim),
     .repeat = exec::Repeat::same},
};

}  // namespace

extern const exec::Rows list_lset{kRows};

}  // namespace gyre::commands
