// Monitors: clients that see every command of every client (MONITOR).
//
// Interest is replicated: every core knows how many monitors each core has. While there are any,
// all sessions are watched (Session::is_watched), and each command is shown once, on the core of
// its client: before it runs if it has keys, since it may take over its arguments, else after. What
// one core has shown in a turn goes out as one piece when the turn ends, so a monitor sees the
// commands of a client in their order, and those of different cores as they come.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "exec/news.h"
#include "exec/request.h"
#include "server/connection.h"

namespace gyre::server {

class CoreServer;

// One per core.
class Monitors {
 public:
  explicit Monitors(CoreServer& core) : core_(core) {}
  Monitors(const Monitors&) = delete;
  Monitors& operator=(const Monitors&) = delete;

  bool is_on() const { return total_ > 0; }
  // The connection becomes a monitor; it is told so when all cores know.
  void add(Connection& connection);
  // It is one no more, if it was; `is_over`: the connection has ended.
  void remove(Connection& connection, bool is_over);

  // Notes a command for the monitors, unless it is one that they must not see.
  void show(const Connection& connection, const exec::Request& request);
  // Sends off what was shown. At the end of a turn.
  void end_turn();

 private:
  struct Interest;
  struct Lines;

  void count(uint16_t core, bool is_more);
  void tell(Connection* connection, bool is_more);
  void deliver(const std::string& lines);

  CoreServer& core_;
  uint32_t total_ = 0;
  std::vector<uint32_t> counts_;  // by core
  std::vector<Connection*> own_;  // of this core
  std::string lines_;             // shown in this turn
};

}  // namespace gyre::server
