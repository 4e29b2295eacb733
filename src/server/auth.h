// Passwords: who a connection may act as.
#pragma once

#include <string_view>

#include "base/error.h"
#include "server/config.h"
#include "server/connection.h"

namespace gyre::server {

// AUTH and HELLO AUTH: lets the connection in as `user` if the password fits. The only user is
// "default", whose password is requirepass; without one, any password fits.
Status authenticate(Connection& connection, std::string_view user, std::string_view password);

// True if the connection must give a password before it may do anything.
inline bool must_authenticate(const Connection& connection, const Config& config) {
  return !connection.authenticated && !config.requirepass.empty();
}

}  // namespace gyre::server
