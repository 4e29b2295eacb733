// Session: a caller of commands: which database, which protocol, which permissions.
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>

namespace gyre::exec {

class Transaction;
struct Request;

// A connection is a Session with a socket; replayers, scripts and the embedded library are Sessions
// without one. Used on its own core only.
class Session {
 public:
  Session();
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

  // Makes a request one of this caller, as the caller is now.
  void claim(Request& request);

  // MULTI was said, or keys are watched; else null.
  std::unique_ptr<Transaction> transaction;
  // EXEC runs for this caller and has locked all cores.
  bool holds_cores = false;

 protected:
  ~Session();
};

}  // namespace gyre::exec
