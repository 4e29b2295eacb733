#include "server/pid_file.h"

#include <fcntl.h>
#include <unistd.h>

#include <cerrno>
#include <cstdlib>
#include <cstring>

#include "base/log.h"

namespace gyre::server {

void PidFile::write(const std::string& path) {
  const std::string text = std::to_string(::getpid()) + "\n";
  const int fd = ::open(path.c_str(), O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0644);
  if (fd < 0 || ::write(fd, text.data(), text.size()) != static_cast<ssize_t>(text.size())) {
    log::warning("Failed to write PID file: {}", std::strerror(errno));
  } else if (char* absolute = ::realpath(path.c_str(), nullptr)) {
    path_ = absolute;
    std::free(absolute);
  }
  if (fd >= 0) {
    ::close(fd);
  }
}

void PidFile::remove() {
  if (!path_.empty()) {
    log::notice("Removing the pid file.");
    ::unlink(path_.c_str());
    path_.clear();
  }
}

}  // namespace gyre::server
