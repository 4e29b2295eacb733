// Where the keys of a command are.
#pragma once

#include <cstdint>
#include <span>
#include <string_view>
#include <vector>

#include "exec/command.h"

namespace gyre::exec {

struct KeyPosition {
  uint32_t position;       // in the arguments
  std::string_view flags;  // of its specification
};

// Appends the positions of all keys, in the order of the specifications; false if the arguments do
// not fit them (a numkeys that is no number or larger than what follows).
bool find_keys(const Command& command, std::span<const std::string_view> args,
               std::vector<KeyPosition>& out);

}  // namespace gyre::exec
