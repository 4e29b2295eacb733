// CLIENT PAUSE, UNPAUSE, UNBLOCK.
#include "base/clock.h"
#include "base/number.h"
#include "base/text.h"
#include "exec/blocked.h"
#include "server/every_core.h"

namespace gyre::commands {
namespace {

using exec::Group;
using exec::Request;
using exec::wait;
using resp::Reply;
using server::CoreServer;
using store::Shard;

// The error of a subcommand that looked at its arguments itself.
tl::unexpected<Error> bad_form(const Request& request) {
  const std::string_view name = request.arg(1);
  return exec::format_error(
      "ERR unknown subcommand or wrong number of arguments for '%.*s'. Try CLIENT HELP.",
      static_cast<int>(std::min<size_t>(name.size(), 128)), name.data());
}

struct Pause {
  int64_t until_ms = 0;  // Unix
  bool all = true;
};

Result<Pause> parse_pause(const Request& request) {
  Pause pause;
  if (request.size() > 4) {
    return bad_form(request);
  }
  if (request.size() == 4) {
    pause.all = base::equals_ignore_case(request.arg(3), "ALL");
    if (!pause.all && !base::equals_ignore_case(request.arg(3), "WRITE")) {
      return fail("ERR CLIENT PAUSE mode must be WRITE or ALL");
    }
  }
  const auto timeout_ms = base::parse_int64(request.arg(2));
  if (!timeout_ms) {
    return fail("ERR timeout is not an integer or out of range");
  }
  if (*timeout_ms < 0) {
    return fail("ERR timeout is negative");
  }
  if (__builtin_add_overflow(base::unix_ms(), *timeout_ms, &pause.until_ms)) {
    return fail("ERR timeout is out of range");
  }
  return pause;
}

ring::Task<Status> client_pause(Request& request, Reply& reply) {
  const Result<Pause> pause = parse_pause(request);
  if (!pause) {
    co_return fail(pause.error());
  }
  co_await server::on_every_core([&](CoreServer& at) { at.pause(pause->until_ms, pause->all); });
  reply.ok();
  co_return Status{};
}

ring::Task<Status> client_unpause(Request&, Reply& reply) {
  co_await server::on_every_core([](CoreServer& at) { at.unpause(); });
  reply.ok();
  co_return Status{};
}

ring::Task<Status> client_unblock(Request& request, Reply& reply) {
  if (request.size() > 4) {
    co_return bad_form(request);
  }
  const bool is_error = request.size() == 4 && base::equals_ignore_case(request.arg(3), "ERROR");
  if (request.size() == 4 && !is_error && !base::equals_ignore_case(request.arg(3), "TIMEOUT")) {
    co_return fail("ERR CLIENT UNBLOCK reason should be TIMEOUT or ERROR");
  }
  const auto id = base::parse_int64(request.arg(2));
  if (!id) {
    co_return fail(exec::errors::not_integer);
  }
  bool is_unblocked = false;
  co_await server::on_every_core([&](CoreServer& at) {
    using End = exec::Blocked::End;
    server::Connection* connection = at.find(static_cast<uint64_t>(*id));
    if (connection != nullptr && connection->blocked != nullptr) {
      is_unblocked = connection->blocked->cancel(is_error ? End::unblocked : End::timeout);
    }
  });
  reply.integer(is_unblocked ? 1 : 0);
  co_return Status{};
}

constexpr exec::Change kPauseHistory[] = {{"6.2.0", "`WRITE` and `ALL`."}};
constexpr uint32_t kFlags = exec::kAdmin | exec::kNoscript | exec::kLoading | exec::kStale;

constexpr exec::Command kRows[] = {
    {.name = "PAUSE",
     .parent = "CLIENT",
     .since = "3.0.0",
     .group = Group::connection,
     .complexity = "O(1)",
     .summary = "Holds back commands, or only those that write, for a while.",
     .syntax = "timeout [WRITE|ALL]",
     .history = kPauseHistory,
     .flags = kFlags,
     .shape = wait(client_pause)},
    {.name = "UNPAUSE",
     .parent = "CLIENT",
     .since = "6.2.0",
     .group = Group::connection,
     .complexity = "O(N) Where N is the number of paused clients",
     .summary = "Ends CLIENT PAUSE.",
     .flags = kFlags,
     .shape = wait(client_unpause)},
    {.name = "UNBLOCK",
     .parent = "CLIENT",
     .since = "5.0.0",
     .group = Group::connection,
     .complexity = "O(log N) where N is the number of client connections",
     .summary = "Ends the waiting of another connection's blocking command.",
     .syntax = "client-id [TIMEOUT|ERROR]",
     .flags = kFlags,
     .shape = wait(client_unblock)},
};

}  // namespace

extern const exec::Rows connection_client_pause{kRows};

}  // namespace gyre::commands
