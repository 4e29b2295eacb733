// MGET, MSET, MSETNX.
#include "commands/string/strings.h"
#include "commands/visit_keys.h"
#include "exec/carry.h"

namespace gyre::commands {
namespace {

Status mget(exec::Request& request, store::Shard& shard, resp::Reply& reply) {
  store::Keyspace& db = shard.db(request.db);
  reply.array(request.keys.size());
  visit_keys(request, db, [&](const exec::KeyRef& ref) {
    const store::Entry* entry = db.find(request.key_at(ref));
    if (entry == nullptr || !reply_string(*entry, reply)) {
      reply.null();
    }
  });
  return {};
}

Status check_pairs(const exec::Request& request, const char* error) {
  return request.size() % 2 == 1 ? Status{} : fail(error);
}

void store_pairs(exec::Request& request, store::Shard& shard) {
  store::Keyspace& db = shard.db(request.db);
  visit_keys(request, db, [&](const exec::KeyRef& ref) {
    const store::Key key = request.key_at(ref);
    const size_t value = ref.position + 1;
    store_string(db, key, request.arg(value), store::Entry::kNever, request.take_blob(value));
    shard.commit(db, key, store::Event::set);
  });
}

Status mset(exec::Request& request, store::Shard& shard, resp::Reply& reply) {
  GYRE_TRY(check_pairs(request, "ERR wrong number of arguments for 'mset' command"));
  store_pairs(request, shard);
  reply.ok();
  return {};
}

Status msetnx_read(exec::Request& request, store::Shard& shard, exec::Carry& carry) {
  GYRE_TRY(check_pairs(request, "ERR wrong number of arguments for 'msetnx' command"));
  for (const exec::KeyRef& ref : request.keys) {
    carry.at(ref.position).exists = shard.db(request.db).peek(request.key_at(ref)) != nullptr;
  }
  return {};
}

Status msetnx_write(exec::Request& request, store::Shard& shard, exec::Carry& carry,
                    resp::Reply& reply) {
  bool is_free = true;
  for (const exec::Carry::Item& item : carry.items) {
    is_free &= !item.exists;
  }
  if (is_free) {
    store_pairs(request, shard);
  }
  if (request.keys[0].position == 1) {  // one of the cores answers
    reply.integer(is_free ? 1 : 0);
  }
  return {};
}

constexpr exec::KeySpec kSetKeys[] = {{.flags = "OW update", .last = -1, .step = 2}};
constexpr exec::KeySpec kInsertedKeys[] = {{.flags = "OW insert", .last = -1, .step = 2}};

constexpr exec::Command kRows[] = {
    {.name = "MGET",
     .since = "1.0.0",
     .group = exec::Group::string,
     .complexity = "O(N) where N is the number of keys",
     .summary = "Returns the strings of several keys as of one moment.",
     .syntax = "key [key ...]",
     .flags = exec::kReadonly | exec::kFast,
     .keys = exec::kReadKeys,
     .shape = exec::split(mget, exec::Fold::by_key),
     .tips = "request_policy:multi_shard"},
    {.name = "MSET",
     .since = "1.0.1",
     .group = exec::Group::string,
     .complexity = "O(N) where N is the number of keys",
     .summary = "Sets several keys to strings, all at one moment.",
     .syntax = "key value [key value ...]",
     .flags = exec::kWrite | exec::kDenyoom,
     .keys = kSetKeys,
     .shape = exec::split(mset, exec::Fold::first),
     .tips = "request_policy:multi_shard response_policy:all_succeeded"},
    {.name = "MSETNX",
     .since = "1.0.1",
     .group = exec::Group::string,
     .complexity = "O(N) where N is the number of keys",
     .summary = "Sets several keys to strings if none of them exists.",
     .syntax = "key value [key value ...]",
     .flags = exec::kWrite | exec::kDenyoom,
     .keys = kInsertedKeys,
     .shape = exec::gather(msetnx_read, msetnx_write)},
};

}  // namespace

extern const exec::Rows string_mset{kRows};

}  // namespace gyre::commands
