// Requests of connections around which something has to be seen to (Session::is_unusual).
#include <utility>

#include "exec/engine.h"
#include "exec/tracking.h"
#include "exec/transaction.h"
#include "server/connection.h"
#include "server/core_server.h"

namespace gyre::server {

// Something has to be seen to around the request.
bool Connection::run_unusual(exec::Request& request, resp::Reply& reply) {
  const exec::Showing showing(*this, request);
  bool is_complete = true;
  if (reply_off || reply_skip_next) {
    run_unheard(request, reply);
  } else {
    is_complete = core_.engine().run_next(request, reply);
  }
  note_end(request.command);
  return is_complete;
}

// A command runs elsewhere, or has run at once though it need not have.
void Connection::note_run(const exec::Request& request) {
  if (is_watched) {
    show(request);
  }
  note_end(request.command);
}

void Connection::show(const exec::Request& request) { core_.monitors().show(*this, request); }

// Clients of RESP2 that listen cannot tell replies from messages; and those that monitor must not
// touch keys, as Redis holds them for replicas.
bool Connection::may_not_run(const exec::Command& command) const {
  constexpr uint32_t kOfKeys = exec::kWrite | exec::kReadonly | exec::kMayReplicate;
  return (is_only_listening() && !command.has(exec::kWhileListening)) ||
         (is_monitor() && command.has(kOfKeys));
}

// CLIENT CACHING is about the next command, or the next transaction, and other words of CLIENT do
// not count. Null: there is no such command.
void Connection::note_end(const exec::Command* command) {
  const bool is_client =
      command != nullptr &&
      (command->parent == "CLIENT" || (command->parent.empty() && command->name == "CLIENT"));
  const bool is_in_transaction = transaction != nullptr && transaction->is_open();
  if (tracking != nullptr && !is_client && !is_in_transaction) {
    tracking->is_caching_given = false;
  }
  update_care();
}

// CLIENT REPLY OFF or SKIP: the command runs, its reply goes nowhere, unless the command itself
// turned replies on again.
void Connection::run_unheard(exec::Request& request, resp::Reply& reply) {
  reply_skip = std::exchange(reply_skip_next, false);
  exec::ReplyBuffer buffer;
  resp::Reply unheard(buffer, resp3);
  buffer.begin(unheard);
  core_.engine().run(request, unheard);
  buffer.finish(unheard);
  const bool is_heard = !reply_off && !std::exchange(reply_skip, false) && !reply_skip_next;
  if (is_heard || request.command->has(exec::kPushes)) {
    buffer.copy_to(reply, 0, buffer.size());
  }
}

}  // namespace gyre::server
