// The options of SET and GETEX.
#pragma once

#include <cstdint>
#include <string_view>

#include "commands/expiry_options.h"

namespace gyre::commands {

struct StringOptions {
  enum Flag : uint8_t {
    kNx = 1,
    kXx = 2,
    kGet = 4,
    kKeepTtl = 8,
    kPersist = 16,
    kIfEq = 32,
  };
  uint8_t flags = 0;
  When when = When::never;
  std::string_view time = {};   // of `when`
  std::string_view match = {};  // of IFEQ

  bool has(uint8_t flag) const { return (flags & flag) != 0; }
};

// Reads the arguments from `first` on. `allowed` are the flags this command knows; EX, PX, EXAT and
// PXAT are known always.
Result<StringOptions> parse_string_options(const exec::Request& request, size_t first,
                                           uint8_t allowed);

}  // namespace gyre::commands
