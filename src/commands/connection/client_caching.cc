// CLIENT CACHING, GETREDIR, TRACKINGINFO: more about what CLIENT TRACKING began.
#include <string>
#include <string_view>
#include <vector>

#include "base/text.h"
#include "exec/tracking.h"
#include "server/caller.h"

namespace gyre::commands {
namespace {

using exec::ClientTracking;
using exec::Group;
using exec::Request;
using exec::TrackingOptions;
using resp::Reply;
using server::Connection;
using store::Shard;

Status client_caching(Request& request, Shard&, Reply& reply) {
  Connection& connection = server::caller(request);
  ClientTracking* tracking = connection.tracking.get();
  if (tracking == nullptr) {
    return fail(
        "ERR CLIENT CACHING can be called only when the client is in tracking mode with OPTIN or "
        "OPTOUT mode enabled");
  }
  if (base::equals_ignore_case(request.arg(2), "YES")) {
    if (!tracking->options.opts_in) {
      return fail("ERR CLIENT CACHING YES is only valid when tracking is enabled in OPTIN mode.");
    }
  } else if (base::equals_ignore_case(request.arg(2), "NO")) {
    if (!tracking->options.opts_out) {
      return fail("ERR CLIENT CACHING NO is only valid when tracking is enabled in OPTOUT mode.");
    }
  } else {
    return fail(exec::errors::syntax);
  }
  tracking->is_caching_given = true;
  connection.update_care();
  reply.ok();
  return {};
}

// -1: it does not track; 0: it gets them itself.
int64_t redirect_of(const Connection& connection) {
  return connection.tracking == nullptr
             ? -1
             : static_cast<int64_t>(connection.tracking->options.redirect);
}

Status client_getredir(Request& request, Shard&, Reply& reply) {
  reply.integer(redirect_of(server::caller(request)));
  return {};
}

std::vector<std::string_view> flags_of(const ClientTracking* tracking) {
  if (tracking == nullptr) {
    return {"off"};
  }
  const TrackingOptions& options = tracking->options;
  std::vector<std::string_view> flags = {"on"};
  const auto add = [&flags](bool is_on, std::string_view word) {
    if (is_on) {
      flags.push_back(word);
    }
  };
  add(options.is_broadcast, "bcast");
  add(options.opts_in, "optin");
  add(options.opts_in && tracking->is_caching_given, "caching-yes");
  add(options.opts_out, "optout");
  add(options.opts_out && tracking->is_caching_given, "caching-no");
  add(options.is_no_loop, "noloop");
  add(tracking->is_redirect_broken, "broken_redirect");
  return flags;
}

Status client_trackinginfo(Request& request, Shard&, Reply& reply) {
  const Connection& connection = server::caller(request);
  const ClientTracking* tracking = connection.tracking.get();
  const std::vector<std::string_view> flags = flags_of(tracking);
  reply.map(3);
  reply.bulk("flags");
  reply.set(flags.size());
  for (const std::string_view flag : flags) {
    reply.bulk(flag);
  }
  reply.bulk("redirect");
  reply.integer(redirect_of(connection));
  reply.bulk("prefixes");
  reply.array(tracking == nullptr ? 0 : tracking->prefixes.size());
  if (tracking != nullptr) {
    for (const std::string& prefix : tracking->prefixes) {
      reply.bulk(prefix);
    }
  }
  return {};
}

constexpr uint32_t kFlags = exec::kNoscript | exec::kLoading | exec::kStale;

constexpr exec::Command kRows[] = {
    {.name = "CACHING",
     .parent = "CLIENT",
     .since = "6.0.0",
     .group = Group::connection,
     .complexity = "O(1)",
     .summary =
         "Sets whether the keys of the next command are tracked, where that is not the rule.",
     .syntax = "<YES|NO>",
     .flags = kFlags,
     .shape = exec::here(client_caching)},
    {.name = "GETREDIR",
     .parent = "CLIENT",
     .since = "6.0.0",
     .group = Group::connection,
     .complexity = "O(1)",
     .summary = "Tells which connection gets the invalidations of this one.",
     .flags = kFlags,
     .shape = exec::here(client_getredir)},
    {.name = "TRACKINGINFO",
     .parent = "CLIENT",
     .since = "6.2.0",
     .group = Group::connection,
     .complexity = "O(1)",
     .summary = "Tells how the server tracks what the connection reads.",
     .flags = kFlags,
     .shape = exec::here(client_trackinginfo)},
};

}  // namespace

extern const exec::Rows connection_client_caching{kRows};

}  // namespace gyre::commands
