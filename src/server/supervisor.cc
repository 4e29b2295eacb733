#include "server/supervisor.h"

#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include <cerrno>
#include <csignal>
#include <cstddef>
#include <cstdlib>
#include <cstring>

#include "base/log.h"

namespace gyre::server {
namespace {

constexpr const char* kSystemdSocket = "NOTIFY_SOCKET";
constexpr const char* kUpstartJob = "UPSTART_JOB";

bool is_set(const char* name) {
  const char* value = std::getenv(name);
  return value != nullptr && *value != '\0';
}

// One datagram of NAME=VALUE lines; a path, or with "@" in front a name without a file.
bool send_to_socket(std::string_view path, std::string_view lines) {
  sockaddr_un address = {};
  address.sun_family = AF_UNIX;
  if (path.size() >= sizeof address.sun_path || (path[0] != '/' && path[0] != '@')) {
    errno = EINVAL;
    return false;
  }
  std::memcpy(address.sun_path, path.data(), path.size());
  if (path[0] == '@') {
    address.sun_path[0] = '\0';
  }
  const int fd = ::socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0);
  if (fd < 0) {
    return false;
  }
  const auto size = static_cast<socklen_t>(offsetof(sockaddr_un, sun_path) + path.size());
  const ssize_t sent = ::sendto(fd, lines.data(), lines.size(), MSG_NOSIGNAL,
                                reinterpret_cast<const sockaddr*>(&address), size);
  const int error = errno;
  ::close(fd);
  errno = error;
  return sent == static_cast<ssize_t>(lines.size());
}

void tell_systemd(std::string_view lines) {
  if (!send_to_socket(std::getenv(kSystemdSocket), lines)) {
    log::warning("systemd supervision error: {}", std::strerror(errno));
  }
}

}  // namespace

Supervised Supervisor::detect(Supervised setting) {
  const bool any = setting == Supervised::auto_detect;
  if ((any || setting == Supervised::upstart) && is_set(kUpstartJob)) {
    return Supervised::upstart;
  }
  if ((any || setting == Supervised::systemd) && is_set(kSystemdSocket)) {
    return Supervised::systemd;
  }
  return Supervised::no;
}

std::string_view Supervisor::name() const {
  return kind_ == Supervised::systemd ? "systemd" : kind_ == Supervised::upstart ? "upstart" : "no";
}

void Supervisor::ready() const {
  if (kind_ == Supervised::systemd) {
    tell_systemd("STATUS=Ready to accept connections\nREADY=1\n");
  } else if (kind_ == Supervised::upstart) {
    log::notice("supervised by upstart, will stop to signal readiness");
    std::raise(SIGSTOP);
  }
}

void Supervisor::stopping() const {
  if (kind_ == Supervised::systemd) {
    tell_systemd("STOPPING=1\n");
  }
}

}  // namespace gyre::server
