// CLIENT and the subcommands that tell about or name the asking connection.
#include "base/text.h"
#include "commands/help.h"
#include "server/caller.h"
#include "server/client_info.h"

namespace gyre::commands {
namespace {

using exec::Group;
using exec::Request;
using resp::Reply;
using server::Connection;
using store::Shard;

Status client_id(Request& request, Shard&, Reply& reply) {
  reply.integer(static_cast<int64_t>(server::caller(request).id));
  return {};
}

Status client_info(Request& request, Shard&, Reply& reply) {
  reply.verbatim(server::client_line(server::caller(request)) + "\n");
  return {};
}

Status client_getname(Request& request, Shard&, Reply& reply) {
  const Connection& connection = server::caller(request);
  if (connection.name.empty()) {
    reply.null();
  } else {
    reply.bulk(connection.name);
  }
  return {};
}

Status client_setname(Request& request, Shard&, Reply& reply) {
  if (!server::is_plain_text(request.arg(2))) {
    return fail("ERR Client names cannot contain spaces, newlines or special characters.");
  }
  server::caller(request).name = request.arg(2);
  reply.ok();
  return {};
}

Status client_setinfo(Request& request, Shard&, Reply& reply) {
  Connection& connection = server::caller(request);
  const std::string_view option = request.arg(2);
  const bool is_name = base::equals_ignore_case(option, "LIB-NAME");
  if (!is_name && !base::equals_ignore_case(option, "LIB-VER")) {
    return exec::format_error("ERR Unrecognized option '%.*s'", static_cast<int>(option.size()),
                              option.data());
  }
  if (!server::is_plain_text(request.arg(3))) {
    return exec::format_error("ERR %s cannot contain spaces, newlines or special characters.",
                              is_name ? "lib-name" : "lib-ver");
  }
  (is_name ? connection.lib_name : connection.lib_version) = request.arg(3);
  reply.ok();
  return {};
}

constexpr uint32_t kFlags = exec::kNoscript | exec::kLoading | exec::kStale;
constexpr std::string_view kOnAllNodes = "request_policy:all_nodes response_policy:all_succeeded";

constexpr exec::Command kRows[] = {
    {.name = "CLIENT",
     .since = "2.4.0",
     .group = Group::connection,
     .complexity = "Depends on subcommand.",
     .summary = "Commands about client connections."},
    {.name = "ID",
     .parent = "CLIENT",
     .since = "5.0.0",
     .group = Group::connection,
     .complexity = "O(1)",
     .summary = "Tells the number of the connection; later connections have larger ones.",
     .flags = kFlags,
     .shape = exec::here(client_id)},
    {.name = "INFO",
     .parent = "CLIENT",
     .since = "6.2.0",
     .group = Group::connection,
     .complexity = "O(1)",
     .summary = "Describes the connection in one line, as CLIENT LIST does.",
     .flags = kFlags,
     .shape = exec::here(client_info),
     .tips = "nondeterministic_output"},
    {.name = "GETNAME",
     .parent = "CLIENT",
     .since = "2.6.9",
     .group = Group::connection,
     .complexity = "O(1)",
     .summary = "Tells the name of the connection.",
     .flags = kFlags,
     .shape = exec::here(client_getname)},
    {.name = "SETNAME",
     .parent = "CLIENT",
     .since = "2.6.9",
     .group = Group::connection,
     .complexity = "O(1)",
     .summary = "Names the connection.",
     .syntax = "connection-name",
     .flags = kFlags,
     .shape = exec::here(client_setname),
     .tips = kOnAllNodes},
    {.name = "SETINFO",
     .parent = "CLIENT",
     .since = "7.2.0",
     .group = Group::connection,
     .complexity = "O(1)",
     .summary = "Notes which client library uses the connection.",
     .syntax = "<LIB-NAME libname|LIB-VER libver>",
     .flags = kFlags,
     .shape = exec::here(client_setinfo),
     .arity = 4,
     .tips = kOnAllNodes},
    {.name = "HELP",
     .parent = "CLIENT",
     .since = "5.0.0",
     .group = Group::connection,
     .complexity = "O(1)",
     .summary = "Lists the subcommands.",
     .flags = exec::kLoading | exec::kStale,
     .shape = exec::here(container_help)},
};

}  // namespace

extern const exec::Rows connection_client{kRows};

}  // namespace gyre::commands
