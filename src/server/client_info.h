// What CLIENT LIST tells about a connection, and which connections a filter means.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "server/connection.h"

namespace gyre::server {

// One line of CLIENT LIST without its line end. On the connection's core.
std::string client_line(Connection& connection);

// The classes of clients that TYPE names.
enum class ClientType : uint8_t { normal, replica, pubsub, primary, any };

// False if there is no such class. "slave" and "master" are understood too.
bool parse_client_type(std::string_view name, ClientType& type);
ClientType type_of(const Connection& connection);

// Names, library names and versions: printable, without blanks.
bool is_plain_text(std::string_view text);

// What CLIENT KILL and CLIENT LIST select by; empty fields select all.
struct ClientFilter {
  std::vector<uint64_t> ids;
  std::string_view peer;
  std::string_view local;
  std::string_view user;
  ClientType type = ClientType::any;
  int64_t age_min_s = 0;
  uint64_t spared_id = 0;  // never matches
};

// On the connection's core.
bool matches(const ClientFilter& filter, Connection& connection);

}  // namespace gyre::server
