#include "commands/hash/hashes.h"

#include "base/number.h"
#include "base/text.h"

namespace gyre::commands {

using data::Hash;

namespace {

constexpr size_t kSlice = 500;

Hash* without_due(const exec::Request& request, store::Shard& shard, Hash* hash) {
  if (hash == nullptr || hash->next_expiry_ms() >= shard.now_ms() || !shard.may_expire())
      [[likely]] {
    return hash;
  }
  return shard.db(request.db).expire_fields(request.key, kSlice) ? hash : nullptr;
}

}  // namespace

Result<Hash*> find_hash(const exec::Request& request, store::Shard& shard) {
  GYRE_TRY_LET(hash, find_value<Hash>(request, shard));
  return without_due(request, shard, hash);
}

Result<Hash*> find_hash_for_write(const exec::Request& request, store::Shard& shard) {
  GYRE_TRY_LET(hash, find_value_for_write<Hash>(request, shard));
  return without_due(request, shard, hash);
}

Result<Hash*> find_or_make_hash(const exec::Request& request, store::Shard& shard) {
  GYRE_TRY_LET(hash, find_hash_for_write(request, shard));
  return hash != nullptr ? hash : &make_value<Hash>(shard.db(request.db), request.key);
}

void HashChange::commit(const store::Event& event, const store::Event& last) {
  store::Keyspace& db = shard_.db(request_.db);
  db.note_fields(request_.key, before_ms_, hash_.next_expiry_ms());
  commit_removal(shard_, db, request_.key, hash_, event, last);
}

tl::unexpected<Error> bad_arity(const exec::Request& request) {
  const std::string_view name = request.command->full_name;
  return exec::format_error("ERR wrong number of arguments for '%.*s' command",
                            static_cast<int>(name.size()), name.data());
}

Result<std::span<const std::string_view>> parse_fields(const exec::Request& request, size_t at,
                                                       const char* bad_number) {
  if (at + 1 >= request.size()) {
    return bad_arity(request);
  }
  if (!base::equals_ignore_case(request.arg(at), "FIELDS")) {
    return fail("ERR Mandatory argument FIELDS is missing or not at the right position");
  }
  const auto number = base::parse_int64(request.arg(at + 1));
  if (!number || *number < 1) {
    return fail(bad_number);
  }
  const std::span<const std::string_view> fields = request.args(at + 2);
  if (fields.size() != static_cast<uint64_t>(*number)) {
    return fail("ERR The `numfields` parameter must match the number of arguments");
  }
  return fields;
}

}  // namespace gyre::commands
