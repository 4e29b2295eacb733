// BZPOPMIN, BZPOPMAX.
#include "commands/blocking_options.h"
#include "commands/collections.h"
#include "commands/sorted_set/popping.h"
#include "exec/engine.h"

namespace gyre::commands {
namespace {

using data::SortedSet;
using exec::Carry;
using exec::Request;
using resp::Reply;
using store::Shard;

Status bzpop_read(Request& request, Shard& shard, Carry& carry) {
  GYRE_TRY(parse_timeout(request.arg(request.size() - 1)));
  note_existing(request, shard, carry);
  return {};
}

// The core of the first key that exists answers; the core of the first key if none does.
template <bool kIsMax>
Status bzpop(Request& request, Shard& shard, Carry& carry, Reply& reply) {
  const Carry::Item& found = first_existing(carry);
  if (!owns_key(request, found.position)) {
    return {};
  }
  store::Keyspace& db = shard.db(request.db);
  const store::Key key{request.arg(found.position), found.hash};
  GYRE_TRY_LET(set, value_in<SortedSet>(db.find_for_write(key)));
  if (set == nullptr) {
    return exec::Engine::current().nothing_yet(request, reply);
  }
  reply.array(3);
  reply.bulk(key.name);
  pop_members(shard, db, key, *set, span_at_end(*set, 1, kIsMax), kIsMax,
              [&](std::string_view name, double score) {
                reply.bulk(name);
                reply.number(score);
              });
  return {};
}

constexpr exec::KeySpec kPoppedKeys[] = {{.flags = "RW access delete", .last = -2}};
constexpr exec::Change kHistory[] = {{"6.0.0", "`timeout` may be a fraction."}};
constexpr std::string_view kCost = "O(log(N)) where N is the number of members";

constexpr exec::Command kRows[] = {
    {.name = "BZPOPMIN",
     .since = "5.0.0",
     .group = exec::Group::sorted_set,
     .complexity = kCost,
     .summary = "Removes the lowest member of the first sorted set that has one; waits for it.",
     .syntax = "key [key ...] timeout",
     .history = kHistory,
     .flags = exec::kWrite | exec::kNoscript | exec::kBlocking | exec::kFast,
     .keys = kPoppedKeys,
     .shape = exec::gather_or_block(bzpop_read, bzpop<false>, kBlockingPop<SortedSet>)},
    {.name = "BZPOPMAX",
     .since = "5.0.0",
     .group = exec::Group::sorted_set,
     .complexity = kCost,
     .summary = "Removes the highest member of the first sorted set that has one; waits for it.",
     .syntax = "key [key ...] timeout",
     .history = kHistory,
     .flags = exec::kWrite | exec::kNoscript | exec::kBlocking | exec::kFast,
     .keys = kPoppedKeys,
     .shape = exec::gather_or_block(bzpop_read, bzpop<true>, kBlockingPop<SortedSet>)},
};

}  // namespace

extern const exec::Rows sorted_set_bzpop{kRows};

}  // namespace gyre::commands
