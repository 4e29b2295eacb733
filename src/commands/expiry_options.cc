#include "commands/expiry_options.h"

#include "base/number.h"

namespace gyre::commands {

tl::unexpected<Error> bad_expire_time(const exec::Request& request) {
  const std::string_view name = request.command->full_name;
  return exec::format_error("ERR invalid expire time in '%.*s' command",
                            static_cast<int>(name.size()), name.data());
}

Result<int64_t> deadline_of(When when, std::string_view text, const exec::Request& request,
                            const store::Shard& shard) {
  const auto number = base::parse_int64(text);
  if (!number) {
    return fail(exec::errors::not_integer);
  }
  int64_t at_ms = *number;
  if (at_ms <= 0 || (is_seconds(when) && __builtin_mul_overflow(at_ms, 1000, &at_ms)) ||
      (!is_absolute(when) && __builtin_add_overflow(at_ms, shard.now_ms(), &at_ms))) {
    return bad_expire_time(request);
  }
  return at_ms;
}

}  // namespace gyre::commands
