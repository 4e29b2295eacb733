#include "server/auth.h"

#include "base/log.h"
#include "server/core_server.h"

namespace gyre::server {
namespace {

// Takes the same time wherever the texts differ, so that a password cannot be guessed byte by byte.
bool same_secret(std::string_view expected, std::string_view given) {
  size_t difference = expected.size() ^ given.size();
  for (size_t i = 0; i < given.size(); ++i) {
    const char other = expected.empty() ? '\0' : expected[i % expected.size()];
    difference |= static_cast<unsigned char>(given[i] ^ other);
  }
  return difference == 0;
}

}  // namespace

Status authenticate(Connection& connection, std::string_view user, std::string_view password) {
  const std::string& expected = connection.core().config().requirepass;
  if (user != "default" || (!expected.empty() && !same_secret(expected, password))) {
    log::verbose("Client {} at {} gave a wrong user or password", connection.id,
                 connection.arrival().peer);
    return fail("WRONGPASS invalid username-password pair or user is disabled.");
  }
  connection.authenticated = true;
  return {};
}

}  // namespace gyre::server
