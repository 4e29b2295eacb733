// Who asks: the connection behind a request, for commands that are about connections.
#pragma once

#include "exec/request.h"
#include "server/connection.h"
#include "server/core_server.h"

namespace gyre::server {

// REQUIRES: a command of shape here or wait. Every session that reaches such commands through a
// socket is a Connection.
inline Connection& caller(const exec::Request& request) {
  return static_cast<Connection&>(*request.session);
}

}  // namespace gyre::server
