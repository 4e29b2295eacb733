// CLIENT TRACKING.
#include <algorithm>
#include <optional>
#include <string>
#include <vector>

#include "base/number.h"
#include "base/text.h"
#include "exec/tracking.h"
#include "server/caller.h"
#include "server/every_core.h"

namespace gyre::commands {
namespace {

using exec::ClientTracking;
using exec::Group;
using exec::Request;
using exec::TrackingOptions;
using resp::Reply;
using server::Connection;
using server::CoreServer;
using store::Shard;

// What the arguments of CLIENT TRACKING ask for. Redis looks for the client to redirect to as soon
// as it has read its number, so that mistakes further behind do not count if there is none.
struct Wish {
  TrackingOptions options;
  std::optional<int64_t> redirect;
  std::vector<std::string_view> prefixes;
  Status status = {};
};

Status parse_redirect(std::string_view word, Wish& wish) {
  if (wish.redirect) {
    return fail("ERR A client can only redirect to a single other client");
  }
  const auto id = base::parse_int64(word);
  if (!id) {
    return fail(exec::errors::not_integer);
  }
  wish.redirect = *id;
  return {};
}

Status parse_options(const Request& request, Wish& wish) {
  TrackingOptions& options = wish.options;
  for (size_t i = 3; i < request.size(); ++i) {
    const std::string_view word = request.arg(i);
    const bool has_more = i + 1 < request.size();
    if (base::equals_ignore_case(word, "REDIRECT") && has_more) {
      GYRE_TRY(parse_redirect(request.arg(++i), wish));
    } else if (base::equals_ignore_case(word, "BCAST")) {
      options.is_broadcast = true;
    } else if (base::equals_ignore_case(word, "OPTIN")) {
      options.opts_in = true;
    } else if (base::equals_ignore_case(word, "OPTOUT")) {
      options.opts_out = true;
    } else if (base::equals_ignore_case(word, "NOLOOP")) {
      options.is_no_loop = true;
    } else if (base::equals_ignore_case(word, "PREFIX") && has_more) {
      wish.prefixes.push_back(request.arg(++i));
    } else {
      return fail(exec::errors::syntax);
    }
  }
  return {};
}

Wish parse_wish(const Request& request) {
  Wish wish;
  wish.status = parse_options(request, wish);
  return wish;
}

// Would both be told of changes of one key?
bool do_overlap(std::string_view first, std::string_view second) {
  const size_t size = std::min(first.size(), second.size());
  return first.substr(0, size) == second.substr(0, size);
}

Status check_prefixes(const Wish& wish, const ClientTracking* present) {
  const std::vector<std::string> none;
  for (size_t i = 0; i < wish.prefixes.size(); ++i) {
    const std::string_view prefix = wish.prefixes[i];
    for (const std::string& known : present != nullptr ? present->prefixes : none) {
      if (do_overlap(known, prefix)) {
        return exec::format_error(
            "ERR Prefix '%.*s' overlaps with an existing prefix '%s'. Prefixes for a single client "
            "must not overlap.",
            static_cast<int>(prefix.size()), prefix.data(), known.c_str());
      }
    }
    for (size_t j = i + 1; j < wish.prefixes.size(); ++j) {
      const std::string_view other = wish.prefixes[j];
      if (do_overlap(prefix, other)) {
        return exec::format_error(
            "ERR Prefix '%.*s' overlaps with another provided prefix '%.*s'. Prefixes for a single "
            "client must not overlap.",
            static_cast<int>(prefix.size()), prefix.data(), static_cast<int>(other.size()),
            other.data());
      }
    }
  }
  return {};
}

// Do the options fit each other, and what the client has said before?
Status check_options(const Wish& wish, const ClientTracking* present) {
  const TrackingOptions& options = wish.options;
  if (!options.is_broadcast && !wish.prefixes.empty()) {
    return fail("ERR PREFIX option requires BCAST mode to be enabled");
  }
  if (present != nullptr && present->options.is_broadcast != options.is_broadcast) {
    return fail(
        "ERR You can't switch BCAST mode on/off before disabling tracking for this client, and "
        "then re-enabling it with a different mode.");
  }
  if (options.is_broadcast && (options.opts_in || options.opts_out)) {
    return fail("ERR OPTIN and OPTOUT are not compatible with BCAST");
  }
  if (options.opts_in && options.opts_out) {
    return fail("ERR You can't specify both OPTIN mode and OPTOUT mode");
  }
  if (present != nullptr && ((options.opts_in && present->options.opts_out) ||
                             (options.opts_out && present->options.opts_in))) {
    return fail(
        "ERR You can't switch OPTIN/OPTOUT mode before disabling tracking for this client, and "
        "then re-enabling it with a different mode.");
  }
  return options.is_broadcast ? check_prefixes(wish, present) : Status{};
}

// The client to redirect to, if there is one, has been found.
Status apply(const Request& request, Wish& wish, Reply& reply) {
  GYRE_TRY(wish.status);
  Connection& connection = server::caller(request);
  exec::Tracking& tracking = connection.core().engine().tracking();
  if (base::equals_ignore_case(request.arg(2), "ON")) {
    GYRE_TRY(check_options(wish, connection.tracking.get()));
    tracking.enable(connection, wish.options, wish.prefixes);
  } else if (base::equals_ignore_case(request.arg(2), "OFF")) {
    tracking.disable(connection);
  } else {
    return fail(exec::errors::syntax);
  }
  reply.ok();
  return {};
}

bool find_redirect(CoreServer& at, Wish& wish) {
  Connection* target = at.find(static_cast<uint64_t>(*wish.redirect));
  if (target == nullptr || target->is_gone()) {
    return false;
  }
  at.engine().tracking().add_target(*target);
  wish.options.redirect = target->id;
  wish.options.redirect_core = at.core().id();
  return true;
}

Result<bool> track_here(Request& request, Reply& reply) {
  Wish wish = parse_wish(request);
  if (wish.redirect && !find_redirect(CoreServer::current(), wish)) {
    return false;
  }
  GYRE_TRY(apply(request, wish, reply));
  return true;
}

ring::Task<Status> track_anywhere(Request& request, Reply& reply) {  // both outlive the task
  Wish wish = parse_wish(request);
  if (wish.redirect) {
    bool is_found = false;
    co_await server::on_every_core(
        [&](CoreServer& at) { is_found = is_found || find_redirect(at, wish); });
    if (!is_found) {
      co_return fail("ERR The client ID you want redirect to does not exist");
    }
  }
  co_return apply(request, wish, reply);
}

constexpr uint32_t kFlags = exec::kNoscript | exec::kLoading | exec::kStale;

constexpr exec::Command kRows[] = {
    {.name = "TRACKING",
     .parent = "CLIENT",
     .since = "6.0.0",
     .group = Group::connection,
     .complexity = "O(1). Some options may introduce additional complexity.",
     .summary = "Sets whether the server tells the connection which of the keys it has read, or "
                "which keys with certain prefixes, have changed.",
     .syntax = "<ON|OFF> [REDIRECT client-id] [PREFIX prefix [PREFIX prefix ...]] [BCAST] [OPTIN] "
               "[OPTOUT] [NOLOOP]",
     .flags = kFlags,
     .shape = exec::try_or_wait(track_here, track_anywhere)},
};

}  // namespace

extern const exec::Rows connection_client_tracking{kRows};

}  // namespace gyre::commands
