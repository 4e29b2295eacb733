// DEBUG: what test suites ask of a server.
#include "commands/server/debug.h"

#include <string>

#include "base/glob.h"
#include "base/log.h"
#include "base/number.h"
#include "base/text.h"
#include "server/caller.h"
#include "server/config_set.h"
#include "server/debug.h"
#include "server/every_core.h"

namespace gyre::commands {
namespace {

using Kind = DebugKind;
using exec::Request;
using exec::wait;
using resp::Reply;
using server::CoreServer;

tl::unexpected<Error> unknown(const Request& request) {
  const std::string_view name = request.arg(1).substr(0, 128);
  return exec::format_error(
      "ERR unknown subcommand or wrong number of arguments for '%.*s'. Try DEBUG HELP.",
      static_cast<int>(name.size()), name.data());
}

Result<Kind> find_sub(const Request& request) {
  const server::Connection& connection = server::caller(request);
  if (!server::is_allowed(CoreServer::current().config().enable_debug_command,
                          connection.arrival().is_of_this_machine())) {
    return fail(
        "ERR DEBUG command not allowed. If the enable-debug-command option is set to \"local\", "
        "you can run it from a local connection, otherwise you need to set this option in the "
        "configuration file, and then restart the server.");
  }
  if (const std::optional<DebugKind> kind = find_debug(request)) {
    return *kind;
  }
  return unknown(request);
}

Status check_reply_buffer(const Request& request) {
  if (base::equals_ignore_case(request.arg(2), "PEAK-RESET-TIME")) {
    if (!base::equals_ignore_case(request.arg(3), "NEVER") &&
        !base::equals_ignore_case(request.arg(3), "RESET") && !base::parse_int64(request.arg(3))) {
      return fail(exec::errors::not_integer);
    }
  } else if (!base::equals_ignore_case(request.arg(2), "RESIZING")) {
    return unknown(request);
  }
  return {};
}

// The subcommands that need no other core.
Status run_here(Kind kind, const Request& request, Reply& reply) {
  switch (kind) {
    case Kind::help:
      reply_debug_help(reply);
      return {};
    case Kind::protocol:
      return reply_sample(request.arg(2), reply);
    case Kind::log:
      log::warning("DEBUG LOG: {}", request.arg(2));
      break;
    case Kind::error:
      reply.error(Error{std::string(request.arg(2)).c_str()});
      return {};
    case Kind::match:
      reply.integer(base::glob_match(request.arg(2), request.arg(3)) ? 1 : 0);
      return {};
    case Kind::packed_threshold: {
      const auto size = base::parse_memory(request.arg(2));
      if (!size || *size >= int64_t{1} << 32) {
        return fail("ERR argument must be a memory value bigger than 1 and smaller than 4gb");
      }
      break;
    }
    case Kind::reply_buffer:
      GYRE_TRY(check_reply_buffer(request));
      break;
    default:
      break;
  }
  reply.ok();
  return {};
}

ring::Task<Status> describe(Kind kind, Request& request, Reply& reply) {  // both outlive the task
  exec::Engine& engine = exec::Engine::current();
  std::string line;
  if (kind == Kind::sdslen) {
    line = co_await server::describe_string(engine, request.db, request.arg(2));
  } else {
    line = co_await server::describe_object(engine, request.db, request.arg(2));
  }
  if (line.empty()) {
    co_return fail(exec::errors::no_such_key);
  }
  if (line == server::kNoString) {
    co_return fail("ERR Not an sds encoded string.");
  }
  if (kind == Kind::layout) {
    co_return fail(base::equals_ignore_case(request.arg(1), "LISTPACK")
                       ? "ERR Not a listpack encoded object."
                       : "ERR Not a quicklist encoded object.");
  }
  reply.simple(line);
  co_return Status{};
}

ring::Task<Status> digest_values(Request& request, Reply& reply) {  // both outlive the task
  reply.array(request.size() - 2);
  for (const std::string_view key : request.args(2)) {
    const store::Digest digest =
        co_await server::value_digest(exec::Engine::current(), request.db, key);
    reply.simple(digest.hex());
  }
  co_return Status{};
}

ring::Task<Status> populate(Request& request, Reply& reply) {  // both outlive the task
  const auto count = base::parse_int64(request.arg(2));
  const auto size =
      request.size() == 5 ? base::parse_int64(request.arg(4)) : std::optional<int64_t>(0);
  if (!count || *count < 0 || !size || *size < 0) {
    co_return fail(exec::errors::negative);
  }
  co_await server::populate(request, static_cast<uint64_t>(*count),
                            request.size() > 3 ? request.arg(3) : "key",
                            static_cast<uint64_t>(*size));
  reply.ok();
  co_return Status{};
}

ring::Task<Status> tell_tables(Request& request, Reply& reply) {  // both outlive the task
  const auto db = base::parse_int64(request.arg(2));
  if (!db) {
    co_return fail(exec::errors::not_integer);
  }
  if (*db < 0 || *db >= CoreServer::current().config().databases) {
    co_return fail("ERR Out of range database");
  }
  const std::string text = co_await server::describe_tables(static_cast<uint16_t>(*db));
  reply.verbatim(text);
  co_return Status{};
}

ring::Task<Status> debug(Request& request, Reply& reply) {
  const Result<Kind> kind = find_sub(request);
  if (!kind) {
    co_return fail(kind.error());
  }
  switch (*kind) {
    case Kind::sleep:
      co_await server::freeze(base::parse_double(request.arg(2)).value_or(0));
      break;
    case Kind::active_expire: {
      const bool on = base::parse_int64(request.arg(2)).value_or(0) != 0;
      co_await server::on_every_core(
          [on](CoreServer& at) { at.engine().shard().set_active_expire(on); });
      break;
    }
    case Kind::skip_checksum: {
      const bool on = base::parse_int64(request.arg(2)).value_or(0) == 0;
      co_await server::on_every_core(
          [on](CoreServer& at) { at.engine().shard().set_checks_dumps(on); });
      break;
    }
    case Kind::change_repl_id:
      co_await server::on_core(0, [](CoreServer& at) {
        at.server().change_replication_id();
        return true;
      });
      break;
    case Kind::digest: {
      const store::Digest digest = co_await server::dataset_digest(request);
      reply.simple(digest.hex());
      co_return Status{};
    }
    case Kind::object:
    case Kind::sdslen:
    case Kind::layout: {
      const Status status = co_await describe(*kind, request, reply);
      co_return status;
    }
    case Kind::digest_value: {
      const Status status = co_await digest_values(request, reply);
      co_return status;
    }
    case Kind::populate: {
      const Status status = co_await populate(request, reply);
      co_return status;
    }
    case Kind::load_aof:
    case Kind::reload: {
      const Status status = co_await debug_reload(*kind, request, reply);
      co_return status;
    }
    case Kind::htstats: {
      const Status status = co_await tell_tables(request, reply);
      co_return status;
    }
    default:
      co_return run_here(*kind, request, reply);
  }
  reply.ok();
  co_return Status{};
}

constexpr exec::Command kRows[] = {
    {.name = "DEBUG",
     .since = "1.0.0",
     .group = exec::Group::server,
     .complexity = "Depends on subcommand.",
     .summary = "Commands for tests of the server.",
     .flags = exec::kAdmin | exec::kNoscript | exec::kLoading | exec::kStale | exec::kProtected,
     .shape = wait(debug),
     .arity = -2},
};

}  // namespace

extern const exec::Rows server_debug{kRows};

}  // namespace gyre::commands
