// DEBUG RELOAD and DEBUG LOADAOF.
#include "base/text.h"
#include "commands/server/debug.h"
#include "exec/session.h"
#include "server/every_core.h"
#include "server/server.h"

namespace gyre::commands {

using server::Durability;

ring::Task<Status> debug_reload(DebugKind kind, exec::Request& request, resp::Reply& reply) {
  server::ReloadOptions options;
  for (const std::string_view word : request.args(2)) {
    if (base::equals_ignore_case(word, "MERGE")) {
      options.replaces = true;
    } else if (base::equals_ignore_case(word, "NOFLUSH")) {
      options.flushes = false;
    } else if (base::equals_ignore_case(word, "NOSAVE")) {
      options.saves = false;
    } else {
      co_return fail("ERR DEBUG RELOAD only supports the MERGE, NOFLUSH and NOSAVE options.");
    }
  }
  // What the transaction has written so far is not whole in the files.
  if (request.session->holds_cores) {
    co_return fail("ERR DEBUG RELOAD and LOADAOF are not possible inside a transaction");
  }
  const char* error = nullptr;
  co_await server::visit_first_core([&](Durability& durability) -> ring::Task<> {
    if (kind == DebugKind::load_aof) {
      error = co_await durability.reload_aof();
    } else {
      error = co_await durability.reload(options);
    }
  });
  if (error != nullptr) {
    co_return fail(error);
  }
  reply.ok();
  co_return Status{};
}

}  // namespace gyre::commands
