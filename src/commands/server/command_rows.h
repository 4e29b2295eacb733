// What the COMMAND subcommands share: finding rows by name, splitting their words.
#pragma once

#include <string_view>
#include <vector>

#include "exec/table.h"
#include "resp/reply.h"

namespace gyre::commands {

// "get", "client|id", in any case; null if there is no such command.
const exec::Command* find_command(const exec::CommandTable& table, std::string_view name);

// Words separated by single spaces.
std::vector<std::string_view> split_words(std::string_view text);

// The flags of a key specification, as a set of simple strings.
void reply_key_flags(std::string_view flags, resp::Reply& reply);

}  // namespace gyre::commands
