// CLIENT LIST, CLIENT KILL.
#include <algorithm>
#include <utility>
#include <vector>

#include "base/number.h"
#include "base/text.h"
#include "server/caller.h"
#include "server/client_info.h"
#include "server/every_core.h"

namespace gyre::commands {
namespace {

using exec::Group;
using exec::Request;
using exec::wait;
using resp::Reply;
using server::ClientFilter;
using server::Connection;
using server::CoreServer;

tl::unexpected<Error> unknown_type(std::string_view name) {
  return exec::format_error("ERR Unknown client type '%.*s'", static_cast<int>(name.size()),
                            name.data());
}

Result<ClientFilter> parse_list(const Request& request) {
  ClientFilter filter;
  if (request.size() == 4 && base::equals_ignore_case(request.arg(2), "TYPE")) {
    if (!server::parse_client_type(request.arg(3), filter.type)) {
      return unknown_type(request.arg(3));
    }
  } else if (request.size() > 3 && base::equals_ignore_case(request.arg(2), "ID")) {
    for (const std::string_view word : request.args(3)) {
      const auto id = base::parse_int64(word);
      if (!id) {
        return fail("ERR Invalid client ID");
      }
      filter.ids.push_back(static_cast<uint64_t>(*id));
    }
  } else if (request.size() != 2) {
    return fail(exec::errors::syntax);
  }
  return filter;
}

ring::Task<Status> client_list(Request& request, Reply& reply) {
  const Result<ClientFilter> filter = parse_list(request);
  if (!filter) {
    co_return fail(filter.error());
  }
  using Line = std::pair<uint64_t, std::string>;
  std::vector<Line> lines;
  co_await server::on_every_core([&](CoreServer& at) {
    for (Connection& connection : at.connections()) {
      if (server::matches(*filter, connection)) {
        lines.emplace_back(connection.id, server::client_line(connection) + "\n");
      }
    }
  });
  std::sort(lines.begin(), lines.end());
  std::string text;
  if (filter->ids.empty()) {
    for (const Line& line : lines) {
      text += line.second;
    }
  }
  for (const uint64_t id : filter->ids) {
    const auto found = std::find_if(lines.begin(), lines.end(),
                                    [id](const Line& line) { return line.first == id; });
    text += found != lines.end() ? found->second : "";
  }
  reply.verbatim(text);
  co_return Status{};
}

// One filter of CLIENT KILL with its value.
Status parse_kill_filter(std::string_view name, std::string_view value, ClientFilter& filter,
                         bool& skip_me) {
  if (base::equals_ignore_case(name, "ID")) {
    const auto id = base::parse_int64(value);
    if (!id || *id < 1) {
      return fail("ERR client-id should be greater than 0");
    }
    filter.ids.assign(1, static_cast<uint64_t>(*id));
  } else if (base::equals_ignore_case(name, "MAXAGE")) {
    const auto age = base::parse_int64(value);
    if (!age) {
      return fail("ERR maxage is not an integer or out of range");
    }
    if (*age <= 0) {
      return fail("ERR maxage should be greater than 0");
    }
    filter.age_min_s = *age;
  } else if (base::equals_ignore_case(name, "TYPE")) {
    if (!server::parse_client_type(value, filter.type)) {
      return unknown_type(value);
    }
  } else if (base::equals_ignore_case(name, "ADDR")) {
    filter.peer = value;
  } else if (base::equals_ignore_case(name, "LADDR")) {
    filter.local = value;
  } else if (base::equals_ignore_case(name, "USER")) {
    if (value != "default") {
      return exec::format_error("ERR No such user '%.*s'", static_cast<int>(value.size()),
                                value.data());
    }
    filter.user = value;
  } else if (base::equals_ignore_case(name, "SKIPME")) {
    skip_me = base::equals_ignore_case(value, "YES");
    if (!skip_me && !base::equals_ignore_case(value, "NO")) {
      return fail(exec::errors::syntax);
    }
  } else {
    return fail(exec::errors::syntax);
  }
  return {};
}

Result<ClientFilter> parse_kill(const Request& request) {
  ClientFilter filter;
  if (request.size() == 3) {  // the old form: an address, one's own too
    filter.peer = request.arg(2);
    return filter;
  }
  bool skip_me = true;
  for (size_t i = 2; i < request.size(); i += 2) {
    if (i + 1 == request.size()) {
      return fail(exec::errors::syntax);
    }
    GYRE_TRY(parse_kill_filter(request.arg(i), request.arg(i + 1), filter, skip_me));
  }
  filter.spared_id = skip_me ? request.session->id : 0;
  return filter;
}

ring::Task<Status> client_kill(Request& request, Reply& reply) {
  const Result<ClientFilter> filter = parse_kill(request);
  if (!filter) {
    co_return fail(filter.error());
  }
  const uint64_t own_id = request.session->id;
  int64_t killed = 0;
  co_await server::on_every_core([&](CoreServer& at) {
    for (auto next = at.connections().begin(); next != at.connections().end();) {
      Connection& connection = *next;
      ++next;  // closing may take it out of the list
      if (connection.is_closing() || !server::matches(*filter, connection)) {
        continue;
      }
      ++killed;
      if (connection.id == own_id) {
        connection.close_gently();  // the answer goes out first
      } else {
        connection.close_now();
      }
    }
  });
  if (request.size() > 3) {
    reply.integer(killed);
  } else if (killed == 0) {
    co_return fail("ERR No such client");
  } else {
    reply.ok();
  }
  co_return Status{};
}

constexpr exec::Change kKillHistory[] = {{"2.8.12", "Takes filters, `ID` among them."},
                                         {"3.2.0", "`TYPE` master."},
                                         {"5.0.0", "`TYPE` replica; slave is still understood."},
                                         {"6.2.0", "`LADDR`."},
                                         {"7.4.0", "`MAXAGE`."}};
constexpr exec::Change kListHistory[] = {
    {"2.8.12", "Field `id`."},
    {"5.0.0", "Filter `TYPE`."},
    {"6.0.0", "Field `user`."},
    {"6.2.0", "Fields `argv-mem`, `tot-mem`, `laddr` and `redir`; filter `ID`."},
    {"7.0.0", "Fields `resp`, `multi-mem`, `rbs` and `rbp`."},
    {"7.0.3", "Field `ssub`."},
    {"7.2.0", "Fields `lib-name` and `lib-ver`."}};
constexpr uint32_t kFlags = exec::kAdmin | exec::kNoscript | exec::kLoading | exec::kStale;

constexpr exec::Command kRows[] = {
    {.name = "LIST",
     .parent = "CLIENT",
     .since = "2.4.0",
     .group = Group::connection,
     .complexity = "O(N) where N is the number of client connections",
     .summary = "Describes every connection in a line.",
     .syntax = "[TYPE <NORMAL|MASTER|REPLICA|PUBSUB>] [ID client-id [client-id ...]]",
     .history = kListHistory,
     .flags = kFlags,
     .shape = wait(client_list),
     .tips = "nondeterministic_output"},
    {.name = "KILL",
     .parent = "CLIENT",
     .since = "2.4.0",
     .group = Group::connection,
     .complexity = "O(N) where N is the number of client connections",
     .summary = "Closes the connections that match all filters.",
     .syntax = "<ip:port|<[ID client-id]|[TYPE <NORMAL|MASTER|SLAVE|REPLICA|PUBSUB>]|"
               "[USER username]|[ADDR ip:port]|[LADDR ip:port]|[SKIPME <YES|NO>]|"
               "[MAXAGE maxage]> ...>",
     .history = kKillHistory,
     .flags = kFlags,
     .shape = wait(client_kill),
     .arity = -3},
};

}  // namespace

extern const exec::Rows connection_client_list{kRows};

}  // namespace gyre::commands
