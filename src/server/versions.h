// Versions that replies tell.
#pragma once

#include <gyre/version.h>

#include <string_view>

namespace gyre::server {

// The Redis whose commands and replies these are; clients decide by it what they may use.
inline constexpr std::string_view kRedisVersion = "7.2.4";

#define GYRE_TEXT_OF(number) #number
#define GYRE_DOTTED(major, minor, patch) \
  GYRE_TEXT_OF(major) "." GYRE_TEXT_OF(minor) "." GYRE_TEXT_OF(patch)
inline constexpr std::string_view kGyreVersion =
    GYRE_DOTTED(GYRE_VERSION_MAJOR, GYRE_VERSION_MINOR, GYRE_VERSION_PATCH);
#undef GYRE_DOTTED
#undef GYRE_TEXT_OF

}  // namespace gyre::server
