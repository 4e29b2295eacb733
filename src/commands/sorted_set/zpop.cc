// ZPOPMIN, ZPOPMAX, ZMPOP, BZMPOP.
#include "base/number.h"
#include "base/text.h"
#include "commands/blocking_options.h"
#include "commands/collections.h"
#include "commands/sorted_set/popping.h"
#include "exec/engine.h"

namespace gyre::commands {
namespace {

using data::SortedSet;
using exec::Carry;
using exec::Request;

Status pop_end(Request& request, store::Shard& shard, resp::Reply& reply, bool is_max) {
  if (request.size() > 3) {
    return fail(exec::errors::syntax);
  }
  const bool has_count = request.size() == 3;
  int64_t count = 1;
  if (has_count) {
    const auto number = base::parse_int64(request.arg(2));
    if (!number || *number < 0) {
      return fail(exec::errors::negative);
    }
    count = *number;
  }
  GYRE_TRY_LET(set, find_value_for_write<SortedSet>(request, shard));
  if (set == nullptr || count == 0) {
    reply.array(0);
    return {};
  }
  const RankSpan span = span_at_end(*set, count, is_max);
  const bool has_pairs = has_count && reply.is_resp3();
  reply.array(has_pairs ? span.count : span.count * 2);
  pop_members(shard, shard.db(request.db), request.key, *set, span, is_max,
              [&](std::string_view name, double score) {
                if (has_pairs) {
                  reply.array(2);
                }
                reply.bulk(name);
                reply.number(score);
              });
  return {};
}

Status zpopmin(Request& request, store::Shard& shard, resp::Reply& reply) {
  return pop_end(request, shard, reply, false);
}

Status zpopmax(Request& request, store::Shard& shard, resp::Reply& reply) {
  return pop_end(request, shard, reply, true);
}

// ---- ZMPOP ----

struct ManyOptions {
  bool is_max = false;
  int64_t count = 1;
};

// `numkeys` is where the number of keys is: BZMPOP has its timeout before it.
Result<ManyOptions> parse_zmpop(const Request& request, size_t numkeys) {
  const auto keys = base::parse_int64(request.arg(numkeys));
  if (!keys || *keys < 1) {
    return fail("ERR numkeys should be greater than 0");
  }
  if (*keys > static_cast<int64_t>(request.size() - numkeys) - 2) {
    return fail(exec::errors::syntax);
  }
  ManyOptions options;
  const auto where = static_cast<size_t>(*keys) + numkeys + 1;
  options.is_max = base::equals_ignore_case(request.arg(where), "MAX");
  if (!options.is_max && !base::equals_ignore_case(request.arg(where), "MIN")) {
    return fail(exec::errors::syntax);
  }
  for (size_t at = where + 1; at < request.size(); at += 2) {
    const bool is_second = at > where + 1;
    if (is_second || !base::equals_ignore_case(request.arg(at), "COUNT") ||
        at + 1 == request.size()) {
      return fail(exec::errors::syntax);
    }
    const auto number = base::parse_int64(request.arg(at + 1));
    if (!number || *number < 1) {
      return fail("ERR count should be greater than 0");
    }
    options.count = *number;
  }
  return options;
}

// Every core tells which of its keys exist; the one with the first of them pops.
Status zmpop_read(Request& request, store::Shard& shard, Carry& carry) {
  const bool may_block = request.command->shape.blocking != nullptr;
  GYRE_TRY(parse_zmpop(request, may_block ? 2 : 1));
  if (may_block) {
    GYRE_TRY(parse_timeout(request.arg(1)));
  }
  note_existing(request, shard, carry);
  return {};
}

Status zmpop(Request& request, store::Shard& shard, Carry& carry, resp::Reply& reply) {
  const Carry::Item& found = first_existing(carry);
  if (!owns_key(request, found.position)) {
    return {};
  }
  const bool may_block = request.command->shape.blocking != nullptr;
  GYRE_TRY_LET(options, parse_zmpop(request, may_block ? 2 : 1));
  store::Keyspace& db = shard.db(request.db);
  const store::Key key{request.arg(found.position), found.hash};
  GYRE_TRY_LET(set, value_in<SortedSet>(db.find_for_write(key)));
  if (set == nullptr) {  // its time may have come since it was read
    if (may_block) {
      return exec::Engine::current().nothing_yet(request, reply);
    }
    reply.null_array();
    return {};
  }
  const RankSpan span = span_at_end(*set, options.count, options.is_max);
  reply.array(2);
  reply.bulk(key.name);
  reply.array(span.count);
  pop_members(shard, db, key, *set, span, options.is_max, [&](std::string_view name, double score) {
    reply.array(2);
    reply.bulk(name);
    reply.number(score);
  });
  return {};
}

constexpr exec::Blocking kBlocking{
    .timeout_ms = [](const Request& request) -> std::optional<uint64_t> {
      return parse_zmpop(request, 2) ? timeout_at(request, 1) : std::nullopt;
    },
    .can_serve = has_value<SortedSet>,
    .narrow =
        [](const Request& request, store::Shard&, exec::ParkedKey& parked) {
          narrow_keys(request, parked, 2, 3,
                      static_cast<size_t>(*base::parse_int64(request.arg(2))));
        }};

constexpr exec::KeySpec kPoppedKey[] = {{.flags = "RW access delete"}};
constexpr exec::KeySpec kPoppedKeys[] = {
    {.flags = "RW access delete", .find = exec::KeySpec::Find::keynum},
};

constexpr exec::KeySpec kBlockingKeys[] = {
    {.flags = "RW access delete", .index = 2, .find = exec::KeySpec::Find::keynum},
};

constexpr exec::Command row(std::string_view name, std::string_view summary,
                            exec::Handler handler) {
  return {.name = name,
          .since = "5.0.0",
          .group = exec::Group::sorted_set,
          .complexity =
              "O(log(N)+M) where N is the size of the sorted set and M the number of "
              "members popped",
          .summary = summary,
          .syntax = "key [count]",
          .flags = exec::kWrite | exec::kFast,
          .keys = kPoppedKey,
          .shape = exec::owner(handler)};
}

constexpr exec::Command kRows[] = {
    row("ZPOPMIN", "Removes the members with the lowest scores and returns them.", zpopmin),
    row("ZPOPMAX", "Removes the members with the highest scores and returns them.", zpopmax),
    {.name = "ZMPOP",
     .since = "7.0.0",
     .group = exec::Group::sorted_set,
     .complexity = "O(K)+O(log(N)+M) where K is the number of keys, N the size of the sorted set "
                   "and M the number of members popped",
     .summary = "Removes the lowest or highest members of the first key that exists.",
     .syntax = "numkeys key [key ...] MIN|MAX [COUNT count]",
     .flags = exec::kWrite | exec::kMovablekeys,
     .keys = kPoppedKeys,
     .shape = exec::gather(zmpop_read, zmpop)},
    {.name = "BZMPOP",
     .since = "7.0.0",
     .group = exec::Group::sorted_set,
     .complexity = "O(K)+O(log(N)+M) where K is the number of keys, N the size of the sorted set "
                   "and M the number of members popped",
     .summary = "Removes the lowest or highest members of the first key that exists; waits for it.",
     .syntax = "timeout numkeys key [key ...] MIN|MAX [COUNT count]",
     .flags = exec::kWrite | exec::kBlocking | exec::kMovablekeys,
     .keys = kBlockingKeys,
     .shape = exec::gather_or_block(zmpop_read, zmpop, kBlocking)},
};

}  // namespace

extern const exec::Rows sorted_set_zpop{kRows};

}  // namespace gyre::commands
