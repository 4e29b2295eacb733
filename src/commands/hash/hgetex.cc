// HGETEX, HGETDEL: read fields and change their fate.
#include "base/text.h"
#include "commands/hash/hashes.h"

namespace gyre::commands {
namespace {

using data::Hash;
using data::kNoExpiry;

constexpr const char* kBadNumber = "ERR Number of fields must be a positive integer";

// Answers with a field's value; false if there is none.
bool reply_value(const Hash* hash, std::string_view field, int64_t now_ms, resp::Reply& reply) {
  const auto found = hash != nullptr ? hash->find(field, now_ms) : std::nullopt;
  if (found) {
    reply_element(reply, found->value);
  } else {
    reply.null();
  }
  return found.has_value();
}

Status hgetdel(exec::Request& request, store::Shard& shard, resp::Reply& reply) {
  GYRE_TRY_LET(hash, find_hash_for_write(request, shard));
  GYRE_TRY_LET(fields, parse_fields(request, 2, kBadNumber));
  reply.array(fields.size());
  if (hash == nullptr) {
    for (size_t i = 0; i < fields.size(); ++i) {
      reply.null();
    }
    return {};
  }
  HashChange change(request, shard, *hash);
  bool has_changed = false;
  for (const std::string_view field : fields) {
    if (reply_value(hash, field, shard.now_ms(), reply)) {
      hash->erase(field, shard.now_ms());
      has_changed = true;
    }
  }
  if (has_changed) {
    change.commit(kHashDeleted, kHashLastDeleted);
  }
  return {};
}

// What becomes of the fields that are read: nothing, no expiry, or one at `at_ms`.
struct Fate {
  bool persists = false;
  int64_t at_ms = kNoExpiry;
};

// Applies it to a field that is there; true if that changed something.
bool apply(const Fate& fate, Hash& hash, std::string_view field, int64_t now_ms) {
  if (fate.persists) {
    const bool had_expiry = hash.find(field, now_ms)->expire_at_ms != kNoExpiry;
    hash.set_expiry(field, kNoExpiry, now_ms);
    return had_expiry;
  }
  if (fate.at_ms <= now_ms) {
    hash.erase(field, now_ms);
  } else {
    hash.set_expiry(field, fate.at_ms, now_ms);
  }
  return true;
}

Status hgetex(exec::Request& request, store::Shard& shard, resp::Reply& reply) {
  GYRE_TRY_LET(hash, find_hash_for_write(request, shard));
  const When when = parse_field_when(request.arg(2));
  Fate fate{.persists = base::equals_ignore_case(request.arg(2), "PERSIST")};
  const size_t at = when != When::never ? 4 : fate.persists ? 3 : 2;
  if (at + 1 >= request.size()) {
    return bad_arity(request);
  }
  if (when != When::never) {
    GYRE_TRY_LET(deadline, field_deadline(when, request.arg(3), request, shard));
    fate.at_ms = deadline;
  }
  GYRE_TRY_LET(fields, parse_fields(request, at, kBadNumber));
  const bool only_reads = hash == nullptr || at == 2;
  reply.array(fields.size());
  if (only_reads) {
    for (const std::string_view field : fields) {
      reply_value(hash, field, shard.now_ms(), reply);
    }
    return {};
  }
  HashChange change(request, shard, *hash);
  bool has_changed = false;
  for (const std::string_view field : fields) {
    if (reply_value(hash, field, shard.now_ms(), reply)) {
      has_changed |= apply(fate, *hash, field, shard.now_ms());
    }
  }
  if (has_changed) {
    change.commit(fate.persists                  ? kHashPersist
                  : fate.at_ms <= shard.now_ms() ? kHashDeleted
                                                 : kHashExpire,
                  kHashLastDeleted);
  }
  return {};
}

constexpr exec::KeySpec kTakenKey[] = {{.flags = "RW access delete"}};
constexpr std::string_view kComplexity = "O(N) where N is the number of fields given";

constexpr exec::Command kRows[] = {
    {.name = "HGETEX",
     .since = "8.0.0",
     .group = exec::Group::hash,
     .complexity = kComplexity,
     .summary = "Returns the values of fields of a hash and sets when they expire.",
     .syntax = "key [EX seconds|PX milliseconds|EXAT unix-time-seconds|"
               "PXAT unix-time-milliseconds|PERSIST] FIELDS numfields field [field ...]",
     .flags = exec::kWrite | exec::kFast,
     .keys = exec::kUpdateKey,
     .shape = exec::owner(hgetex)},
    {.name = "HGETDEL",
     .since = "8.0.0",
     .group = exec::Group::hash,
     .complexity = kComplexity,
     .summary = "Returns the values of fields of a hash and removes the fields.",
     .syntax = "key FIELDS numfields field [field ...]",
     .flags = exec::kWrite | exec::kFast,
     .keys = kTakenKey,
     .shape = exec::owner(hgetdel)},
};

}  // namespace

extern const exec::Rows hash_hgetex{kRows};

}  // namespace gyre::commands
