#include "exec/session.h"

#include "exec/transaction.h"

namespace gyre::exec {

Session::Session() = default;
Session::~Session() = default;

void Session::claim(Request& request) {
  request.db = db;
  request.resp3 = resp3;
  request.no_touch = no_touch;
  request.session = this;
}

}  // namespace gyre::exec
