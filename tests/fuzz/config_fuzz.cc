// Fuzzes the readers of configuration files: any bytes are either taken or refused with a message.
#include <sys/mman.h>
#include <unistd.h>

#include <cstddef>
#include <cstdint>
#include <string>

#include "base/assert.h"
#include "server/config_load.h"

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  if (size < 1) {
    return 0;
  }
  const int fd = memfd_create("settings", MFD_CLOEXEC);
  GYRE_ASSERT(fd >= 0 && write(fd, data + 1, size - 1) == static_cast<ssize_t>(size - 1));
  gyre::server::LoadRequest request;
  request.file = "/proc/self/fd/" + std::to_string(fd);
  request.form =
      (data[0] & 1) != 0 ? gyre::server::ConfigForm::toml : gyre::server::ConfigForm::redis_conf;
  request.strict = (data[0] & 2) != 0;
  const auto loaded = gyre::server::load_config(request);
  GYRE_ASSERT(loaded.has_value() || !loaded.error().empty());
  close(fd);
  return 0;
}
