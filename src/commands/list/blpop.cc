// BLPOP, BRPOP.
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

Status blpop_read(Request& request, Shard& shard, Carry& carry) {
  GYRE_TRY(parse_timeout(request.arg(request.size() - 1)));
  note_existing(request, shard, carry);
  return {};
}

// The core of the first key that exists answers; the core of the first key if none does.
template <Side kSide>
Status blpop(Request& request, Shard& shard, Carry& carry, Reply& reply) {
  const Carry::Item& found = first_existing(carry);
  if (!owns_key(request, found.position)) {
    return {};
  }
  store::Keyspace& db = shard.db(request.db);
  const store::Key key{request.arg(found.position), found.hash};
  GYRE_TRY_LET(list, value_in<List>(db.find_for_write(key)));
  if (list == nullptr) {
    return exec::Engine::current().nothing_yet(request, reply);
  }
  reply.array(2);
  reply.bulk(key.name);
  reply_item(reply, list->at(kSide == Side::front ? 0 : list->size() - 1));
  pop_item(shard, db, key, *list, kSide);
  return {};
}

constexpr exec::KeySpec kPoppedKeys[] = {{.flags = "RW access delete", .last = -2}};
constexpr exec::Change kHistory[] = {{"6.0.0", "`timeout` may be a fraction."}};

constexpr exec::Command kRows[] = {
    {.name = "BLPOP",
     .since = "2.0.0",
     .group = exec::Group::list,
     .complexity = "O(N) where N is the number of keys",
     .summary = "Removes the first element of the first list that has one; waits for it.",
     .syntax = "key [key ...] timeout",
     .history = kHistory,
     .flags = exec::kWrite | exec::kNoscript | exec::kBlocking,
     .keys = kPoppedKeys,
     .shape = exec::gather_or_block(blpop_read, blpop<Side::front>, kBlockingPop<List>)},
    {.name = "BRPOP",
     .since = "2.0.0",
     .group = exec::Group::list,
     .complexity = "O(N) where N is the number of keys",
     .summary = "Removes the last element of the first list that has one; waits for it.",
     .syntax = "key [key ...] timeout",
     .history = kHistory,
     .flags = exec::kWrite | exec::kNoscript | exec::kBlocking,
     .keys = kPoppedKeys,
     .shape = exec::gather_or_block(blpop_read, blpop<Side::back>, kBlockingPop<List>)},
};

}  // namespace

extern const exec::Rows list_blpop{kRows};

}  // namespace gyre::commands
