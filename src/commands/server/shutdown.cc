// SHUTDOWN.
#include "base/log.h"
#include "base/text.h"
#include "server/caller.h"
#include "server/every_core.h"
#include "server/server.h"

namespace gyre::commands {
namespace {

using exec::Request;
using resp::Reply;

struct Options {
  bool save = false;
  bool nosave = false;
  bool now = false;
  bool force = false;
  bool abort = false;
};

Result<Options> parse(const Request& request) {
  Options options;
  for (const std::string_view word : request.args()) {
    if (base::equals_ignore_case(word, "NOSAVE")) {
      options.nosave = true;
    } else if (base::equals_ignore_case(word, "SAVE")) {
      options.save = true;
    } else if (base::equals_ignore_case(word, "NOW")) {
      options.now = true;
    } else if (base::equals_ignore_case(word, "FORCE")) {
      options.force = true;
    } else if (base::equals_ignore_case(word, "ABORT")) {
      options.abort = true;
    } else {
      return fail(exec::errors::syntax);
    }
  }
  const bool has_others = options.save || options.nosave || options.now || options.force;
  if ((options.abort && has_others) || (options.save && options.nosave)) {
    return fail(exec::errors::syntax);
  }
  return options;
}

ring::Task<Status> abort(Reply& reply) {  // the reply outlives the task
  bool is_aborted = false;
  co_await server::visit_first_core([&](server::Durability&) -> ring::Task<> {
    is_aborted = co_await server::CoreServer::current().server().abort_stop();
  });
  if (!is_aborted) {
    co_return fail("ERR No shutdown in progress.");
  }
  reply.ok();
  co_return Status{};
}

// Answers only if the server goes on.
ring::Task<Status> shutdown(Request& request, Reply& reply) {
  const auto options = parse(request);
  if (!options) {
    co_return fail(options.error());
  }
  if (options->abort) {
    const Status status = co_await abort(reply);
    co_return status;
  }
  log::notice("User requested shutdown...");
  const server::StopOrder order{.saving = options->save     ? server::Saving::always
                                          : options->nosave ? server::Saving::never
                                                            : server::Saving::by_rules,
                                .is_now = options->now,
                                .is_forced = options->force};
  bool is_stopping = false;
  co_await server::visit_first_core([&](server::Durability&) -> ring::Task<> {
    is_stopping = co_await server::CoreServer::current().server().stop_and_wait(order);
  });
  if (!is_stopping) {
    co_return fail("ERR Errors trying to SHUTDOWN. Check logs.");
  }
  server::caller(request).close_gently();
  co_return Status{};
}

constexpr exec::Change kHistory[] = {{"7.0.0", "`NOW`, `FORCE` and `ABORT`."}};

constexpr exec::Command kRows[] = {
    {.name = "SHUTDOWN",
     .since = "1.0.0",
     .group = exec::Group::server,
     .complexity = "O(N) when saving, where N is the total number of keys in all databases when "
                   "saving data, otherwise O(1)",
     .summary = "Stops the server after the commands that it has received.",
     .syntax = "[NOSAVE|SAVE] [NOW] [FORCE] [ABORT]",
     .history = kHistory,
     .flags = exec::kAdmin | exec::kNoscript | exec::kLoading | exec::kStale | exec::kNoMulti |
              exec::kAllowBusy,
     .shape = exec::wait(shutdown)},
};

}  // namespace

extern const exec::Rows server_shutdown{kRows};

}  // namespace gyre::commands
