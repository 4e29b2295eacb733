// HGET, HMGET, HEXISTS, HSTRLEN, HLEN: reading fields.
#include "commands/hash/hashes.h"

namespace gyre::commands {
namespace {

using data::Hash;

void reply_field(const Hash* hash, std::string_view field, int64_t now_ms, resp::Reply& reply) {
  const auto found = hash != nullptr ? hash->find(field, now_ms) : std::nullopt;
  if (found) {
    reply_element(reply, found->value);
  } else {
    reply.null();
  }
}

Status hget(exec::Request& request, store::Shard& shard, resp::Reply& reply) {
  GYRE_TRY_LET(hash, find_hash(request, shard));
  reply_field(hash, request.arg(2), shard.now_ms(), reply);
  return {};
}

Status hmget(exec::Request& request, store::Shard& shard, resp::Reply& reply) {
  GYRE_TRY_LET(hash, find_hash(request, shard));
  reply.array(request.size() - 2);
  for (const std::string_view field : request.args(2)) {
    reply_field(hash, field, shard.now_ms(), reply);
  }
  return {};
}

Status hexists(exec::Request& request, store::Shard& shard, resp::Reply& reply) {
  GYRE_TRY_LET(hash, find_hash(request, shard));
  reply.integer(hash != nullptr && hash->find(request.arg(2), shard.now_ms()) ? 1 : 0);
  return {};
}

Status hstrlen(exec::Request& request, store::Shard& shard, resp::Reply& reply) {
  GYRE_TRY_LET(hash, find_hash(request, shard));
  const auto found = hash != nullptr ? hash->find(request.arg(2), shard.now_ms()) : std::nullopt;
  reply.integer(found ? static_cast<int64_t>(found->value.size()) : 0);
  return {};
}

Status hlen(exec::Request& request, store::Shard& shard, resp::Reply& reply) {
  GYRE_TRY_LET(hash, find_hash(request, shard));
  reply.integer(hash == nullptr ? 0 : static_cast<int64_t>(hash->size()));
  return {};
}

constexpr exec::KeySpec kMeasuredKey[] = {{.flags = "RO"}};
constexpr uint32_t kFlags = exec::kReadonly | exec::kFast;

constexpr exec::Command kRows[] = {
    {.name = "HGET",
     .since = "2.0.0",
     .group = exec::Group::hash,
     .complexity = "O(1)",
     .summary = "Returns the value of a field of a hash.",
     .syntax = "key field",
     .flags = kFlags,
     .keys = exec::kReadKey,
     .shape = exec::owner(hget)},
    {.name = "HMGET",
     .since = "2.0.0",
     .group = exec::Group::hash,
     .complexity = "O(N) where N is the number of fields asked for",
     .summary = "Returns the values of several fields of a hash.",
     .syntax = "key field [field ...]",
     .flags = kFlags,
     .keys = exec::kReadKey,
     .shape = exec::owner(hmget)},
    {.name = "HEXISTS",
     .since = "2.0.0",
     .group = exec::Group::hash,
     .complexity = "O(1)",
     .summary = "Tells whether a hash has a field.",
     .syntax = "key field",
     .flags = kFlags,
     .keys = kMeasuredKey,
     .shape = exec::owner(hexists)},
    {.name = "HSTRLEN",
     .since = "3.2.0",
     .group = exec::Group::hash,
     .complexity = "O(1)",
     .summary = "Returns the size of the value of a field of a hash in bytes.",
     .syntax = "key field",
     .flags = kFlags,
     .keys = kMeasuredKey,
     .shape = exec::owner(hstrlen)},
    {.name = "HLEN",
     .since = "2.0.0",
     .group = exec::Group::hash,
     .complexity = "O(1)",
     .summary = "Returns the number of fields of a hash.",
     .syntax = "key",
     .flags = kFlags,
     .keys = kMeasuredKey,
     .shape = exec::owner(hlen)},
};

}  // namespace

extern const exec::Rows hash_hget{kRows};

}  // namespace gyre::commands
