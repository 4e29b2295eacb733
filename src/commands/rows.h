// The rows of all command files, gathered from commands.list.
#pragma once

#include <span>

#include "exec/command.h"

namespace gyre::commands {

// One element per file. A file GROUP/NAME.cc defines `extern const exec::Rows GROUP_NAME{kRows}`.
std::span<const exec::Rows> all_rows();

}  // namespace gyre::commands
