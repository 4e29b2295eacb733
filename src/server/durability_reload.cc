// DEBUG RELOAD and DEBUG LOADAOF: all data dropped and loaded again while the server runs.
#include <unistd.h>

#include <cerrno>
#include <cstring>
#include <utility>

#include "base/log.h"
#include "exec/everywhere.h"
#include "exec/everywhere_held.h"
#include "ring/sleep.h"
#include "server/durability.h"
#include "server/every_core.h"
#include "server/server.h"

namespace gyre::server {
namespace {

constexpr size_t kSliceEntries = 500;

// What was there is gone, and what the files hold is not all there. As in Redis the process ends:
// the files are as they were, and the next start says the same of them.
[[noreturn]] void give_up(const std::string& why) {
  log::warning("{}", why);
  log::warning("The data could not be loaded again, exiting now.");
  _exit(1);
}

}  // namespace

ring::Task<> Durability::wait_until_quiet() {
  for (uint16_t core = 0; core < server_.core_count() && aof_error_ == 0; ++core) {
    while (aof_error_ == 0 &&
           !co_await on_core(core, [](CoreServer& at) { return at.is_aof_quiet(); })) {
      co_await ring::sleep_ms(1);
    }
  }
}

// From here on clients are told to wait, and no change is written down. With `empties` the
// databases are emptied for everybody, as by FLUSHALL; the memory is free when this returns.
ring::Task<> Durability::begin_again(bool empties) {
  is_loading_ = true;
  loading_.begin(true);
  dirty_before_.clear();
  co_await on_every_core([&](CoreServer& at) {
    exec::Engine& engine = at.engine();
    at.set_loading(true);
    engine.recorder().end_step();
    engine.recorder().journal().pause();
    dirty_before_.push_back(engine.shard().stats().dirty);
    for (uint16_t db = 0; empties && db < engine.shard().databases(); ++db) {
      engine.shard().flush(db);
    }
    if (empties) {
      engine.tracking().flush();
    }
    engine.effects().update();
  });
  for (uint16_t core = 0; empties && core < server_.core_count(); ++core) {
    co_await exec::run_sliced(
        core, [](exec::Engine& at, void*) { return at.shard().free_discarded(kSliceEntries); },
        nullptr);
  }
}

ring::Task<> Durability::end_again() {
  for (uint16_t core = 0; core < server_.core_count(); ++core) {
    const uint64_t dirty = dirty_before_[core];
    co_await on_core(core, [dirty](CoreServer& at) {
      at.engine().shard().stats().dirty = dirty;
      at.engine().recorder().journal().resume();
      at.engine().effects().update();
      return true;
    });
  }
}

// With all cores locked. Afterwards the append-only file has what is in memory, or will not be
// written to before it has.
ring::Task<const char*> Durability::reload_held(ReloadOptions options, const exec::Request& held) {
  const std::string path = server_.config().dir + "/" + server_.config().dbfilename;
  if (options.saves && !co_await run_save(&held)) {
    co_return "ERR";
  }
  if (!options.saves && ::access(path.c_str(), R_OK) != 0) {
    log::warning("Cannot load the RDB file {}: {}", path, std::strerror(errno));
    co_return "ERR Error trying to load the RDB dump, check server logs.";
  }
  co_await wait_until_quiet();
  co_await begin_again(options.flushes);
  // A key whose time has come stays until that is written down.
  const bool drops_expired = !status_.is_aof_on;
  if (!co_await loading_.load_snapshot(drops_expired, options.replaces)) {
    give_up(loading_.error());
  }
  co_await end_again();
  const bool is_same = options.saves && options.flushes && !options.replaces;
  if (!is_same && status_.is_aof_on && !co_await run_rewrite(&held)) {
    aof_failed(aof_->error_number() != 0 ? aof_->error_number() : EIO);
  }
  log::warning("DB reloaded by DEBUG RELOAD");
  co_return nullptr;
}

ring::Task<const char*> Durability::reload_aof_held() {
  constexpr const char* kError =
      "ERR Error trying to load the append only file, check server logs.";
  co_await wait_until_quiet();
  if (aof_error_ != 0 || is_first_due_) {
    co_return kError;  // the files do not hold all that is in memory
  }
  if (!status_.is_aof_on && !co_await open_directory()) {
    log::warning("{}", error_);
    co_return kError;
  }
  if (aof_->manifest().empty()) {
    log::warning("There is no append only file to be loaded");
    co_return kError;
  }
  co_await begin_again(true);
  if (!co_await loading_.load_again(*aof_)) {
    give_up(loading_.error());
  }
  co_await end_again();
  log::warning("Append Only File loaded by DEBUG LOADAOF");
  co_return nullptr;
}

ring::Task<const char*> Durability::run_again(bool is_aof, ReloadOptions options) {
  while (is_alone_ || is_loading_) {
    co_await ring::sleep_ms(1);
  }
  is_alone_ = true;  // nobody begins anything any more
  while (status_.is_saving || status_.is_rewriting) {
    co_await ring::sleep_ms(1);
  }
  exec::HeldCores cores(true);
  co_await cores.lock();
  const char* error = nullptr;
  if (is_aof) {
    error = co_await reload_aof_held();
  } else {
    error = co_await reload_held(options, cores.request());
  }
  loading_.end(error == nullptr);
  is_loading_ = false;
  co_await end_loading();
  co_await cores.release();
  is_alone_ = false;
  begin_scheduled();
  co_return error;
}

ring::Task<const char*> Durability::reload(ReloadOptions options) {
  co_return co_await run_again(false, options);
}

ring::Task<const char*> Durability::reload_aof() { co_return co_await run_again(true, {}); }

}  // namespace gyre::server
