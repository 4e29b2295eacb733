// MULTI, EXEC, DISCARD, WATCH, UNWATCH.
#include <memory>
#include <utility>

#include "exec/session.h"
#include "exec/transaction.h"

namespace gyre::commands {
namespace {

using exec::Engine;
using exec::Request;
using exec::Transaction;
using resp::Reply;

bool is_open(const exec::Session& session) {
  return session.transaction != nullptr && session.transaction->is_open();
}

Transaction& transaction_of(exec::Session& session) {
  if (session.transaction == nullptr) {
    session.transaction = std::make_unique<Transaction>();
  }
  return *session.transaction;
}

Status multi(Request& request, store::Shard&, Reply& reply) {
  if (is_open(*request.session)) {
    return fail("ERR MULTI calls can not be nested");
  }
  transaction_of(*request.session).open();
  reply.ok();
  return {};
}

Status discard(Request& request, store::Shard&, Reply& reply) {
  if (!is_open(*request.session)) {
    return fail("ERR DISCARD without MULTI");
  }
  request.session->transaction.reset();
  reply.ok();
  return {};
}

// Takes the transaction that EXEC is to run off the session, so that its commands are not queued
// again.
Result<std::unique_ptr<Transaction>> take(exec::Session& session) {
  if (!is_open(session)) {
    return fail("ERR EXEC without MULTI");
  }
  auto transaction = std::move(session.transaction);
  if (transaction->is_spoilt()) {
    return fail("EXECABORT Transaction discarded because of previous errors.");
  }
  return transaction;
}

Result<bool> exec_here(Request& request, Reply& reply) {
  exec::Session& session = *request.session;
  Engine& engine = Engine::current();
  if (is_open(session) && !session.transaction->is_spoilt() &&
      !session.transaction->can_run_here(engine)) {
    return false;
  }
  const auto transaction = take(session);
  if (!transaction) {
    return fail(transaction.error());
  }
  session.is_in_exec = true;
  (*transaction)->run_here(engine, session, reply);
  session.is_in_exec = false;
  return true;
}

ring::Task<Status> exec_anywhere(Request& request, Reply& reply) {  // both outlive the task
  auto transaction = take(*request.session);
  if (!transaction) {
    co_return fail(transaction.error());
  }
  request.session->is_in_exec = true;
  co_await (*transaction)->run(Engine::current(), *request.session, reply);
  request.session->is_in_exec = false;
  co_return Status{};
}

constexpr Error kWatchInside{"ERR WATCH inside MULTI is not allowed"};

Result<bool> watch_here(Request& request, Reply& reply) {
  if (is_open(*request.session)) {
    return fail(kWatchInside);
  }
  Engine& engine = Engine::current();
  for (const std::string_view name : request.args()) {
    if (engine.owner_of(name) != engine.core_id()) {
      return false;
    }
  }
  transaction_of(*request.session).watch_here(engine, request.db, request.args());
  reply.ok();
  return true;
}

ring::Task<Status> watch_anywhere(Request& request, Reply& reply) {  // both outlive the task
  if (is_open(*request.session)) {
    co_return fail(kWatchInside);
  }
  co_await transaction_of(*request.session).watch(Engine::current(), request.db, request.args());
  reply.ok();
  co_return Status{};
}

Status unwatch(Request& request, store::Shard&, Reply& reply) {
  if (request.session->transaction != nullptr) {
    request.session->transaction->forget_watches();
    if (!request.session->transaction->is_open()) {
      request.session->transaction.reset();
    }
  }
  reply.ok();
  return {};
}

constexpr uint32_t kFlags =
    exec::kNoscript | exec::kLoading | exec::kStale | exec::kFast | exec::kAllowBusy;

constexpr exec::KeySpec kWatchedKeys[] = {{.flags = "RO", .last = -1}};

constexpr exec::Command kRows[] = {
    {.name = "MULTI",
     .since = "1.2.0",
     .group = exec::Group::transactions,
     .complexity = "O(1)",
     .summary = "Begins a transaction: what follows is queued until EXEC.",
     .flags = kFlags | exec::kUnqueued,
     .shape = exec::here(multi)},
    {.name = "EXEC",
     .since = "1.2.0",
     .group = exec::Group::transactions,
     .complexity = "Depends on the commands in the transaction",
     .summary = "Runs all queued commands as one.",
     .flags =
         exec::kNoscript | exec::kLoading | exec::kStale | exec::kSkipSlowlog | exec::kUnqueued,
     .shape = exec::try_or_wait(exec_here, exec_anywhere)},
    {.name = "DISCARD",
     .since = "2.0.0",
     .group = exec::Group::transactions,
     .complexity = "O(N), when N is the number of queued commands",
     .summary = "Gives up a transaction.",
     .flags = kFlags | exec::kUnqueued,
     .shape = exec::here(discard)},
    {.name = "WATCH",
     .since = "2.2.0",
     .group = exec::Group::transactions,
     .complexity = "O(1) for every key.",
     .summary = "Lets the next EXEC do nothing if one of the keys has been changed by then.",
     .syntax = "key [key ...]",
     .flags = kFlags | exec::kUnqueued,
     .keys = kWatchedKeys,
     .shape = exec::try_or_wait(watch_here, watch_anywhere)},
    {.name = "UNWATCH",
     .since = "2.2.0",
     .group = exec::Group::transactions,
     .complexity = "O(1)",
     .summary = "Watches no key any more.",
     .flags = kFlags,
     .shape = exec::here(unwatch)},
};

}  // namespace

extern const exec::Rows transactions_multi{kRows};

}  // namespace gyre::commands
