#include "server/admission.h"

#include <sys/resource.h>

#include <algorithm>

#include "base/text.h"

namespace gyre::server {

bool Arrival::is_of_this_machine() const {
  return is_unix || peer.starts_with("127.") || peer.starts_with("[::1]:") ||
         peer.starts_with("[::ffff:127.");
}

std::string_view refusal(const Arrival& arrival, const Config& config, int connected) {
  if (connected >= config.maxclients) {
    return "-ERR max number of clients reached\r\n";
  }
  if (config.protected_mode && config.requirepass.empty() && !arrival.is_of_this_machine()) {
    return "-DENIED Gyre is running in protected mode because protected mode is enabled and no "
           "password is set for the default user. In this mode connections are only accepted from "
           "the loopback interface. To connect from other machines do one of the following: "
           "1) disable protected mode with CONFIG SET protected-mode no from the loopback "
           "interface, and CONFIG REWRITE to keep it so; 2) set protected-mode to no in the "
           "configuration file; 3) start the server with --protected-mode no; 4) set a password "
           "for the default user. Do not make the server reachable from the internet without "
           "one.\r\n";
  }
  return "";
}

uint64_t reserved_files(uint16_t cores) { return 16 + 3 * uint64_t{cores}; }

bool is_reserved_file(int fd, uint16_t cores) {
  rlimit limit = {};
  getrlimit(RLIMIT_NOFILE, &limit);
  const uint64_t reserved = std::min<uint64_t>(reserved_files(cores), limit.rlim_cur / 4);
  return static_cast<uint64_t>(fd) >= limit.rlim_cur - reserved;
}

bool is_http(std::string_view word) {
  return base::equals_ignore_case(word, "POST") || base::equals_ignore_case(word, "Host:");
}

}  // namespace gyre::server
