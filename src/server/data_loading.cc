#include "server/data_loading.h"

#include <sys/stat.h>

#include <cerrno>

#include "base/clock.h"
#include "base/log.h"
#include "persist/rdb_loader.h"
#include "server/core_server.h"
#include "server/server.h"

namespace gyre::server {

void DataLoading::begin() {
  is_active_ = true;
  progress_ = {.begin_ms = base::unix_ms()};
}

ring::Task<bool> DataLoading::load_snapshot() {
  const Config& config = server_.config();
  const std::string path = config.dir + "/" + config.dbfilename;
  struct stat info = {};
  if (::stat(path.c_str(), &info) != 0 && errno == ENOENT) {
    co_return true;
  }
  progress_.total_bytes = static_cast<uint64_t>(info.st_size);
  persist::RdbLoader loader(CoreServer::current().engine(), path,
                            {.checks_sum = config.rdbchecksum}, progress_);
  if (!co_await loader.load()) {
    error_ = loader.error();
    co_return false;
  }
  if (loader.end() < loader.file_size()) {
    log::warning("{} bytes behind the end of {} are passed over", loader.file_size() - loader.end(),
                 path);
  }
  log::notice("DB loaded from disk: {:.3f} seconds",
              static_cast<double>(base::unix_ms() - progress_.begin_ms) / 1000);
  co_return true;
}

}  // namespace gyre::server
