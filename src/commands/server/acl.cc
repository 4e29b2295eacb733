// ACL WHOAMI, USERS, LIST, GETUSER, CAT: of the one user there is.
#include <string>
#include <vector>

#include "base/sha256.h"
#include "base/text.h"
#include "commands/help.h"
#include "exec/engine.h"
#include "exec/words.h"
#include "server/core_server.h"

namespace gyre::commands {
namespace {

using exec::Command;
using exec::Group;
using exec::Request;
using resp::Reply;
using store::Shard;

const std::string& password() { return server::CoreServer::current().config().requirepass; }

// How a password is shown: nobody can read it back.
std::string digest_of(std::string_view secret) { return base::to_hex(base::Sha256::of(secret)); }

Status whoami(Request&, Shard&, Reply& reply) {
  reply.bulk("default");
  return {};
}

Status users(Request&, Shard&, Reply& reply) {
  reply.array(1);
  reply.bulk("default");
  return {};
}

Status list(Request&, Shard&, Reply& reply) {
  const std::string key = password().empty() ? "nopass" : "#" + digest_of(password());
  reply.array(1);
  reply.bulk("user default on " + key + " ~* &* +@all");
  return {};
}

Status getuser(Request& request, Shard&, Reply& reply) {
  if (request.arg(2) != "default") {
    reply.null();
    return {};
  }
  const bool has_password = !password().empty();
  reply.map(6);
  reply.bulk("flags");
  reply.set(has_password ? 1 : 2);
  reply.bulk("on");
  if (!has_password) {
    reply.bulk("nopass");
  }
  reply.bulk("passwords");
  reply.array(has_password ? 1 : 0);
  if (has_password) {
    reply.bulk(digest_of(password()));
  }
  reply.bulk("commands");
  reply.bulk("+@all");
  reply.bulk("keys");
  reply.bulk("~*");
  reply.bulk("channels");
  reply.bulk("&*");
  reply.bulk("selectors");
  reply.array(0);
  return {};
}

Status cat(Request& request, Shard&, Reply& reply) {
  if (request.size() > 3) {
    return exec::format_error(
        "ERR unknown subcommand or wrong number of arguments for '%.*s'. Try ACL HELP.",
        static_cast<int>(request.arg(1).size()), request.arg(1).data());
  }
  if (request.size() == 2) {
    reply.array(exec::category_words().size());
    for (const std::string_view word : exec::category_words()) {
      reply.bulk(word);
    }
    return {};
  }
  const uint32_t bit = exec::category_bit(request.arg(2));
  if (bit == 0) {
    return exec::format_error("ERR Unknown category '%.*s'",
                              static_cast<int>(request.arg(2).size()), request.arg(2).data());
  }
  std::vector<std::string_view> names;
  for (const Command& command : exec::Engine::current().commands().commands()) {
    if ((exec::categories_of(command) & bit) != 0) {
      names.push_back(command.full_name);
    }
    for (const Command& sub : command.subcommands) {
      if ((exec::categories_of(sub) & bit) != 0) {
        names.push_back(sub.full_name);
      }
    }
  }
  reply.array(names.size());
  for (const std::string_view name : names) {
    reply.bulk(name);
  }
  return {};
}

constexpr uint32_t kFlags = exec::kNoscript | exec::kLoading | exec::kStale;

constexpr Command kRows[] = {
    {.name = "ACL",
     .since = "6.0.0",
     .group = Group::server,
     .complexity = "Depends on subcommand.",
     .summary = "Commands about users and what they may do."},
    {.name = "WHOAMI",
     .parent = "ACL",
     .since = "6.0.0",
     .group = Group::server,
     .complexity = "O(1)",
     .summary = "Tells the user of the connection.",
     .flags = kFlags,
     .shape = exec::here(whoami)},
    {.name = "USERS",
     .parent = "ACL",
     .since = "6.0.0",
     .group = Group::server,
     .complexity = "O(N). Where N is the number of configured users.",
     .summary = "Lists the names of all users.",
     .flags = kFlags | exec::kAdmin,
     .shape = exec::here(users)},
    {.name = "LIST",
     .parent = "ACL",
     .since = "6.0.0",
     .group = Group::server,
     .complexity = "O(N). Where N is the number of configured users.",
     .summary = "Lists the rules of all users.",
     .flags = kFlags | exec::kAdmin,
     .shape = exec::here(list)},
    {.name = "GETUSER",
     .parent = "ACL",
     .since = "6.0.0",
     .group = Group::server,
     .complexity = "O(N). Where N is the number of password, command and pattern rules that the "
                   "user has.",
     .summary = "Tells the rules of a user.",
     .syntax = "username",
     .flags = kFlags | exec::kAdmin,
     .shape = exec::here(getuser)},
    {.name = "CAT",
     .parent = "ACL",
     .since = "6.0.0",
     .group = Group::server,
     .complexity = "O(1) since the categories and commands are a fixed set.",
     .summary = "Lists the categories of commands, or the commands of one.",
     .syntax = "[category]",
     .flags = kFlags,
     .shape = exec::here(cat)},
    {.name = "HELP",
     .parent = "ACL",
     .since = "6.0.0",
     .group = Group::server,
     .complexity = "O(1)",
     .summary = "Lists the subcommands.",
     .flags = exec::kLoading | exec::kStale,
     .shape = exec::here(container_help)},
};

}  // namespace

extern const exec::Rows server_acl{kRows};

}  // namespace gyre::commands
