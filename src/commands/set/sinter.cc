// SINTER, SUNION, SDIFF, their STORE forms, SINTERCARD.
#include <vector>

#include "base/number.h"
#include "base/text.h"
#include "commands/set/operands.h"
#include "data/set_algebra.h"

namespace gyre::commands {
namespace {

using data::Element;
using data::Set;
using data::SetOperation;
using exec::Carry;
using exec::Request;
using resp::Reply;
using store::Event;
using store::Shard;

constexpr Event kInterStored{'s', "sinterstore"};
constexpr Event kUnionStored{'s', "sunionstore"};
constexpr Event kDiffStored{'s', "sdiffstore"};

// ---- The result as the reply ----

constexpr uint32_t kSources = 1;  // position of the first key

Status read_sources(Request& request, Shard& shard, Carry& carry) {
  return read_operands(request, shard, carry, kSources);
}

template <SetOperation kOperation>
Status answer(Request& request, Shard& shard, Carry& carry, Reply& reply) {
  if (!owns_key(request, kSources)) {
    return {};
  }
  const std::vector<const Set*> sets = operands(carry, kSources);
  std::vector<Element> found;
  const auto add = [&](const Element& element) {
    found.push_back(element);
    return true;
  };
  Set united;
  if (kOperation == SetOperation::intersection) {
    data::intersect(sets, add);
  } else if (kOperation == SetOperation::difference) {
    data::subtract(sets, add);
  } else {
    // It is only there to be searched, so it does not begin small.
    const data::Limits limits{.set_ints = 0, .set_pack_entries = 0};
    united = data::combine(kOperation, sets, limits);
    united.for_each(add);
  }
  reply.set(found.size());
  for (const Element& element : found) {
    reply_element(reply, element);
  }
  return {};
}

// ---- The result under a key ----

constexpr uint32_t kDestination = 1;
constexpr uint32_t kStoreSources = 2;

Status read_store_sources(Request& request, Shard& shard, Carry& carry) {
  return read_operands(request, shard, carry, kStoreSources);
}

template <SetOperation kOperation>
Status store_result(Request& request, Shard& shard, Carry& carry, Reply& reply) {
  if (!owns_key(request, kDestination)) {
    return {};
  }
  const std::vector<const Set*> sets = operands(carry, kStoreSources);
  Set result = data::combine(kOperation, sets, shard.options().limits);
  const size_t size = result.size();
  store::Keyspace& db = shard.db(request.db);
  const store::Key key{request.arg(kDestination), carry.at(kDestination).hash};
  if (size > 0) {
    db.put(key, store::make_value(key.name, std::move(result), store::Entry::kNever));
    shard.commit(db, key,
                 kOperation == SetOperation::intersection  ? kInterStored
                 : kOperation == SetOperation::unification ? kUnionStored
                                                           : kDiffStored);
  } else if (db.erase(key)) {
    shard.commit(db, key, Event::del);
  }
  reply.integer(static_cast<int64_t>(size));
  return {};
}

// ---- SINTERCARD ----

constexpr uint32_t kCountSources = 2;

// The largest number to count up to; 0 for no limit.
Result<int64_t> parse_intercard(const Request& request) {
  const auto keys = base::parse_int64(request.arg(1));
  if (!keys || *keys < 1) {
    return fail("ERR numkeys should be greater than 0");
  }
  if (*keys > static_cast<int64_t>(request.size()) - 2) {
    return fail("ERR Number of keys can't be greater than number of args");
  }
  int64_t limit = 0;
  for (auto i = static_cast<size_t>(*keys) + 2; i < request.size(); i += 2) {
    if (!base::equals_ignore_case(request.arg(i), "LIMIT") || i + 1 == request.size()) {
      return fail(exec::errors::syntax);
    }
    const auto number = base::parse_int64(request.arg(i + 1));
    if (!number || *number < 0) {
      return fail("ERR LIMIT can't be negative");
    }
    limit = *number;
  }
  return limit;
}

Status read_counted(Request& request, Shard& shard, Carry& carry) {
  GYRE_TRY(parse_intercard(request));
  return read_operands(request, shard, carry, kCountSources);
}

Status sintercard(Request& request, Shard& shard, Carry& carry, Reply& reply) {
  if (!owns_key(request, kCountSources)) {
    return {};
  }
  GYRE_TRY_LET(limit, parse_intercard(request));
  int64_t count = 0;
  data::intersect(operands(carry, kCountSources), [&](const Element&) { return ++count != limit; });
  reply.integer(count);
  return {};
}

constexpr exec::KeySpec kStoreKeys[] = {
    {.flags = "OW update"},
    {.flags = "RO access", .index = 2, .last = -1},
};
// Redis says so of this one of its kind.
constexpr exec::KeySpec kInterStoreKeys[] = {
    {.flags = "RW update"},
    {.flags = "RO access", .index = 2, .last = -1},
};
constexpr exec::KeySpec kCountedKeys[] = {
    {.flags = "RO access", .find = exec::KeySpec::Find::keynum},
};

template <SetOperation kOperation>
constexpr exec::Command reading(std::string_view name, std::string_view complexity,
                                std::string_view summary) {
  return {.name = name,
          .since = "1.0.0",
          .group = exec::Group::set,
          .complexity = complexity,
          .summary = summary,
          .syntax = "key [key ...]",
          .flags = exec::kReadonly,
          .keys = exec::kReadKeys,
          .shape = exec::gather(read_sources, answer<kOperation>),
          .tips = "nondeterministic_output_order"};
}

template <SetOperation kOperation>
constexpr exec::Command storing(std::string_view name, std::string_view complexity,
                                std::string_view summary) {
  return {.name = name,
          .since = "1.0.0",
          .group = exec::Group::set,
          .complexity = complexity,
          .summary = summary,
          .syntax = "destination key [key ...]",
          .flags = exec::kWrite | exec::kDenyoom,
          .keys = kOperation == SetOperation::intersection ? kInterStoreKeys : kStoreKeys,
          .shape = exec::gather(read_store_sources, store_result<kOperation>)};
}

constexpr std::string_view kInterCost =
    "O(N*M) where N is the size of the smallest set and M the number of sets";
constexpr std::string_view kSumCost = "O(N) where N is the number of members of all sets";

constexpr exec::Command kRows[] = {
    reading<SetOperation::intersection>("SINTER", kInterCost,
                                        "Returns the members that several sets have in common."),
    reading<SetOperation::unification>("SUNION", kSumCost, "Returns the members of several sets."),
    reading<SetOperation::difference>("SDIFF", kSumCost,
                                      "Returns the members of a set that others do not have."),
    storing<SetOperation::intersection>("SINTERSTORE", kInterCost,
                                        "Stores the members that several sets have in common."),
    storing<SetOperation::unification>("SUNIONSTORE", kSumCost,
                                       "Stores the members of several sets."),
    storing<SetOperation::difference>("SDIFFSTORE", kSumCost,
                                      "Stores the members of a set that others do not have."),
    {.name = "SINTERCARD",
     .since = "7.0.0",
     .group = exec::Group::set,
     .complexity = kInterCost,
     .summary = "Counts the members that several sets have in common.",
     .syntax = "numkeys key [key ...] [LIMIT limit]",
     .flags = exec::kReadonly | exec::kMovablekeys,
     .keys = kCountedKeys,
     .shape = exec::gather(read_counted, sintercard)},
};

}  // namespace

extern const exec::Rows set_sinter{kRows};

}  // namespace gyre::commands
