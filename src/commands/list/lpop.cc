// LPOP, RPOP, LMPOP, BLMPOP.
#include "base/number.h"
#include "base/text.h"
#include "commands/blocking_options.h"
#include "commands/list/lists.h"
#include "exec/engine.h"

namespace gyre::commands {
namespace {

using data::List;
using data::Side;
using exec::Carry;
using exec::Request;
using resp::Reply;
using store::Shard;

Status pop_many(Side side, Request& request, Shard& shard, Reply& reply) {
  const auto count = base::parse_int64(request.arg(2));
  if (!count || *count < 0) {
    return fail(exec::errors::negative);
  }
  GYRE_TRY_LET(list, find_value_for_write<List>(request, shard));
  if (list == nullptr) {
    reply.null_array();
  } else if (*count == 0) {
    reply.array(0);
  } else {
    pop_items(shard, shard.db(request.db), request.key, *list, side, static_cast<size_t>(*count),
              reply);
  }
  return {};
}

template <Side kSide>
Status pop(Request& request, Shard& shard, Reply& reply) {
  if (request.size() > 3) {
    return exec::format_error("ERR wrong number of arguments for '%s' command",
                              kSide == Side::front ? "lpop" : "rpop");
  }
  if (request.size() == 3) {
    return pop_many(kSide, request, shard, reply);
  }
  GYRE_TRY_LET(list, find_value_for_write<List>(request, shard));
  if (list == nullptr) {
    reply.null();
    return {};
  }
  reply_item(reply, list->at(kSide == Side::front ? 0 : list->size() - 1));
  pop_item(shard, shard.db(request.db), request.key, *list, kSide);
  return {};
}

// ---- LMPOP ----

struct MultiPop {
  Side side = Side::front;
  int64_t count = 1;
};

// `numkeys` is where the number of keys is: BLMPOP has its timeout before it.
Result<MultiPop> parse_lmpop(const Request& request, size_t numkeys) {
  const auto keys = base::parse_int64(request.arg(numkeys));
  if (!keys || *keys < 1) {
    return fail("ERR numkeys should be greater than 0");
  }
  if (*keys >= static_cast<int64_t>(request.size() - numkeys) - 1) {
    return fail(exec::errors::syntax);
  }
  const size_t where = static_cast<size_t>(*keys) + numkeys + 1;
  const std::optional<Side> side = parse_side(request.arg(where));
  if (!side) {
    return fail(exec::errors::syntax);
  }
  MultiPop wanted{.side = *side};
  if (request.size() == where + 1) {
    return wanted;
  }
  if (!base::equals_ignore_case(request.arg(where + 1), "COUNT") || request.size() < where + 3) {
    return fail(exec::errors::syntax);
  }
  const auto count = base::parse_int64(request.arg(where + 2));
  if (!count || *count < 1) {
    return fail("ERR count should be greater than 0");
  }
  if (request.size() > where + 3) {
    return fail(exec::errors::syntax);
  }
  wanted.count = *count;
  return wanted;
}

Status lmpop_read(Request& request, Shard& shard, Carry& carry) {
  const bool may_block = request.command->shape.blocking != nullptr;
  GYRE_TRY(parse_lmpop(request, may_block ? 2 : 1));
  if (may_block) {
    GYRE_TRY(parse_timeout(request.arg(1)));
  }
  for (const exec::KeyRef& ref : request.keys) {
    carry.at(ref.position).exists =
        shard.db(request.db).find_for_write(request.key_at(ref)) != nullptr;
  }
  return {};
}

// The core of the first key that exists answers; the core of the first key if none does.
Status lmpop(Request& request, Shard& shard, Carry& carry, Reply& reply) {
  const bool may_block = request.command->shape.blocking != nullptr;
  GYRE_TRY_LET(wanted, parse_lmpop(request, may_block ? 2 : 1));
  const Carry::Item& found = first_existing(carry);
  if (!owns_key(request, found.position)) {
    return {};
  }
  store::Keyspace& db = shard.db(request.db);
  const store::Key key{request.arg(found.position), found.hash};
  GYRE_TRY_LET(list, value_in<List>(db.find_for_write(key)));
  if (list == nullptr) {  // its time may have come since it was read
    if (may_block) {
      return exec::Engine::current().nothing_yet(request, reply);
    }
    reply.null_array();
    return {};
  }
  reply.array(2);
  reply.bulk(key.name);
  pop_items(shard, db, key, *list, wanted.side, static_cast<size_t>(wanted.count), reply);
  return {};
}

constexpr exec::Blocking kBlocking{
    .timeout_ms = [](const Request& request) -> std::optional<uint64_t> {
      return parse_lmpop(request, 2) ? timeout_at(request, 1) : std::nullopt;
    },
    .can_serve = has_value<List>,
    .narrow =
        [](const Request& request, Shard&, exec::ParkedKey& parked) {
          narrow_keys(request, parked, 2, 3,
                      static_cast<size_t>(*base::parse_int64(request.arg(2))));
        }};

constexpr exec::KeySpec kPoppedKey[] = {{.flags = "RW access delete"}};
constexpr exec::KeySpec kPoppedKeys[] = {
    {.flags = "RW access delete", .find = exec::KeySpec::Find::keynum}};
constexpr exec::KeySpec kBlockingKeys[] = {
    {.flags = "RW access delete", .index = 2, .find = exec::KeySpec::Find::keynum}};
constexpr exec::Change kPopHistory[] = {{"6.2.0", "`count`."}};

constexpr exec::Command kRows[] = {
    {.name = "LPOP",
     .since = "1.0.0",
     .group = exec::Group::list,
     .complexity = "O(N) where N is the number of elements popped",
     .summary = "Removes elements from the head of a list and returns them.",
     .syntax = "key [count]",
     .history = kPopHistory,
     .flags = exec::kWrite | exec::kFast,
     .keys = kPoppedKey,
     .shape = exec::owner(pop<Side::front>),
     .repeat = exec::Repeat::same},
    {.name = "RPOP",
     .since = "1.0.0",
     .group = exec::Group::list,
     .complexity = "O(N) where N is the number of elements popped",
     .summary = "Removes elements from the tail of a list and returns them.",
     .syntax = "key [count]",
     .history = kPopHistory,
     .flags = exec::kWrite | exec::kFast,
     .keys = kPoppedKey,
     .shape = exec::owner(pop<Side::back>),
     .repeat = exec::Repeat::same},
    {.name = "LMPOP",
     .since = "7.0.0",
     .group = exec::Group::list,
     .complexity = "O(N+M) where N is the number of keys and M the number of elements popped",
     .summary = "Removes elements from the first of several lists that exists; returns them.",
     .syntax = "numkeys key [key ...] LEFT|RIGHT [COUNT count]",
     .flags = exec::kWrite | exec::kMovablekeys,
     .keys = kPoppedKeys,
     .shape = exec::gather(lmpop_read, lmpop)},
    {.name = "BLMPOP",
     .since = "7.0.0",
     .group = exec::Group::list,
     .complexity = "O(N+M) where N is the number of keys and M the number of elements popped",
     .summary = "Removes elements from the first of several lists that exists; waits for one.",
     .syntax = "timeout numkeys key [key ...] LEFT|RIGHT [COUNT count]",
     .flags = exec::kWrite | exec::kBlocking | exec::kMovablekeys,
     .keys = kBlockingKeys,
     .shape = exec::gather_or_block(lmpop_read, lmpop, kBlocking)},
};

}  // namespace

extern const exec::Rows list_lpop{kRows};

}  // namespace gyre::commands
