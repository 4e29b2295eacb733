// A database number among the arguments, as SELECT, MOVE and COPY read it.
#pragma once

#include <cstdint>
#include <limits>
#include <string_view>

#include "base/number.h"
#include "exec/request.h"
#include "store/shard.h"

namespace gyre::commands {

inline Result<uint16_t> parse_database(std::string_view text, const store::Shard& shard) {
  using Limits = std::numeric_limits<int32_t>;
  const auto number = base::parse_int64(text);
  if (!number) {
    return fail(exec::errors::not_integer);
  }
  if (*number < Limits::min() || *number > Limits::max()) {
    return exec::format_error("ERR value is out of range, value must between %d and %d",
                              Limits::min(), Limits::max());
  }
  if (*number < 0 || *number >= shard.databases()) {
    return fail(exec::errors::db_out_of_range);
  }
  return static_cast<uint16_t>(*number);
}

}  // namespace gyre::commands
