// Listening sockets: TCP addresses and the unix socket, served by the first core.
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "ring/reactor.h"
#include "server/config.h"
#include "server/connection.h"

namespace gyre::server {

// Opens sockets and accepts what comes, a bounded number per turn. Lives on the core that made it.
class Listeners {
 public:
  // Called with every accepted socket.
  using Accept = void (*)(void* context, Arrival arrival);

  Listeners(ring::Reactor& reactor, Accept accept, void* context)
      : reactor_(reactor), accept_(accept), context_(context) {}
  Listeners(const Listeners&) = delete;
  Listeners& operator=(const Listeners&) = delete;
  ~Listeners();

  // Listens on all addresses of the configuration; returns a sentence if that fails.
  // Is there anything to listen on?
  bool has_any() const { return !sockets_.empty(); }
  std::string open(const Config& config);
  // Stops accepting; the sockets close with the object.
  void stop();
  // Stops accepting and closes the sockets.
  void close();
  // For connections accepted from now on.
  void change_keepalive(int seconds) { keepalive_s_ = seconds; }
  bool is_empty() const { return sockets_.empty(); }

 private:
  struct Socket : ring::Listener {
    Listeners* owner = nullptr;
    bool is_unix = false;
    std::string path;  // of a unix socket; removed at the end
  };

  static void ready(ring::Listener& listener);
  void accept_some(Socket& socket);
  std::string open_tcp(const std::string& address, const Config& config, bool is_optional);
  std::string open_unix(const Config& config);
  void add(int fd, bool is_unix, std::string path);

  ring::Reactor& reactor_;
  Accept accept_;
  void* context_;
  int keepalive_s_ = 0;
  int spare_fd_ = -1;  // given up to turn clients away when descriptors run out
  std::vector<std::unique_ptr<Socket>> sockets_;
  std::vector<std::unique_ptr<Socket>> retired_;  // closed, but the kernel may still refer to them
};

}  // namespace gyre::server
