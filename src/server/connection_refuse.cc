// Requests of a connection that may not run.
#include <string>
#include <utility>

#include "exec/engine.h"
#include "exec/transaction.h"
#include "server/admission.h"
#include "server/auth.h"
#include "server/connection.h"
#include "server/core_server.h"

namespace gyre::server {

void Connection::refuse(exec::Request& request, exec::Route route, resp::Reply& reply) {
  if (request.command == nullptr && is_http(request.argv[0])) {
    core_.report_http(arrival_);
    close_now();
    return;
  }
  if (transaction != nullptr && transaction->is_open()) {
    transaction->spoil();
  }
  exec::ReplyBuffer nowhere;
  resp::Reply unheard(nowhere, resp3);
  const bool is_heard = !reply_off && !std::exchange(reply_skip_next, false);
  if (!is_heard) {
    nowhere.begin(unheard);
  }
  resp::Reply& to = is_heard ? reply : unheard;
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
  } else {
    refuse_listener(request, to);
  }
}

void Connection::refuse_listener(exec::Request& request, resp::Reply& reply) {
  const std::string text = "ERR Can't execute '" + std::string(request.command->full_name) +
                           "': only (P|S)SUBSCRIBE / (P|S)UNSUBSCRIBE / PING / QUIT / RESET are "
                           "allowed in this context";
  core_.engine().reject(request, text.c_str(), reply);
}

}  // namespace gyre::server
