// HSET, HMSET, HSETNX, HDEL.
#include "commands/hash/hashes.h"

namespace gyre::commands {
namespace {

using data::Hash;

// Returns the number of new fields.
Result<int64_t> set_pairs(exec::Request& request, store::Shard& shard) {
  if (request.size() % 2 != 0) {
    return bad_arity(request);
  }
  GYRE_TRY_LET(hash, find_or_make_hash(request, shard));
  HashChange change(request, shard, *hash);
  const data::Limits& limits = shard.options().limits;
  hash->reserve((request.size() - 2) / 2, shard.now_ms(), limits);
  int64_t added = 0;
  for (size_t i = 2; i < request.size(); i += 2) {
    added += hash->set(request.arg(i), request.arg(i + 1), shard.now_ms(), limits) ? 1 : 0;
  }
  change.commit(kHashSet);
  return added;
}

Status hset(exec::Request& request, store::Shard& shard, resp::Reply& reply) {
  GYRE_TRY_LET(added, set_pairs(request, shard));
  reply.integer(added);
  return {};
}

Status hmset(exec::Request& request, store::Shard& shard, resp::Reply& reply) {
  GYRE_TRY(set_pairs(request, shard));
  reply.ok();
  return {};
}

Status hsetnx(exec::Request& request, store::Shard& shard, resp::Reply& reply) {
  GYRE_TRY_LET(hash, find_or_make_hash(request, shard));
  if (hash->find(request.arg(2), shard.now_ms())) {
    reply.integer(0);
    return {};
  }
  HashChange change(request, shard, *hash);
  hash->set(request.arg(2), request.arg(3), shard.now_ms(), shard.options().limits);
  change.commit(kHashSet);
  reply.integer(1);
  return {};
}

Status hdel(exec::Request& request, store::Shard& shard, resp::Reply& reply) {
  GYRE_TRY_LET(hash, find_hash_for_write(request, shard));
  if (hash == nullptr) {
    reply.integer(0);
    return {};
  }
  HashChange change(request, shard, *hash);
  int64_t deleted = 0;
  for (const std::string_view field : request.args(2)) {
    deleted += hash->erase(field, shard.now_ms()) ? 1 : 0;
  }
  if (deleted > 0) {
    change.commit(kHashDeleted, kHashLastDeleted);
  }
  reply.integer(deleted);
  return {};
}

constexpr exec::KeySpec kUpdatedKey[] = {{.flags = "RW update"}};
constexpr exec::KeySpec kInsertedKey[] = {{.flags = "RW insert"}};
constexpr exec::KeySpec kDeletedKey[] = {{.flags = "RW delete"}};
constexpr exec::Change kManyPairs[] = {{"4.0.0", "More than one `field` and `value`."}};
constexpr exec::Change kManyFields[] = {{"2.4.0", "More than one `field`."}};
constexpr uint32_t kFlags = exec::kWrite | exec::kDenyoom | exec::kFast;

constexpr exec::Command kRows[] = {
    {.name = "HSET",
     .since = "2.0.0",
     .group = exec::Group::hash,
     .complexity = "O(N) where N is the number of fields set",
     .summary = "Sets fields of a hash; creates a missing key.",
     .syntax = "key field value [field value ...]",
     .history = kManyPairs,
     .flags = kFlags,
     .keys = kUpdatedKey,
     .shape = exec::owner(hset),
     .repeat = exec::Repeat::same},
    {.name = "HMSET",
     .since = "2.0.0",
     .group = exec::Group::hash,
     .complexity = "O(N) where N is the number of fields set",
     .summary = "Sets fields of a hash; creates a missing key.",
     .syntax = "key field value [field value ...]",
     .flags = kFlags,
     .keys = kUpdatedKey,
     .shape = exec::owner(hmset),
     .repeat = exec::Repeat::same,
     .deprecated_since = "4.0.0",
     .replaced_by = "`HSET` with multiple field-value pairs"},
    {.name = "HSETNX",
     .since = "2.0.0",
     .group = exec::Group::hash,
     .complexity = "O(1)",
     .summary = "Sets a field of a hash if the field does not exist.",
     .syntax = "key field value",
     .flags = kFlags,
     .keys = kInsertedKey,
     .shape = exec::owner(hsetnx),
     .repeat = exec::Repeat::same},
    {.name = "HDEL",
     .since = "2.0.0",
     .group = exec::Group::hash,
     .complexity = "O(N) where N is the number of fields given",
     .summary = "Removes fields of a hash; the key goes with the last one.",
     .syntax = "key field [field ...]",
     .history = kManyFields,
     .flags = exec::kWrite | exec::kFast,
     .keys = kDeletedKey,
     .shape = exec::owner(hdel),
     .repeat = exec::Repeat::same},
};

}  // namespace

extern const exec::Rows hash_hset{kRows};

}  // namespace gyre::commands
