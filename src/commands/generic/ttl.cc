// TTL, PTTL, EXPIRETIME, PEXPIRETIME, PERSIST.
#include <algorithm>

#include "exec/request.h"

namespace gyre::commands {
namespace {

using store::Entry;

constexpr int64_t kNoKey = -2;
constexpr int64_t kNoExpiry = -1;

// Rounded to the nearest, without overflow at the end of time.
int64_t to_seconds(int64_t ms) { return ms / 1000 + (ms % 1000 >= 500 ? 1 : 0); }

// The moment a key expires, or one of the constants above.
int64_t expiry_of(const exec::Request& request, store::Shard& shard) {
  const Entry* entry = shard.db(request.db).find(request.key, false);
  if (entry == nullptr) {
    return kNoKey;
  }
  return entry->has_expiry() ? entry->expire_at_ms() : kNoExpiry;
}

int64_t left_of(const exec::Request& request, store::Shard& shard) {
  const int64_t at_ms = expiry_of(request, shard);
  return at_ms < 0 ? at_ms : std::max<int64_t>(at_ms - shard.now_ms(), 0);
}

Status ttl(exec::Request& request, store::Shard& shard, resp::Reply& reply) {
  const int64_t left_ms = left_of(request, shard);
  reply.integer(left_ms < 0 ? left_ms : to_seconds(left_ms));
  return {};
}

Status pttl(exec::Request& request, store::Shard& shard, resp::Reply& reply) {
  reply.integer(left_of(request, shard));
  return {};
}

Status expiretime(exec::Request& request, store::Shard& shard, resp::Reply& reply) {
  const int64_t at_ms = expiry_of(request, shard);
  reply.integer(at_ms < 0 ? at_ms : to_seconds(at_ms));
  return {};
}

Status pexpiretime(exec::Request& request, store::Shard& shard, resp::Reply& reply) {
  reply.integer(expiry_of(request, shard));
  return {};
}

Status persist(exec::Request& request, store::Shard& shard, resp::Reply& reply) {
  store::Keyspace& db = shard.db(request.db);
  const Entry* entry = db.find_for_write(request.key);
  if (entry == nullptr || !entry->has_expiry()) {
    reply.integer(0);
    return {};
  }
  db.set_expiry(request.key, Entry::kNever);
  shard.commit(db, request.key, store::Event::persist);
  reply.integer(1);
  return {};
}

constexpr exec::KeySpec kPersistedKey[] = {{.flags = "RW update"}};
constexpr exec::Change kTtlHistory[] = {{"2.8.0", "-2 for a key that does not exist."}};

constexpr exec::Command kRows[] = {
    {.name = "TTL",
     .since = "1.0.0",
     .group = exec::Group::generic,
     .complexity = "O(1)",
     .summary = "Returns the seconds until a key expires; -1 for never, -2 without a key.",
     .syntax = "key",
     .history = kTtlHistory,
     .flags = exec::kReadonly | exec::kFast,
     .categories = "keyspace",
     .keys = exec::kReadKey,
     .shape = exec::owner(ttl),
     .tips = "nondeterministic_output"},
    {.name = "PTTL",
     .since = "2.6.0",
     .group = exec::Group::generic,
     .complexity = "O(1)",
     .summary = "Returns the milliseconds until a key expires; -1 for never, -2 without a key.",
     .syntax = "key",
     .history = kTtlHistory,
     .flags = exec::kReadonly | exec::kFast,
     .categories = "keyspace",
     .keys = exec::kReadKey,
     .shape = exec::owner(pttl),
     .tips = "nondeterministic_output"},
    {.name = "EXPIRETIME",
     .since = "7.0.0",
     .group = exec::Group::generic,
     .complexity = "O(1)",
     .summary = "Returns the Unix time in seconds at which a key expires.",
     .syntax = "key",
     .flags = exec::kReadonly | exec::kFast,
     .categories = "keyspace",
     .keys = exec::kReadKey,
     .shape = exec::owner(expiretime)},
    {.name = "PEXPIRETIME",
     .since = "7.0.0",
     .group = exec::Group::generic,
     .complexity = "O(1)",
     .summary = "Returns the Unix time in milliseconds at which a key expires.",
     .syntax = "key",
     .flags = exec::kReadonly | exec::kFast,
     .categories = "keyspace",
     .keys = exec::kReadKey,
     .shape = exec::owner(pexpiretime)},
    {.name = "PERSIST",
     .since = "2.2.0",
     .group = exec::Group::generic,
     .complexity = "O(1)",
     .summary = "Takes the expiry off a key.",
     .syntax = "key",
     .flags = exec::kWrite | exec::kFast,
     .categories = "keyspace",
     .keys = kPersistedKey,
     .shape = exec::owner(persist)},
};

}  // namespace

extern const exec::Rows generic_ttl{kRows};

}  // namespace gyre::commands
