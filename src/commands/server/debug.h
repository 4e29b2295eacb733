// Parts of DEBUG that have files of their own.
#pragma once

#include <cstdint>
#include <optional>
#include <string_view>

#include "base/error.h"
#include "exec/request.h"
#include "resp/reply.h"

namespace gyre::commands {

// What a subcommand of DEBUG is about; those that only have to be accepted share one.
enum class DebugKind : uint8_t {
  accepted,
  active_expire,
  change_repl_id,
  digest,
  digest_value,
  error,
  help,
  htstats,
  layout,
  load_aof,
  log,
  object,
  packed_threshold,
  populate,
  protocol,
  reload,
  reply_buffer,
  sdslen,
  skip_checksum,
  sleep,
  match
};

// The subcommand of a request; nothing if there is none of that name with so many arguments.
std::optional<DebugKind> find_debug(const exec::Request& request);

// DEBUG PROTOCOL: a value of the named type, for the tests of clients.
Status reply_sample(std::string_view type, resp::Reply& reply);

// DEBUG RELOAD and DEBUG LOADAOF. The request outlives the task.
ring::Task<Status> debug_reload(DebugKind kind, exec::Request& request, resp::Reply& reply);

// DEBUG HELP.
void reply_debug_help(resp::Reply& reply);

}  // namespace gyre::commands
