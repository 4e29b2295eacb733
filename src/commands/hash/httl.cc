// HTTL, HPTTL, HEXPIRETIME, HPEXPIRETIME.
#include "commands/hash/hashes.h"

namespace gyre::commands {
namespace {

constexpr int64_t kNoField = -2;
constexpr int64_t kNoTtl = -1;

// A time left is rounded up to whole seconds, and so is a moment.
template <When kWhen>
Status httl(exec::Request& request, store::Shard& shard, resp::Reply& reply) {
  GYRE_TRY_LET(hash, find_hash(request, shard));
  GYRE_TRY_LET(fields, parse_fields(request, 2, "ERR Number of fields must be a positive integer"));
  reply.array(fields.size());
  for (const std::string_view field : fields) {
    const auto found = hash != nullptr ? hash->find(field, shard.now_ms()) : std::nullopt;
    if (!found || found->expire_at_ms == data::kNoExpiry) {
      reply.integer(found ? kNoTtl : kNoField);
      continue;
    }
    const int64_t ms = found->expire_at_ms - (is_absolute(kWhen) ? 0 : shard.now_ms());
    reply.integer(is_seconds(kWhen) ? (ms + 999) / 1000 : ms);
  }
  return {};
}

constexpr exec::Command row(std::string_view name, std::string_view summary, exec::Handler handler,
                            std::string_view tips) {
  return {.name = name,
          .since = "7.4.0",
          .group = exec::Group::hash,
          .complexity = "O(N) where N is the number of fields given",
          .summary = summary,
          .syntax = "key FIELDS numfields field [field ...]",
          .flags = exec::kReadonly | exec::kFast,
          .keys = exec::kReadKey,
          .shape = exec::owner(handler),
          .tips = tips};
}

constexpr std::string_view kVaries = "nondeterministic_output";

constexpr exec::Command kRows[] = {
    row("HTTL", "Returns the seconds until fields of a hash expire.", httl<When::ex>, kVaries),
    row("HPTTL", "Returns the milliseconds until fields of a hash expire.", httl<When::px>,
        kVaries),
    row("HEXPIRETIME", "Returns the Unix times in seconds when fields of a hash expire.",
        httl<When::exat>, ""),
    row("HPEXPIRETIME", "Returns the Unix times in milliseconds when fields of a hash expire.",
        httl<When::pxat>, ""),
};

}  // namespace

extern const exec::Rows hash_httl{kRows};

}  // namespace gyre::commands
