// Moments at which keys expire, as commands take them: EX, PX, EXAT, PXAT and their relatives.
#pragma once

#include <cstdint>
#include <string_view>

#include "exec/request.h"
#include "store/shard.h"

namespace gyre::commands {

// How a moment is given: relative or absolute, in seconds or milliseconds.
enum class When : uint8_t { never, ex, px, exat, pxat };

constexpr bool is_absolute(When when) { return when == When::exat || when == When::pxat; }
constexpr bool is_seconds(When when) { return when == When::ex || when == When::exat; }

// Unix ms of the moment `text` names. Zero and less are refused, as SET and GETEX do.
Result<int64_t> deadline_of(When when, std::string_view text, const exec::Request& request,
                            const store::Shard& shard);

// The error of a moment that cannot be, with the command's name in it.
tl::unexpected<Error> bad_expire_time(const exec::Request& request);

}  // namespace gyre::commands
