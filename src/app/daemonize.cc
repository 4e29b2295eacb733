#include "app/daemonize.h"

#include <fcntl.h>
#include <unistd.h>

#include <initializer_list>

namespace gyre::app {

bool daemonize() {
  const pid_t child = ::fork();
  if (child < 0) {
    return false;
  }
  if (child > 0) {
    _exit(0);
  }
  ::setsid();
  const int nowhere = ::open("/dev/null", O_RDWR);
  if (nowhere >= 0) {
    for (const int fd : {STDIN_FILENO, STDOUT_FILENO, STDERR_FILENO}) {
      ::dup2(nowhere, fd);
    }
    if (nowhere > STDERR_FILENO) {
      ::close(nowhere);
    }
  }
  return true;
}

}  // namespace gyre::app
