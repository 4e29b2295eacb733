// COMMAND GETKEYS, GETKEYSANDFLAGS.
#include <vector>

#include "base/text.h"
#include "commands/server/command_rows.h"
#include "exec/engine.h"
#include "exec/keys.h"

namespace gyre::commands {
namespace {

using exec::Command;
using exec::Group;
using exec::KeyPosition;
using exec::Request;
using resp::Reply;
using store::Shard;

using Arguments = std::span<const std::string_view>;

Result<std::vector<KeyPosition>> keys_of(Arguments arguments) {
  const exec::CommandTable& table = exec::Engine::current().commands();
  const Command* command = table.find(arguments[0]);
  if (command != nullptr && !command->subcommands.empty() && arguments.size() > 1) {
    command = exec::CommandTable::find_sub(*command, arguments[1]);
  }
  if (command == nullptr) {
    return fail("ERR Invalid command specified");
  }
  if (command->keys.empty()) {
    return fail("ERR The command has no key arguments");
  }
  const auto count = static_cast<int64_t>(arguments.size());
  if (command->arity > 0 ? count != command->arity : count < -command->arity) {
    return fail("ERR Invalid number of arguments specified for command");
  }
  std::vector<KeyPosition> keys;
  const bool fits = exec::find_keys(*command, arguments, keys);
  if (!command->has(exec::kNoMandatoryKeys) && (!fits || keys.empty())) {
    return fail("ERR Invalid arguments specified for command");
  }
  return keys;
}

// BITFIELD only reads if all it has are GETs, as far as they can be told from each other.
std::string_view flags_of_bitfield(Arguments arguments) {
  for (size_t i = 2; i < arguments.size();) {
    const size_t behind = arguments.size() - i - 1;
    if (base::equals_ignore_case(arguments[i], "GET") && behind >= 2) {
      i += 3;
    } else if (base::equals_ignore_case(arguments[i], "OVERFLOW") && behind >= 1) {
      i += 2;
    } else {
      return "RW access update";
    }
  }
  return "RO access";
}

// What a command does to its key can depend on its options; the specification then says the most it
// may do. SET reads only if it has to answer with the old value.
std::string_view flags_of(Arguments arguments, std::string_view flags) {
  if (base::equals_ignore_case(arguments[0], "BITFIELD")) {
    return flags_of_bitfield(arguments);
  }
  if (!base::equals_ignore_case(arguments[0], "SET")) {
    return flags;
  }
  for (const std::string_view word : arguments.subspan(std::min<size_t>(3, arguments.size()))) {
    if (base::equals_ignore_case(word, "GET")) {
      return "RW access update";
    }
  }
  return "OW update";
}

Status command_getkeys(Request& request, Shard&, Reply& reply) {
  const Arguments arguments = request.args(2);
  GYRE_TRY_LET(keys, keys_of(arguments));
  reply.array(keys.size());
  for (const KeyPosition& key : keys) {
    reply.bulk(arguments[key.position]);
  }
  return {};
}

Status command_getkeysandflags(Request& request, Shard&, Reply& reply) {
  const Arguments arguments = request.args(2);
  GYRE_TRY_LET(keys, keys_of(arguments));
  reply.array(keys.size());
  for (const KeyPosition& key : keys) {
    reply.array(2);
    reply.bulk(arguments[key.position]);
    reply_key_flags(flags_of(arguments, key.flags), reply);
  }
  return {};
}

constexpr uint32_t kFlags = exec::kLoading | exec::kStale;

constexpr Command kRows[] = {
    {.name = "GETKEYS",
     .parent = "COMMAND",
     .since = "2.8.13",
     .group = Group::server,
     .complexity = "O(N) where N is the number of arguments to the command",
     .summary = "Tells which arguments of a command are keys.",
     .syntax = "command [arg [arg ...]]",
     .flags = kFlags,
     .categories = "connection",
     .shape = exec::here(command_getkeys)},
    {.name = "GETKEYSANDFLAGS",
     .parent = "COMMAND",
     .since = "7.0.0",
     .group = Group::server,
     .complexity = "O(N) where N is the number of arguments to the command",
     .summary = "Tells which arguments of a command are keys, and what it does to them.",
     .syntax = "command [arg [arg ...]]",
     .flags = kFlags,
     .categories = "connection",
     .shape = exec::here(command_getkeysandflags)},
};

}  // namespace

extern const exec::Rows server_command_keys{kRows};

}  // namespace gyre::commands
