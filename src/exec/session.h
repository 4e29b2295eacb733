// Session: a caller of commands: which database, which protocol, which permissions.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

namespace gyre::exec {

// A connection is a Session with a socket; replayers, scripts and the embedded library are Sessions
// without one. Used on its own core only.
class Session {
 public:
  Session() = default;
  Session(const Session&) = delete;
  Session& operator=(const Session&) = delete;

  uint64_t id = 0;
  std::string name;       // CLIENT SETNAME
  std::string_view peer;  // address of a client, for logs
  uint16_t db = 0;
  bool resp3 = false;
  bool authenticated = true;
  bool no_touch = false;
  bool no_evict = false;
  // CLIENT REPLY
  bool reply_off = false;
  bool reply_skip_next = false;  // SKIP was just said
  bool reply_skip = false;       // the command that runs now is the skipped one

 protected:
  ~Session() = default;
};

}  // namespace gyre::exec
