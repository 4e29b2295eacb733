// HSETEX.
#include "base/number.h"
#include "base/text.h"
#include "commands/hash/hashes.h"

namespace gyre::commands {
namespace {

using data::Hash;
using store::Event;

constexpr Event kSetExpiring{'h', "hset", &kHashExpire};
constexpr Event kSetDeleted{'h', "hset", &kHashDeleted};
constexpr Event kSetLastDeleted{'h', "hset", &kHashLastDeleted};

struct Options {
  bool fnx = false;  // only if none of the fields exists
  bool fxx = false;  // only if all of them exist
  bool keeps_ttl = false;
  int64_t at_ms = data::kNoExpiry;
  std::span<const std::string_view> pairs = {};
};

Result<std::span<const std::string_view>> parse_pairs(const exec::Request& request, size_t at) {
  constexpr int64_t kMax = INT32_MAX;
  const auto number = at < request.size() ? base::parse_int64(request.arg(at)) : std::nullopt;
  if (!number || *number < 1 || *number > kMax) {
    return fail("ERR invalid number of fields");
  }
  const std::span<const std::string_view> pairs = request.args(at + 1);
  if (pairs.size() != static_cast<uint64_t>(*number) * 2) {
    return bad_arity(request);
  }
  return pairs;
}

Result<Options> parse_options(const exec::Request& request, const store::Shard& shard) {
  Options options;
  for (size_t i = 2; i < request.size(); ++i) {
    const std::string_view arg = request.arg(i);
    const bool is_fnx = base::equals_ignore_case(arg, "FNX");
    const bool keeps_ttl = base::equals_ignore_case(arg, "KEEPTTL");
    const When when = parse_field_when(arg);
    if (is_fnx || base::equals_ignore_case(arg, "FXX")) {
      if (options.fnx || options.fxx) {
        return fail("ERR Only one of FXX or FNX arguments can be specified");
      }
      (is_fnx ? options.fnx : options.fxx) = true;
    } else if (keeps_ttl || when != When::never) {
      if (options.keeps_ttl || options.at_ms != data::kNoExpiry) {
        return fail("ERR Only one of EX, PX, EXAT, PXAT or KEEPTTL arguments can be specified");
      }
      options.keeps_ttl = keeps_ttl;
      if (!keeps_ttl) {
        if (i + 1 == request.size()) {
          return bad_arity(request);
        }
        GYRE_TRY_LET(deadline, field_deadline(when, request.arg(++i), request, shard));
        options.at_ms = deadline;
      }
    } else if (base::equals_ignore_case(arg, "FIELDS")) {
      GYRE_TRY_LET(pairs, parse_pairs(request, i + 1));
      options.pairs = pairs;
      return options;
    } else {
      return exec::format_error("ERR unknown argument: %.*s", static_cast<int>(arg.size()),
                                arg.data());
    }
  }
  return bad_arity(request);
}

bool is_met(const Options& options, const Hash* hash, int64_t now_ms) {
  if (!options.fnx && !options.fxx) {
    return true;
  }
  for (size_t i = 0; i < options.pairs.size(); i += 2) {
    const bool is_present = hash != nullptr && hash->find(options.pairs[i], now_ms);
    if (is_present == options.fnx) {
      return false;
    }
  }
  return true;
}

Status hsetex(exec::Request& request, store::Shard& shard, resp::Reply& reply) {
  GYRE_TRY_LET(options, parse_options(request, shard));
  GYRE_TRY_LET(present, find_hash_for_write(request, shard));
  const int64_t now_ms = shard.now_ms();
  if (!is_met(options, present, now_ms)) {
    reply.integer(0);
    return {};
  }
  Hash& hash = present != nullptr ? *present : make_value<Hash>(shard.db(request.db), request.key);
  HashChange change(request, shard, hash);
  const data::Limits& limits = shard.options().limits;
  hash.reserve(options.pairs.size() / 2, now_ms, limits);
  const bool has_deadline = options.at_ms != data::kNoExpiry;
  const bool is_past = has_deadline && options.at_ms <= now_ms;
  for (size_t i = 0; i < options.pairs.size(); i += 2) {
    hash.set(options.pairs[i], options.pairs[i + 1], now_ms, limits, options.keeps_ttl);
    if (has_deadline && !is_past) {
      hash.set_expiry(options.pairs[i], options.at_ms, now_ms);
    }
  }
  for (size_t i = 0; i < options.pairs.size() && is_past; i += 2) {
    hash.erase(options.pairs[i], now_ms);
  }
  change.commit(is_past ? kSetDeleted : has_deadline ? kSetExpiring : kHashSet, kSetLastDeleted);
  reply.integer(1);
  return {};
}

constexpr exec::KeySpec kUpdatedKey[] = {{.flags = "RW update"}};

constexpr exec::Command kRows[] = {
    {.name = "HSETEX",
     .since = "8.0.0",
     .group = exec::Group::hash,
     .complexity = "O(N) where N is the number of fields set",
     .summary = "Sets fields of a hash, and when they expire.",
     .syntax =
         "key [FNX|FXX] [EX seconds|PX milliseconds|EXAT unix-time-seconds|"
         "PXAT unix-time-milliseconds|KEEPTTL] FIELDS numfields field value [field value ...]",
     .flags = exec::kWrite | exec::kDenyoom | exec::kFast,
     .keys = kUpdatedKey,
     .shape = exec::owner(hsetex)},
};

}  // namespace

extern const exec::Rows hash_hsetex{kRows};

}  // namespace gyre::commands
