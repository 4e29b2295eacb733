// Fuzzes a whole server: bytes of a client through connection, parser, dispatch, hops and handlers.
#include <poll.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include <algorithm>
#include <cctype>
#include <cerrno>
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <string>
#include <string_view>
#include <thread>

#include "base/assert.h"
#include "base/log.h"
#include "commands/rows.h"
#include "exec/table.h"
#include "server/config_load.h"
#include "server/server.h"

namespace {

using namespace gyre;

constexpr int kAnswerMs = 30000;  // no input may keep the server busy for longer

std::string socket_path() { return "/tmp/gyre-fuzz-" + std::to_string(getpid()) + ".sock"; }

// Two cores, so that keys live elsewhere too; runs until the process ends.
void serve() {
  auto loaded = server::load_config({});
  GYRE_ASSERT(loaded.has_value());
  loaded->config.port = 0;
  loaded->config.unixsocket = socket_path();
  loaded->config.cores = 2;
  loaded->config.save.clear();
  log::Options options;
  options.file = "/dev/null";
  GYRE_ASSERT(log::start(options).has_value());
  static const exec::CommandTable table(commands::all_rows());
  static server::Server server(std::move(*loaded), table);
  std::_Exit(server.run() == 0 ? 0 : 1);
}

int connect_to_server() {
  sockaddr_un address = {};
  address.sun_family = AF_UNIX;
  socket_path().copy(address.sun_path, sizeof address.sun_path - 1);
  for (int attempt = 0; attempt < 500; ++attempt) {
    const int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
    GYRE_ASSERT(fd >= 0);
    if (connect(fd, reinterpret_cast<sockaddr*>(&address), sizeof address) == 0) {
      return fd;
    }
    close(fd);
    usleep(10'000);
  }
  std::abort();  // it does not listen
}

// Commands that end the server or make it wait by design, or change it for the inputs that follow.
bool is_out_of_bounds(std::string_view input) {
  std::string lower(input);
  std::transform(lower.begin(), lower.end(), lower.begin(), [](char c) {
    return static_cast<char>(std::tolower(static_cast<unsigned char>(c)));
  });
  for (const std::string_view word : {"shutdown", "pause", "config", "debug", "kill"}) {
    if (lower.find(word) != std::string::npos) {
      return true;
    }
  }
  return false;
}

// Sends everything while taking what comes back; a peer that stops taking input has answered.
void converse(int fd, std::string_view input, size_t cut) {
  size_t sent = 0;
  bool is_open = true;
  char answer[65536];
  while (is_open) {
    pollfd wait = {fd, static_cast<short>(sent < input.size() ? POLLIN | POLLOUT : POLLIN), 0};
    const int ready = poll(&wait, 1, kAnswerMs);
    if (ready < 0 && errno == EINTR) {
      continue;  // libFuzzer's alarm
    }
    GYRE_ASSERT(ready == 1);
    if ((wait.revents & POLLOUT) != 0 && sent < input.size()) {
      const size_t size = std::min(cut, input.size() - sent);
      const ssize_t done = send(fd, input.data() + sent, size, MSG_NOSIGNAL | MSG_DONTWAIT);
      sent = done > 0 ? sent + static_cast<size_t>(done) : input.size();
      if (sent >= input.size()) {
        shutdown(fd, SHUT_WR);
      }
    }
    if ((wait.revents & (POLLIN | POLLHUP | POLLERR)) != 0) {
      is_open = recv(fd, answer, sizeof answer, MSG_DONTWAIT) > 0;
    }
  }
}

}  // namespace

// The server lives as long as the process, and its tables tag their pointers, which hides them from
// the leak check. The sanitized wire tests look for leaks, after a clean stop.
extern "C" const char* __asan_default_options() { return "detect_leaks=0"; }

extern "C" int LLVMFuzzerInitialize(int*, char***) {
  std::thread(serve).detach();
  std::atexit([] { unlink(socket_path().c_str()); });
  return 0;
}

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  if (size < 2) {
    return 0;
  }
  const std::string_view input(reinterpret_cast<const char*>(data) + 1, size - 1);
  if (is_out_of_bounds(input)) {
    return -1;
  }
  const int fd = connect_to_server();
  converse(fd, input, data[0] == 0 ? input.size() : data[0]);
  close(fd);
  return 0;
}
