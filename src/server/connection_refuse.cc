// Requests of a connection that do not run, or not yet.
#include <string>
#include <utility>

#include "exec/engine.h"
#include "exec/transaction.h"
#include "server/admission.h"
#include "server/auth.h"
#include "server/connection.h"
#include "server/core_server.h"

namespace gyre::server {
namespace {

// Where the answer to a request that does not run goes: to the client, or nowhere after CLIENT
// REPLY OFF or SKIP.
class Answer {
 public:
  Answer(exec::Session& session, resp::Reply& reply)
      : reply_(reply),
        unheard_(nowhere_, session.resp3),
        is_heard_(!session.reply_off && !std::exchange(session.reply_skip_next, false)) {
    if (!is_heard_) {
      nowhere_.begin(unheard_);
    }
  }

  resp::Reply& to() { return is_heard_ ? reply_ : unheard_; }

 private:
  resp::Reply& reply_;
  exec::ReplyBuffer nowhere_;
  resp::Reply unheard_;
  const bool is_heard_;
};

}  // namespace

// Between MULTI and EXEC.
void Connection::queue_or_refuse(exec::Request& request, exec::Route route, resp::Reply& reply) {
  Answer answer(*this, reply);
  if (request.command->has(exec::kNoMulti)) {
    core_.engine().reject(request, "ERR Command not allowed inside a transaction", answer.to());
    transaction->spoil();
    return;
  }
  if (!transaction->is_spoilt()) {  // else it will never run
    transaction->queue(request, route);
  }
  answer.to().simple("QUEUED");
}

void Connection::refuse(exec::Request& request, exec::Route route, resp::Reply& reply) {
  if (request.command == nullptr && is_http(request.argv[0])) {
    core_.report_http(arrival_);
    close_now();
    return;
  }
  if (transaction != nullptr && transaction->is_open()) {
    transaction->spoil();
  }
  if (is_unusual) {
    note_end(request.command);
  }
  Answer answer(*this, reply);
  resp::Reply& to = answer.to();
  if (route == exec::Route::bad && request.command != nullptr && request.command->name == "EXEC") {
    transaction.reset();
    core_.engine().reject(request,
                          "EXECABORT Transaction discarded because of: wrong number of arguments "
                          "for 'exec' command",
                          to);
  } else if (route == exec::Route::bad) {
    exec::encode_bad(request, core_.engine(), to);
  } else if (must_authenticate(*this, core_.config())) {
    core_.engine().reject(request, "NOAUTH Authentication required.", to);
  } else if (core_.is_refusing() && core_.refusal_of(*request.command) != nullptr) {
    core_.engine().reject(request, core_.refusal_of(*request.command), to);
  } else {
    refuse_bound(request, to);
  }
}

void Connection::refuse_bound(exec::Request& request, resp::Reply& reply) {
  if (!is_only_listening()) {
    core_.engine().reject(request, "ERR Replica can't interact with the keyspace", reply);
    return;
  }
  const std::string text = "ERR Can't execute '" + std::string(request.command->full_name) +
                           "': only (P|S)SUBSCRIBE / (P|S)UNSUBSCRIBE / PING / QUIT / RESET are "
                           "allowed in this context";
  core_.engine().reject(request, text.c_str(), reply);
}

}  // namespace gyre::server
