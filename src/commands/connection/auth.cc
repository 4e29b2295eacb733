// AUTH, HELLO.
#include "server/auth.h"

#include "base/number.h"
#include "base/text.h"
#include "server/caller.h"
#include "server/client_info.h"
#include "server/versions.h"

namespace gyre::commands {
namespace {

using server::Connection;

Status auth(exec::Request& request, store::Shard&, resp::Reply& reply) {
  if (request.size() > 3) {
    return fail(exec::errors::syntax);
  }
  Connection& connection = server::caller(request);
  const bool has_user = request.size() == 3;
  if (!has_user && connection.core().config().requirepass.empty()) {
    return fail(
        "ERR AUTH <password> called without any password configured for the default user. Are you "
        "sure your configuration is correct?");
  }
  GYRE_TRY(server::authenticate(connection, has_user ? request.arg(1) : "default",
                                request.arg(has_user ? 2 : 1)));
  reply.ok();
  return {};
}

struct HelloOptions {
  int64_t version = 0;  // 0: as it is
  bool has_user = false;
  std::string_view user;
  std::string_view password;
  bool has_name = false;
  std::string_view name;
};

Result<HelloOptions> parse_hello(const exec::Request& request) {
  HelloOptions options;
  if (request.size() > 1) {
    const auto version = base::parse_int64(request.arg(1));
    if (!version) {
      return fail("ERR Protocol version is not an integer or out of range");
    }
    if (*version != 2 && *version != 3) {
      return fail("NOPROTO unsupported protocol version");
    }
    options.version = *version;
  }
  for (size_t i = 2; i < request.size(); ++i) {
    const size_t more = request.size() - 1 - i;
    if (base::equals_ignore_case(request.arg(i), "AUTH") && more >= 2) {
      options.has_user = true;
      options.user = request.arg(++i);
      options.password = request.arg(++i);
    } else if (base::equals_ignore_case(request.arg(i), "SETNAME") && more >= 1) {
      options.has_name = true;
      options.name = request.arg(++i);
      if (!server::is_plain_text(options.name)) {
        return fail("ERR Client names cannot contain spaces, newlines or special characters.");
      }
    } else {
      return exec::format_error("ERR Syntax error in HELLO option '%.*s'",
                                static_cast<int>(request.arg(i).size()), request.arg(i).data());
    }
  }
  return options;
}

Status hello(exec::Request& request, store::Shard&, resp::Reply& reply) {
  GYRE_TRY_LET(options, parse_hello(request));
  Connection& connection = server::caller(request);
  if (options.has_user) {
    GYRE_TRY(server::authenticate(connection, options.user, options.password));
  }
  if (server::must_authenticate(connection, connection.core().config())) {
    return fail(
        "NOAUTH HELLO must be called with the client already authenticated, otherwise the HELLO "
        "<proto> AUTH <user> <pass> option can be used to authenticate the client and select the "
        "RESP protocol version at the same time");
  }
  if (options.has_name) {
    connection.name = options.name;
  }
  if (options.version != 0) {
    connection.resp3 = options.version == 3;
    reply.set_resp3(connection.resp3);
  }
  reply.map(7);
  reply.bulk("server");
  reply.bulk("redis");  // some clients refuse to talk to anything else
  reply.bulk("version");
  reply.bulk(server::kRedisVersion);
  reply.bulk("proto");
  reply.integer(connection.resp3 ? 3 : 2);
  reply.bulk("id");
  reply.integer(static_cast<int64_t>(connection.id));
  reply.bulk("mode");
  reply.bulk("standalone");
  reply.bulk("role");
  reply.bulk("master");
  reply.bulk("modules");
  reply.array(0);
  return {};
}

constexpr exec::Change kAuthHistory[] = {{"6.0.0", "`username`."}};
constexpr exec::Change kHelloHistory[] = {{"6.2.0", "`protover` may be left out."}};
constexpr uint32_t kFlags = exec::kNoscript | exec::kLoading | exec::kStale | exec::kFast |
                            exec::kNoAuth | exec::kAllowBusy;

constexpr exec::Command kRows[] = {
    {.name = "AUTH",
     .since = "1.0.0",
     .group = exec::Group::connection,
     .complexity = "O(N) where N is the number of passwords of the user",
     .summary = "Lets the connection in with a password.",
     .syntax = "[username] password",
     .history = kAuthHistory,
     .flags = kFlags,
     .shape = exec::here(auth)},
    {.name = "HELLO",
     .since = "6.0.0",
     .group = exec::Group::connection,
     .complexity = "O(1)",
     .summary =
         "Greets the server: chooses the protocol, and may authenticate and name the client.",
     .syntax = "[protover [AUTH username password] [SETNAME clientname]]",
     .history = kHelloHistory,
     .flags = kFlags,
     .shape = exec::here(hello)},
};

}  // namespace

extern const exec::Rows connection_auth{kRows};

}  // namespace gyre::commands
