// LPOP, RPOP, LMPOP.
#include "base/number.h"
#include "base/text.h"
#include "commands/list/lists.h"

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

Result<MultiPop> parse_lmpop(const Request& request) {
  const auto keys = base::parse_int64(request.arg(1));
  if (!keys || *keys < 1) {
    return fail("ERR numkeys should be greater than 0");
  }
  if (*keys >= static_cast<int64_t>(request.size()) - 2) {
    return fail(exec::errors::syntax);
  }
  const size_t where = static_cast<size_t>(*keys) + 2;
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
  GYRE_TRY(parse_lmpop(request));
  for (const exec::KeyRef& ref : request.keys) {
    carry.at(ref.position).exists =
        shard.db(request.db).find_for_write(request.key_at(ref)) != nullptr;
  }
  return {};
}

// The core of the first key that exists answers; the core of the first key if none does.
Status lmpop(Request& request, Shard& shard, Carry& carry, Reply& reply) {
  GYRE_TRY_LET(wanted, parse_lmpop(request));
  const Carry::Item* found = nullptr;
  for (size_t i = 0; i < carry.items.size() && found == nullptr; ++i) {
    found = carry.items[i].exists ? &carry.items[i] : nullptr;
  }
  const uint32_t position = found != nullptr ? found->position : carry.items[0].position;
  if (!owns_key(request, position)) {
    return {};
  }
  if (found == nullptr) {
    reply.null_array();
    return {};
  }
  store::Keyspace& db = shard.db(request.db);
  const store::Key key{request.arg(position), found->hash};
  GYRE_TRY_LET(list, value_in<List>(db.find_for_write(key)));
  if (list == nullptr) {  // its time has come since it was read
    reply.null_array();
    return {};
  }
  reply.array(2);
  reply.bulk(key.name);
  pop_items(shard, db, key, *list, wanted.side, static_cast<size_t>(wanted.count), reply);
  return {};
}

constexpr exec::KeySpec kPoppedKey[] = {{.flags = "RW access delete"}};
constexpr exec::KeySpec kPoppedKeys[] = {
    {.flags = "RW access delete", .find = exec::KeySpec::Find::keynum}};
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
     .shape = exec::owner(pop<Side::front>)},
    {.name = "RPOP",
     .since = "1.0.0",
     .group = exec::Group::list,
     .complexity = "O(N) where N is the number of elements popped",
     .summary = "Removes elements from the tail of a list and returns them.",
     .syntax = "key [count]",
     .history = kPopHistory,
     .flags = exec::kWrite | exec::kFast,
     .keys = kPoppedKey,
     .shape = exec::owner(pop<Side::back>)},
    {.name = "LMPOP",
     .since = "7.0.0",
     .group = exec::Group::list,
     .complexity = "O(N+M) where N is the number of keys and M the number of elements popped",
     .summary = "Removes elements from the first of several lists that exists; returns them.",
     .syntax = "numkeys key [key ...] LEFT|RIGHT [COUNT count]",
     .flags = exec::kWrite | exec::kMovablekeys,
     .keys = kPoppedKeys,
     .shape = exec::gather(lmpop_read, lmpop)},
};

}  // namespace

extern const exec::Rows list_lpop{kRows};

}  // namespace gyre::commands
