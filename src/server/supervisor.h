// Supervisor: tells who watches over this process that it serves, and that it ends.
#pragma once

#include <string_view>

#include "server/config_types.h"

namespace gyre::server {

// First core only. With systemd a datagram goes to the socket that NOTIFY_SOCKET names; upstart is
// told by a process that stops itself and is continued.
class Supervisor {
 public:
  explicit Supervisor(Supervised setting) : kind_(detect(setting)) {}

  // Who is there, given the setting and the environment; `no` if nobody is, also when the setting
  // names somebody.
  static Supervised detect(Supervised setting);

  // As INFO shows it.
  std::string_view name() const;
  // Commands are answered from now on.
  void ready() const;
  void stopping() const;

 private:
  Supervised kind_;
};

}  // namespace gyre::server
