#include "server/data_loading.h"

#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <optional>
#include <utility>

#include "base/clock.h"
#include "base/log.h"
#include "persist/rdb_loader.h"
#include "ring/faults.h"
#include "server/core_server.h"
#include "server/server.h"

namespace gyre::server {
namespace {

// Nothing if there is no such file, or if it has no name.
std::optional<uint64_t> size_of(const std::string& path) {
  struct stat info = {};
  if (path.ends_with('/') || (::stat(path.c_str(), &info) != 0 && errno == ENOENT)) {
    return std::nullopt;
  }
  return static_cast<uint64_t>(info.st_size);
}

}  // namespace

void DataLoading::begin(bool is_holding) {
  is_active_ = true;
  is_holding_ = is_holding;
  is_salvaging_ = false;
  error_.clear();
  progress_ = {.begin_ms = base::unix_ms()};
}

// The new manifest names what it has to.
void DataLoading::end(bool is_good) {
  is_active_ = false;
  if (is_good && std::exchange(is_moved_, false)) {
    ring::failpoint("adopted-safe");
    ::unlink(adopted_.c_str());
  }
}

void DataLoading::log_end(const char* from) const {
  if (is_salvaging_) {
    log::warning("Salvage: {}. The damaged files are kept in {}", losses_.summary(), kept_aside_);
  }
  log::notice("DB loaded from {}: {:.3f} seconds", from,
              static_cast<double>(base::unix_ms() - progress_.begin_ms) / 1000);
}

ring::Task<bool> DataLoading::load_snapshot(bool drops_expired, bool replaces) {
  const Config& config = server_.config();
  const std::string path = config.dir + "/" + config.dbfilename;
  const auto size = size_of(path);
  if (!size) {
    co_return true;
  }
  progress_.total_bytes = *size;
  persist::RdbLoader loader(CoreServer::current().engine(), path,
                            {.checks_sum = config.rdbchecksum,
                             .drops_expired = drops_expired,
                             .losses = losses(),
                             .replaces = replaces},
                            progress_);
  if (!co_await loader.load()) {
    co_return co_await salvage_file(loader.error(), path) && co_await load_snapshot();
  }
  if (loader.end() < loader.file_size()) {
    log::warning("{} bytes behind the end of {} are passed over", loader.file_size() - loader.end(),
                 path);
  }
  log_end("disk");
  co_return true;
}

persist::AofLoadOptions DataLoading::options(const std::string& directory) {
  const Config& config = server_.config();
  return {.directory = directory,
          .cuts_torn_end = config.aof_load_truncated,
          .checks_sum = config.rdbchecksum,
          .losses = losses(),
          .is_holding = is_holding_};
}

ring::Task<bool> DataLoading::load_append_only(persist::AofDirectory& aof) {
  const Config& config = server_.config();
  if (!co_await aof.read()) {
    co_return refuse(aof.error());
  }
  if (!aof.manifest().empty()) {
    co_return co_await load_manifest(aof);
  }
  for (const std::string& name : {config.appendfilename, config.dbfilename}) {
    if (const auto size = size_of(config.dir + "/" + name)) {
      progress_.total_bytes = *size;
      co_return co_await load_alone(aof, name, name == config.appendfilename);
    }
  }
  co_return true;
}

ring::Task<bool> DataLoading::load_manifest(persist::AofDirectory& aof) {
  std::vector<persist::AofFile> files;
  if (const persist::AofFile* base = aof.manifest().base()) {
    files.push_back(*base);
  }
  for (const persist::AofFile* file : aof.manifest().incremental()) {
    files.push_back(*file);
  }
  for (const persist::AofFile& file : files) {
    progress_.total_bytes += size_of(aof.path() + "/" + file.name).value_or(0);
  }
  persist::AofLoader loader(CoreServer::current().engine(), aof.manifest(), options(aof.path()),
                            progress_);
  if (!co_await loader.load()) {
    if (!co_await begin_salvage(loader.error())) {
      co_return false;
    }
    kept_aside_ = name_aside(aof.path());
    if (!co_await aof.keep_aside(kept_aside_)) {
      co_return refuse(aof.error());
    }
    co_return co_await load_manifest(aof);
  }
  for (const persist::AofFile& file : files) {
    if (!is_salvaging_ && loader.is_torn(file) &&
        !co_await aof.cut(file, loader.valid_size(file))) {
      co_return refuse(aof.error());
    }
  }
  log::notice("Repeated {} commands of {} bytes; {} transactions were not whole", loader.commands(),
              loader.bytes_read(), loader.dropped_groups());
  log_end("append only file");
  co_return true;
}

// A copy of a snapshot, because operators put others in its place, and because it stays where it
// is. An append-only file moves, as Redis does it.
ring::Task<bool> DataLoading::load_alone(persist::AofDirectory& aof, const std::string& name,
                                         bool is_moved) {
  const std::string& directory = server_.config().dir;
  persist::AofLoader loader(CoreServer::current().engine(), aof.manifest(), options(directory),
                            progress_);
  if (!co_await loader.load_alone(name)) {
    co_return co_await salvage_file(loader.error(), directory + "/" + name) &&
        co_await load_alone(aof, name, is_moved);
  }
  if (!co_await aof.adopt(directory + "/" + name, name, is_moved)) {
    co_return refuse(aof.error());
  }
  const persist::AofFile file{.name = name};
  if (!is_salvaging_ && loader.is_torn(file) && !co_await aof.cut(file, loader.valid_size(file))) {
    co_return refuse(aof.error());
  }
  adopted_ = directory + "/" + name;
  is_moved_ = is_moved;
  log::notice("{} becomes the base of the append only file", adopted_);
  log_end(is_moved ? "append only file" : "disk");
  co_return true;
}

}  // namespace gyre::server
