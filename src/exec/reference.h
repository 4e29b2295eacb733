// The reference of all commands as a Markdown page, from the rows.
#pragma once

#include <string>

#include "exec/table.h"

namespace gyre::exec {

// docs/commands.md: one section per group, one entry per command and subcommand.
std::string reference(const CommandTable& table);

}  // namespace gyre::exec
