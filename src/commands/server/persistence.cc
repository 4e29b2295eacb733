// SAVE, BGSAVE, BGREWRITEAOF, LASTSAVE.
#include "base/text.h"
#include "server/every_core.h"
#include "server/server.h"

namespace gyre::commands {
namespace {

using exec::Group;
using exec::Request;
using resp::Reply;
using store::Shard;

using server::Durability;

// All of it lives on the first core.
auto on_first_core(const char* (*ask)(Durability& durability)) {
  return server::on_core(0,
                         [ask](server::CoreServer& at) { return ask(at.server().durability()); });
}

// The text is an answer, or an error.
Status answer(const char* text, Reply& reply) {
  if (std::string_view(text).starts_with("ERR")) {
    return fail(text);
  }
  reply.simple(text);
  return {};
}

ring::Task<Status> save(Request&, Reply& reply) {
  bool is_good = false;
  bool is_busy = false;
  co_await server::visit_first_core([&](Durability& durability) -> ring::Task<> {
    is_busy = durability.status().is_saving;
    is_good = !is_busy && co_await durability.save();
  });
  if (is_busy) {
    co_return fail("ERR Background save already in progress");
  }
  if (!is_good) {
    co_return fail("ERR");
  }
  reply.ok();
  co_return Status{};
}

ring::Task<Status> bgsave(Request& request, Reply& reply) {
  if (request.size() == 2 && base::equals_ignore_case(request.arg(1), "cancel")) {
    co_return answer(
        co_await on_first_core([](Durability& durability) { return durability.cancel_save(); }),
        reply);
  }
  const bool is_schedule =
      request.size() == 2 && base::equals_ignore_case(request.arg(1), "schedule");
  if (request.size() > 1 && !is_schedule) {
    co_return fail(exec::errors::syntax);
  }
  co_return answer(
      co_await on_first_core(
          is_schedule ? [](Durability& durability) { return durability.begin_save(true); }
                      : [](Durability& durability) { return durability.begin_save(false); }),
      reply);
}

ring::Task<Status> bgrewriteaof(Request&, Reply& reply) {
  co_return answer(
      co_await on_first_core([](Durability& durability) { return durability.begin_rewrite(); }),
      reply);
}

// As in Redis, the start counts as a save: what it began with is what a disk would hold.
ring::Task<Status> lastsave(Request&, Reply& reply) {
  reply.integer(co_await server::on_core(
      0, [](server::CoreServer& at) { return at.server().durability().status().last_save_s; }));
  co_return Status{};
}

constexpr exec::Change kBgsaveHistory[] = {{"3.2.2", "`SCHEDULE`."}, {"8.1.0", "`CANCEL`."}};
constexpr uint32_t kFlags = exec::kAdmin | exec::kNoscript | exec::kNoAsyncLoading;

constexpr exec::Command kRows[] = {
    {.name = "SAVE",
     .since = "1.0.0",
     .group = Group::server,
     .complexity = "O(N) where N is the total number of keys in all databases",
     .summary = "Writes all databases to disk before it answers.",
     .flags = kFlags | exec::kNoMulti,
     .shape = exec::wait(save)},
    {.name = "BGSAVE",
     .since = "1.0.0",
     .group = Group::server,
     .complexity = "O(1)",
     .summary = "Begins to write all databases to disk.",
     .syntax = "[SCHEDULE|CANCEL]",
     .history = kBgsaveHistory,
     .flags = kFlags,
     .shape = exec::wait(bgsave)},
    {.name = "BGREWRITEAOF",
     .since = "1.0.0",
     .group = Group::server,
     .complexity = "O(1)",
     .summary = "Begins to write the append-only file anew, as short as it can be.",
     .flags = kFlags,
     .shape = exec::wait(bgrewriteaof)},
    {.name = "LASTSAVE",
     .since = "1.0.0",
     .group = Group::server,
     .complexity = "O(1)",
     .summary = "Tells when the databases were last written to disk, as Unix seconds.",
     .flags = exec::kLoading | exec::kStale | exec::kFast,
     .categories = "admin dangerous",
     .shape = exec::wait(lastsave),
     .tips = "nondeterministic_output"},
};

}  // namespace

extern const exec::Rows server_persistence{kRows};

}  // namespace gyre::commands
