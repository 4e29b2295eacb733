// Why io_uring is not available here, and what the operator can do about it.
#include <sys/resource.h>

#include <cerrno>
#include <cstring>
#include <fstream>
#include <string>

#include "ring/uring.h"

namespace gyre::ring {
namespace {

std::string first_line(const char* path) {
  std::ifstream file(path);
  std::string line;
  std::getline(file, line);
  return line;
}

bool is_filtered_by_seccomp() {
  std::ifstream status("/proc/self/status");
  std::string line;
  while (std::getline(status, line)) {
    if (line.starts_with("Seccomp:")) {
      return line.find('2') != std::string::npos;
    }
  }
  return false;
}

std::string explain(int error, const char* step) {
  std::string text =
      std::string("io_uring is not available: ") + step + ": " + std::strerror(error) + ". ";
  const std::string disabled = first_line("/proc/sys/kernel/io_uring_disabled");
  switch (error) {
    case EPERM:
      if (disabled == "1" || disabled == "2") {
        return text + "It is switched off by sysctl kernel.io_uring_disabled=" + disabled +
               "; set it to 0 (sysctl -w kernel.io_uring_disabled=0).";
      }
      return text +
             (is_filtered_by_seccomp() ? "A seccomp filter" : "A security policy (seccomp, LSM)") +
             " forbids it; in a container allow io_uring_setup, io_uring_enter and "
             "io_uring_register in the seccomp profile (docker run --security-opt seccomp=...).";
    case ENOSYS:
      return text + (is_filtered_by_seccomp()
                         ? "A seccomp filter hides it; allow io_uring_setup, io_uring_enter and "
                           "io_uring_register in the profile."
                         : "This kernel has none; Gyre needs Linux 6.1 or newer.");
    case ENOMEM: {
      rlimit limit = {};
      getrlimit(RLIMIT_MEMLOCK, &limit);
      return text + "The limit of locked memory is too small (RLIMIT_MEMLOCK " +
             std::to_string(limit.rlim_cur / 1024) +
             " KiB); raise it (ulimit -l unlimited, systemd LimitMEMLOCK=infinity, docker run "
             "--ulimit memlock=-1) or use fewer cores.";
    }
    case EMFILE:
    case ENFILE:
      return text + "No file descriptors are left; raise the limit (ulimit -n).";
    case EINVAL:
      return text + "This kernel lacks features Gyre uses; it needs Linux 6.1 or newer.";
    default:
      return text;
  }
}

}  // namespace

std::unique_ptr<Reactor> make_uring_reactor(const ReactorOptions& options, std::string& error) {
  auto reactor = std::make_unique<UringReactor>();
  const char* step = "";
  const int result = reactor->start(options, step);
  if (result < 0) {
    error = explain(-result, step);
    return nullptr;
  }
  return reactor;
}

}  // namespace gyre::ring
