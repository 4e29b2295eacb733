// HEXPIRE, HPEXPIRE, HEXPIREAT, HPEXPIREAT, HPERSIST.
#include "base/text.h"
#include "commands/hash/hashes.h"

namespace gyre::commands {
namespace {

using data::Hash;
using data::kNoExpiry;

// What HEXPIRE answers for a field; HPERSIST has two of them, and -1 for a field without expiry.
constexpr int64_t kNoField = -2;
constexpr int64_t kNotMet = 0;
constexpr int64_t kDone = 1;
constexpr int64_t kRemoved = 2;
constexpr int64_t kHadNone = -1;

// On which present expiry the new one may follow.
enum class Condition : uint8_t { none, nx, xx, gt, lt };

Condition parse_condition(std::string_view text) {
  return base::equals_ignore_case(text, "NX")   ? Condition::nx
         : base::equals_ignore_case(text, "XX") ? Condition::xx
         : base::equals_ignore_case(text, "GT") ? Condition::gt
         : base::equals_ignore_case(text, "LT") ? Condition::lt
                                                : Condition::none;
}

bool is_met(Condition condition, int64_t present_ms, int64_t at_ms) {
  const bool has_expiry = present_ms != kNoExpiry;
  switch (condition) {
    case Condition::none:
      return true;
    case Condition::nx:
      return !has_expiry;
    case Condition::xx:
      return has_expiry;
    case Condition::gt:
      return has_expiry && at_ms > present_ms;
    case Condition::lt:
      return !has_expiry || at_ms < present_ms;
  }
  GYRE_UNREACHABLE();
}

void reply_no_fields(size_t count, resp::Reply& reply) {
  reply.array(count);
  for (size_t i = 0; i < count; ++i) {
    reply.integer(kNoField);
  }
}

Status expire_fields_at(When when, exec::Request& request, store::Shard& shard,
                        resp::Reply& reply) {
  GYRE_TRY_LET(hash, find_hash_for_write(request, shard));
  GYRE_TRY_LET(at_ms, field_deadline(when, request.arg(2), request, shard));
  const Condition condition = parse_condition(request.arg(3));
  GYRE_TRY_LET(fields, parse_fields(request, condition == Condition::none ? 3 : 4,
                                    "ERR Parameter `numFields` should be greater than 0"));
  if (hash == nullptr) {
    reply_no_fields(fields.size(), reply);
    return {};
  }
  const int64_t now_ms = shard.now_ms();
  const bool is_past = at_ms <= now_ms;
  HashChange change(request, shard, *hash);
  bool has_changed = false;
  reply.array(fields.size());
  for (const std::string_view field : fields) {
    const auto found = hash->find(field, now_ms);
    if (!found || !is_met(condition, found->expire_at_ms, at_ms)) {
      reply.integer(found ? kNotMet : kNoField);
      continue;
    }
    has_changed = true;
    if (is_past) {
      hash->erase(field, now_ms);
    } else {
      hash->set_expiry(field, at_ms, now_ms);
    }
    reply.integer(is_past ? kRemoved : kDone);
  }
  if (has_changed) {
    change.commit(is_past ? kHashDeleted : kHashExpire, kHashLastDeleted);
  }
  return {};
}

template <When kWhen>
Status hexpire(exec::Request& request, store::Shard& shard, resp::Reply& reply) {
  return expire_fields_at(kWhen, request, shard, reply);
}

Status hpersist(exec::Request& request, store::Shard& shard, resp::Reply& reply) {
  GYRE_TRY_LET(hash, find_hash_for_write(request, shard));
  GYRE_TRY_LET(fields, parse_fields(request, 2, "ERR Number of fields must be a positive integer"));
  if (hash == nullptr) {
    reply_no_fields(fields.size(), reply);
    return {};
  }
  HashChange change(request, shard, *hash);
  bool has_changed = false;
  reply.array(fields.size());
  for (const std::string_view field : fields) {
    const auto found = hash->find(field, shard.now_ms());
    if (!found || found->expire_at_ms == kNoExpiry) {
      reply.integer(found ? kHadNone : kNoField);
      continue;
    }
    has_changed = true;
    hash->set_expiry(field, kNoExpiry, shard.now_ms());
    reply.integer(kDone);
  }
  if (has_changed) {
    change.commit(kHashPersist);
  }
  return {};
}

constexpr exec::KeySpec kExpiringKey[] = {{.flags = "RW update"}};
constexpr std::string_view kComplexity = "O(N) where N is the number of fields given";

constexpr exec::Command expire_row(std::string_view name, std::string_view summary,
                                   std::string_view syntax, exec::Handler handler) {
  return {.name = name,
          .since = "7.4.0",
          .group = exec::Group::hash,
          .complexity = kComplexity,
          .summary = summary,
          .syntax = syntax,
          .flags = exec::kWrite | exec::kFast,
          .keys = kExpiringKey,
          .shape = exec::owner(handler)};
}

constexpr exec::Command kRows[] = {
    expire_row("HEXPIRE", "Lets fields of a hash expire after a number of seconds.",
               "key seconds [NX|XX|GT|LT] FIELDS numfields field [field ...]", hexpire<When::ex>),
    expire_row("HPEXPIRE", "Lets fields of a hash expire after a number of milliseconds.",
               "key milliseconds [NX|XX|GT|LT] FIELDS numfields field [field ...]",
               hexpire<When::px>),
    expire_row("HEXPIREAT", "Lets fields of a hash expire at a Unix time in seconds.",
               "key unix-time-seconds [NX|XX|GT|LT] FIELDS numfields field [field ...]",
               hexpire<When::exat>),
    expire_row("HPEXPIREAT", "Lets fields of a hash expire at a Unix time in milliseconds.",
               "key unix-time-milliseconds [NX|XX|GT|LT] FIELDS numfields field [field ...]",
               hexpire<When::pxat>),
    {.name = "HPERSIST",
     .since = "7.4.0",
     .group = exec::Group::hash,
     .complexity = kComplexity,
     .summary = "Takes the expiry of fields of a hash away.",
     .syntax = "key FIELDS numfields field [field ...]",
     .flags = exec::kWrite | exec::kFast,
     .keys = kExpiringKey,
     .shape = exec::owner(hpersist),
     .repeat = exec::Repeat::same},
};

}  // namespace

extern const exec::Rows hash_hexpire{kRows};

}  // namespace gyre::commands
