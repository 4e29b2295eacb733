// Files that are damaged: the second try, for all that is whole of them.
#include <cstring>

#include "base/clock.h"
#include "base/log.h"
#include "exec/everywhere.h"
#include "persist/file_copy.h"
#include "server/data_loading.h"
#include "server/every_core.h"

namespace gyre::server {
namespace {

constexpr size_t kSliceEntries = 500;

std::string directory_of(const std::string& path) { return path.substr(0, path.rfind('/')); }

}  // namespace

std::string DataLoading::name_aside(const std::string& path) const {
  return path + ".damaged-" + std::to_string(base::unix_ms());
}

ring::Task<bool> DataLoading::begin_salvage(std::string error) {
  if (is_salvaging_ || is_holding_ || server_.config().recovery != Recovery::salvage) {
    co_return refuse(error);
  }
  log::warning("{}. What is whole is loaded (recovery is salvage)", error);
  is_salvaging_ = true;
  co_await on_every_core([](CoreServer& at) {
    for (uint16_t db = 0; db < at.engine().shard().databases(); ++db) {
      at.engine().shard().flush(db);
    }
  });
  for (uint16_t core = 0; core < server_.core_count(); ++core) {
    co_await exec::run_sliced(
        core, [](exec::Engine& at, void*) { return at.shard().free_discarded(kSliceEntries); },
        nullptr);
  }
  progress_ = {.begin_ms = progress_.begin_ms};
  co_return true;
}

ring::Task<bool> DataLoading::salvage_file(std::string error, std::string path) {
  if (!co_await begin_salvage(std::move(error))) {
    co_return false;
  }
  kept_aside_ = name_aside(path);
  int failed = co_await persist::link_file(path, kept_aside_);
  if (failed == 0) {
    failed = co_await persist::sync_directory(directory_of(path));
  }
  co_return failed == 0 ||
      refuse("Cannot keep " + path + " as " + kept_aside_ + ": " + std::strerror(failed));
}

}  // namespace gyre::server
