// CONFIG SET appendonly: the append-only file begun and ended while the server runs.
#include "base/log.h"
#include "exec/everywhere_held.h"
#include "ring/sleep.h"
#include "server/durability.h"
#include "server/every_core.h"
#include "server/server.h"

namespace gyre::server {

ring::Task<bool> Durability::can_turn_on() {
  const Config& config = server_.config();
  persist::AofDirectory directory(config.dir + "/" + config.appenddirname, config.appendfilename);
  if (status_.is_aof_on || (directory.make() && co_await directory.read())) {
    co_return true;
  }
  log::warning("Unable to turn on AOF: {}", directory.error());
  co_return false;
}

void Durability::turn(bool on) {
  is_on_wanted_ = on;
  if (!is_turning_ && on != status_.is_aof_on) {
    is_turning_ = true;
    CoreServer::current().scope().spawn(&Durability::turn_as_wanted, this);
  }
}

ring::Task<> Durability::wait_until_turned(bool on) {
  while (is_turning_ && status_.is_aof_on != on) {
    co_await ring::sleep_ms(1);
  }
}

ring::Task<> Durability::turn_as_wanted(Durability* self) {
  while (self->is_on_wanted_ != self->status_.is_aof_on) {
    while (self->is_loading_ || self->is_alone_) {
      co_await ring::sleep_ms(1);
    }
    if (self->is_on_wanted_) {
      co_await self->turn_on();
    } else {
      co_await self->turn_off();
    }
  }
  self->is_turning_ = false;
}

// The first rewrite writes what is in memory, and opens the journals at that moment. Until it has
// ended, the files are what they were before.
ring::Task<> Durability::turn_on() {
  if (status_.is_rewriting) {
    log::warning(
        "AOF was enabled but there is already an AOF rewriting in background. Stopping background "
        "AOF and starting a rewrite now.");
    co_await end_rewrite();
  }
  status_.is_aof_on = is_first_due_ = true;
  if (status_.is_saving) {
    log::warning(
        "AOF was enabled but there is already another background operation. An AOF background was "
        "scheduled to start when possible.");
  }
  begin_rewrite();
}

// For the first rewrite: files to go on to, which do not count before it has ended.
ring::Task<bool> Durability::prepare_journals() {
  for (uint16_t core = 0; core < server_.core_count(); ++core) {
    co_await on_core(core, [](CoreServer& at) {
      at.aof().close();  // what was made for an attempt that failed
      return true;
    });
  }
  if (!co_await open_directory() || !co_await aof_->begin_apart()) {
    error_ = error_.empty() ? aof_->error() : error_;
    co_return false;
  }
  co_return co_await name_journals();
}

// Nothing is lost: what was written down is on the disk before the journals stop. All cores are
// locked meanwhile, so that the files end with the same moment on all of them.
ring::Task<> Durability::turn_off() {
  co_await end_rewrite();
  is_alone_ = true;
  exec::HeldCores cores(true);
  co_await cores.lock();
  co_await wait_until_quiet();
  co_await on_every_core([](CoreServer& at) { at.aof().begin_sync(); });
  co_await wait_until_quiet();
  wanted_ = made_;
  while (is_making_ || (aof_error_ != 0 && !is_error_told_)) {
    co_await ring::sleep_ms(1);
  }
  for (uint16_t core = 0; core < server_.core_count(); ++core) {
    while (!co_await on_core(core, [](CoreServer& at) { return at.end_journal(); })) {
      co_await ring::sleep_ms(1);  // a write that is under way after an error
    }
  }
  if (std::exchange(is_first_due_, false)) {
    co_await aof_->end_apart();
  }
  aof_error_ = 0;
  is_error_told_ = has_journals_ = is_base_due_ = false;
  status_.is_aof_on = false;
  co_await cores.release();
  is_alone_ = false;
  log::notice("The append only file is closed");
  begin_scheduled();
}

ring::Task<> Durability::end_rewrite() {
  const bool was_alone = std::exchange(is_alone_, true);  // no other one begins
  status_.is_rewrite_scheduled = false;
  if (status_.is_rewriting) {
    log::notice("Killing AOF child: the rewrite is given up");
    co_await give_up_snapshot();
  }
  while (status_.is_rewriting) {
    co_await ring::sleep_ms(1);
  }
  is_alone_ = was_alone;
}

ring::Task<> Durability::give_up_snapshot() {
  is_given_up_ = true;
  co_await on_every_core([](CoreServer& at) {
    if (at.snapshot() != nullptr) {
      at.snapshot()->give_up();
    }
  });
}

}  // namespace gyre::server
