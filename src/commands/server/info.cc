// INFO.
#include "server/info.h"

#include "server/every_core.h"

namespace gyre::commands {
namespace {

using exec::Request;
using exec::wait;
using resp::Reply;
using server::CoreServer;

ring::Task<Status> info(Request& request, Reply& reply) {
  const uint32_t sections = server::parse_sections(request.args());
  server::InfoTotals totals;
  co_await server::on_every_core([&](CoreServer& at) { totals.add(at, sections); });
  reply.verbatim(server::info_text(CoreServer::current(), totals, sections));
  co_return Status{};
}

constexpr exec::Change kHistory[] = {{"7.0.0", "Takes several sections."}};

constexpr exec::Command kRows[] = {
    {.name = "INFO",
     .since = "1.0.0",
     .group = exec::Group::server,
     .complexity = "O(1)",
     .summary = "Tells about the server: state, counters, settings, by sections.",
     .syntax = "[section [section ...]]",
     .history = kHistory,
     .flags = exec::kLoading | exec::kStale,
     .categories = "dangerous",
     .shape = wait(info),
     .tips = "nondeterministic_output request_policy:all_shards response_policy:special"},
};

}  // namespace

extern const exec::Rows server_info{kRows};

}  // namespace gyre::commands
