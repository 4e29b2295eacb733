#include "server/listener.h"

#include <arpa/inet.h>
#include <fcntl.h>
#include <netdb.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>

#include "base/log.h"

namespace gyre::server {
namespace {

constexpr int kAcceptsPerTurn = 64;

std::string problem(const std::string& what) { return what + ": " + std::strerror(errno); }

void set_option(int fd, int level, int option, int value) {
  setsockopt(fd, level, option, &value, sizeof value);
}

std::string text_of(const sockaddr_storage& address) {
  char host[INET6_ADDRSTRLEN] = "";
  if (address.ss_family == AF_INET) {
    const auto& ip = reinterpret_cast<const sockaddr_in&>(address);
    inet_ntop(AF_INET, &ip.sin_addr, host, sizeof host);
    return std::string(host) + ":" + std::to_string(ntohs(ip.sin_port));
  }
  const auto& ip = reinterpret_cast<const sockaddr_in6&>(address);
  inet_ntop(AF_INET6, &ip.sin6_addr, host, sizeof host);
  return "[" + std::string(host) + "]:" + std::to_string(ntohs(ip.sin6_port));
}

void set_keepalive(int fd, int seconds) {
  if (seconds <= 0) {
    return;
  }
  set_option(fd, SOL_SOCKET, SO_KEEPALIVE, 1);
  set_option(fd, IPPROTO_TCP, TCP_KEEPIDLE, seconds);
  set_option(fd, IPPROTO_TCP, TCP_KEEPINTVL, std::max(1, seconds / 3));
  set_option(fd, IPPROTO_TCP, TCP_KEEPCNT, 3);
}

}  // namespace

Listeners::~Listeners() {
  for (auto& socket : sockets_) {
    ::close(socket->fd);
    if (!socket->path.empty()) {
      ::unlink(socket->path.c_str());
    }
  }
  if (spare_fd_ >= 0) {
    ::close(spare_fd_);
  }
}

void Listeners::stop() {
  for (auto& socket : sockets_) {
    reactor_.unwatch(*socket);
  }
}

void Listeners::close() {
  for (auto& socket : sockets_) {
    reactor_.unwatch(*socket);
    // Until the kernel has let go of the socket it would hold on to its port, but not if it does
    // not listen any more.
    ::shutdown(socket->fd, SHUT_RDWR);
    ::close(socket->fd);
    if (!socket->path.empty()) {
      ::unlink(socket->path.c_str());
    }
    retired_.push_back(std::move(socket));
  }
  sockets_.clear();
  std::erase_if(retired_, [](const auto& socket) { return !socket->armed; });
}

std::string Listeners::open(const Config& config) {
  keepalive_s_ = static_cast<int>(config.tcp_keepalive);
  if (spare_fd_ < 0) {
    spare_fd_ = ::open("/dev/null", O_RDONLY | O_CLOEXEC);
  }
  if (config.port != 0) {
    for (const std::string& address : config.bind) {
      // "-::*" means: listen there if the machine has such addresses.
      const bool is_optional = address.starts_with('-');
      std::string error = open_tcp(is_optional ? address.substr(1) : address, config, is_optional);
      if (!error.empty()) {
        return error;
      }
    }
    if (sockets_.empty() && !config.bind.empty()) {
      return "no address to listen on is available";
    }
  }
  return config.unixsocket.empty() ? "" : open_unix(config);
}

std::string Listeners::open_tcp(const std::string& address, const Config& config,
                                bool is_optional) {
  const std::string host = address == "*" ? "0.0.0.0" : address == "::*" ? "::" : address;
  addrinfo hints = {};
  hints.ai_socktype = SOCK_STREAM;
  hints.ai_flags = AI_PASSIVE;
  addrinfo* found = nullptr;
  const std::string port = std::to_string(config.port);
  const std::string where = "cannot listen on " + address + " port " + port;
  if (const int error = getaddrinfo(host.c_str(), port.c_str(), &hints, &found); error != 0) {
    return is_optional ? "" : where + ": " + gai_strerror(error);
  }
  const int fd = socket(found->ai_family, SOCK_STREAM | SOCK_CLOEXEC, 0);
  std::string error;
  if (fd < 0) {
    error = problem(where);
  } else {
    set_option(fd, SOL_SOCKET, SO_REUSEADDR, 1);
    if (found->ai_family == AF_INET6) {
      set_option(fd, IPPROTO_IPV6, IPV6_V6ONLY, 1);
    }
    if (bind(fd, found->ai_addr, found->ai_addrlen) != 0 ||
        listen(fd, static_cast<int>(config.tcp_backlog)) != 0) {
      error = problem(where);
    }
  }
  const bool is_unavailable =
      errno == EADDRNOTAVAIL || errno == EAFNOSUPPORT || errno == EPROTONOSUPPORT;
  freeaddrinfo(found);
  if (error.empty()) {
    add(fd, false, "");
    return "";
  }
  if (fd >= 0) {
    ::close(fd);
  }
  return is_optional && is_unavailable ? "" : error;
}

std::string Listeners::open_unix(const Config& config) {
  sockaddr_un address = {};
  address.sun_family = AF_UNIX;
  const std::string where = "cannot listen on the unix socket " + config.unixsocket;
  if (config.unixsocket.size() >= sizeof address.sun_path) {
    return where + ": the path is too long";
  }
  std::memcpy(address.sun_path, config.unixsocket.data(), config.unixsocket.size());
  ::unlink(config.unixsocket.c_str());
  const int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
  if (fd < 0 || bind(fd, reinterpret_cast<sockaddr*>(&address), sizeof address) != 0 ||
      listen(fd, static_cast<int>(config.tcp_backlog)) != 0) {
    std::string error = problem(where);
    if (fd >= 0) {
      ::close(fd);
    }
    return error;
  }
  if (config.unixsocketperm != 0) {
    ::chmod(config.unixsocket.c_str(), static_cast<mode_t>(config.unixsocketperm));
  }
  add(fd, true, config.unixsocket);
  return "";
}

void Listeners::add(int fd, bool is_unix, std::string path) {
  // Accepting loops until nothing is left, so the listening socket itself must not block.
  fcntl(fd, F_SETFL, fcntl(fd, F_GETFL) | O_NONBLOCK);
  auto socket = std::make_unique<Socket>();
  socket->fd = fd;
  socket->ready = &Listeners::ready;
  socket->owner = this;
  socket->is_unix = is_unix;
  socket->path = std::move(path);
  reactor_.watch(*socket);
  sockets_.push_back(std::move(socket));
}

void Listeners::ready(ring::Listener& listener) {
  auto& socket = static_cast<Socket&>(listener);
  socket.owner->accept_some(socket);
}

void Listeners::accept_some(Socket& socket) {
  for (int i = 0; i < kAcceptsPerTurn; ++i) {
    sockaddr_storage peer = {};
    socklen_t size = sizeof peer;
    const int fd = accept4(socket.fd, reinterpret_cast<sockaddr*>(&peer), &size, SOCK_CLOEXEC);
    if (fd < 0) {
      if (errno == EMFILE || errno == ENFILE) {
        log::warning("Accepting a client failed: {}", std::strerror(errno));
        // Give up the spare descriptor to take the client off the queue and turn it away.
        ::close(spare_fd_);
        const int refused = accept4(socket.fd, nullptr, nullptr, SOCK_CLOEXEC);
        if (refused >= 0) {
          ::close(refused);
        }
        spare_fd_ = ::open("/dev/null", O_RDONLY | O_CLOEXEC);
        continue;  // others may wait behind it, and the kernel reports only new ones
      }
      if (errno == ECONNABORTED || errno == EINTR || errno == EPROTO) {
        continue;
      }
      return;
    }
    Arrival arrival;
    arrival.fd = fd;
    arrival.is_unix = socket.is_unix;
    if (socket.is_unix) {
      arrival.peer = arrival.local = socket.path + ":0";
    } else {
      set_option(fd, IPPROTO_TCP, TCP_NODELAY, 1);
      set_keepalive(fd, keepalive_s_);
      arrival.peer = text_of(peer);
      sockaddr_storage local = {};
      socklen_t local_size = sizeof local;
      getsockname(fd, reinterpret_cast<sockaddr*>(&local), &local_size);
      arrival.local = text_of(local);
    }
    accept_(context_, std::move(arrival));
  }
  // More may be waiting, and the kernel reports only new ones: ask again.
  reactor_.rewatch(socket);
}

}  // namespace gyre::server
