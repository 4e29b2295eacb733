#include "commands/hash/hashes.h"

#include "base/number.h"
#include "base/text.h"

namespace gyre::commands {

using data::Element;
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

void HashWalk::show(const Element& name, const Element& value, resp::Reply& reply) const {
  if (has_pairs) {
    reply.array(2);
  }
  if (has_names) {
    reply_element(reply, name);
  }
  if (has_values) {
    reply_element(reply, value);
  }
}

bool HashWalk::step(const Hash& hash, size_t count, resp::Reply& reply) {
  if (has_names && has_values && !has_pairs) {  // HGETALL has a loop of its own
    cursor = hash.scan(cursor, count, now_ms, [&](const Element& name, const Element& value) {
      reply_element(reply, name);
      reply_element(reply, value);
    });
  } else {
    cursor = hash.scan(cursor, count, now_ms, [&](const Element& name, const Element& value) {
      show(name, value, reply);
    });
  }
  return cursor != 0;
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

When parse_field_when(std::string_view text) {
  return base::equals_ignore_case(text, "EX")     ? When::ex
         : base::equals_ignore_case(text, "PX")   ? When::px
         : base::equals_ignore_case(text, "EXAT") ? When::exat
         : base::equals_ignore_case(text, "PXAT") ? When::pxat
                                                  : When::never;
}

Result<int64_t> field_deadline(When when, std::string_view text, const exec::Request& request,
                               const store::Shard& shard) {
  // As in Redis, which keeps the deadlines of fields in 46 bits.
  constexpr int64_t kMax = (int64_t{1} << 46) - 1;
  const auto number = base::parse_int64(text);
  if (!number) {
    return fail(exec::errors::not_integer);
  }
  if (*number < 0) {
    return fail("ERR invalid expire time, must be >= 0");
  }
  if (is_seconds(when) && *number > kMax / 1000) {
    return bad_expire_time(request);
  }
  const int64_t ms = is_seconds(when) ? *number * 1000 : *number;
  const int64_t base_ms = is_absolute(when) ? 0 : shard.now_ms();
  if (ms > kMax - base_ms) {
    return bad_expire_time(request);
  }
  return base_ms + ms;
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
