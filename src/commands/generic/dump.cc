// DUMP, RESTORE: a value as bytes that another server understands.
#include "base/number.h"
#include "base/text.h"
#include "commands/expiry_options.h"
#include "persist/dump_payload.h"

namespace gyre::commands {
namespace {

using store::Entry;
using store::Event;

// TODO(limit): values of gigabytes are wanted: the payload is made in one piece and at once.
Status dump(exec::Request& request, store::Shard& shard, resp::Reply& reply) {
  const Entry* entry = shard.db(request.db).find(request.key);
  if (entry == nullptr) {
    reply.null();
    return {};
  }
  persist::BlobSink sink;
  persist::write_payload(sink, *entry, shard.options().compresses_dumps);
  if (base::Blob* blob = sink.blob()) {
    reply.bulk(*blob);
  } else {
    reply.bulk(sink.bytes());
  }
  return {};
}

struct RestoreOptions {
  bool may_replace = false;
  bool is_absolute = false;
  int64_t idle_seconds = -1;  // -1: not told, as the next one
  int64_t frequency = -1;
};

Result<RestoreOptions> parse_restore(const exec::Request& request) {
  RestoreOptions options;
  for (size_t i = 4; i < request.size(); ++i) {
    const std::string_view word = request.arg(i);
    const bool has_value = i + 1 < request.size();
    if (base::equals_ignore_case(word, "REPLACE")) {
      options.may_replace = true;
    } else if (base::equals_ignore_case(word, "ABSTTL")) {
      options.is_absolute = true;
    } else if (base::equals_ignore_case(word, "IDLETIME") && has_value && options.frequency < 0) {
      const auto seconds = base::parse_int64(request.arg(++i));
      if (!seconds) {
        return fail(exec::errors::not_integer);
      }
      if (*seconds < 0) {
        return fail("ERR Invalid IDLETIME value, must be >= 0");
      }
      options.idle_seconds = *seconds;
    } else if (base::equals_ignore_case(word, "FREQ") && has_value && options.idle_seconds < 0) {
      const auto frequency = base::parse_int64(request.arg(++i));
      if (!frequency) {
        return fail(exec::errors::not_integer);
      }
      if (*frequency < 0 || *frequency > 255) {
        return fail("ERR Invalid FREQ value, must be >= 0 and <= 255");
      }
      options.frequency = *frequency;
    } else {
      return fail(exec::errors::syntax);
    }
  }
  return options;
}

// Unix ms at which the key expires, or Entry::kNever. It may be past.
Result<int64_t> parse_ttl(const exec::Request& request, bool is_absolute,
                          const store::Shard& shard) {
  const auto number = base::parse_int64(request.arg(2));
  if (!number) {
    return fail(exec::errors::not_integer);
  }
  if (*number < 0) {
    return fail("ERR Invalid TTL value, must be >= 0");
  }
  int64_t at_ms = *number;
  if (at_ms == 0) {
    return Entry::kNever;
  }
  if (!is_absolute && __builtin_add_overflow(at_ms, shard.now_ms(), &at_ms)) {
    return bad_expire_time(request);
  }
  return at_ms;
}

Status restore(exec::Request& request, store::Shard& shard, resp::Reply& reply) {
  GYRE_TRY_LET(options, parse_restore(request));
  store::Keyspace& db = shard.db(request.db);
  const bool exists = db.find_for_write(request.key) != nullptr;
  if (exists && !options.may_replace) {
    return fail("BUSYKEY Target key name already exists.");
  }
  GYRE_TRY_LET(expire_at_ms, parse_ttl(request, options.is_absolute, shard));
  GYRE_TRY_LET(entry, persist::read_payload(request.arg(3), request.key.name, expire_at_ms,
                                            {.limits = shard.options().limits,
                                             .text_max = shard.options().string_max,
                                             .checks_sum = shard.checks_dumps()}));
  if (expire_at_ms != Entry::kNever && expire_at_ms <= shard.now_ms()) {
    shard.discard(entry);
    if (exists) {
      db.erase(request.key);
      shard.commit(db, request.key, Event::del);
    }
    reply.ok();
    return {};
  }
  db.put(request.key, entry);
  shard.set_new_access(*entry);  // what it replaces was another value
  if (options.idle_seconds >= 0) {
    shard.set_idle_seconds(*entry, static_cast<uint64_t>(options.idle_seconds));
  } else if (options.frequency >= 0) {
    shard.set_frequency(*entry, static_cast<uint32_t>(options.frequency));
  }
  shard.commit(db, request.key, Event::restore);
  reply.ok();
  return {};
}

constexpr exec::KeySpec kRestoredKey[] = {{.flags = "OW update"}};

constexpr exec::Change kRestoreHistory[] = {
    {"3.0.0", "REPLACE"}, {"5.0.0", "ABSTTL"}, {"5.0.0", "IDLETIME, FREQ"}};

constexpr exec::Command kRows[] = {
    {.name = "DUMP",
     .since = "2.6.0",
     .group = exec::Group::generic,
     .complexity = "O(N) for the bytes of the value",
     .summary = "Returns the value at a key as bytes that RESTORE takes.",
     .syntax = "key",
     .flags = exec::kReadonly,
     .categories = "keyspace",
     .keys = exec::kReadKey,
     .shape = exec::owner(dump),
     .tips = "nondeterministic_output"},
    {.name = "RESTORE",
     .since = "2.6.0",
     .group = exec::Group::generic,
     .complexity = "O(N) for the bytes of the value, O(N*log(N)) for those of sorted sets",
     .summary = "Creates a key with a value that DUMP returned.",
     .syntax = "key ttl serialized-value [REPLACE] [ABSTTL] [IDLETIME seconds] [FREQ frequency]",
     .history = kRestoreHistory,
     .flags = exec::kWrite | exec::kDenyoom,
     .categories = "keyspace dangerous",
     .keys = kRestoredKey,
     .shape = exec::owner(restore)},
};

}  // namespace

extern const exec::Rows generic_dump{kRows};

}  // namespace gyre::commands
