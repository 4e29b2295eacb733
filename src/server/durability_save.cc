// Snapshots and rewrites: when they begin, and what becomes of them.
#include <algorithm>
#include <cerrno>
#include <cstring>
#include <utility>

#include "base/clock.h"
#include "base/log.h"
#include "ring/faults.h"
#include "ring/sleep.h"
#include "server/durability.h"
#include "server/every_core.h"
#include "server/server.h"
#include "server/snapshot.h"

namespace gyre::server {
namespace {

// A snapshot that was given up, because the databases were emptied, is begun again so often.
constexpr int kAttempts = 100;
constexpr int64_t kRetrySeconds = 5;  // after a snapshot that failed, as in Redis
constexpr int64_t kRecoverPeriodMs = 1000;

int64_t now_s() { return base::unix_ms() / 1000; }

}  // namespace

ring::Task<bool> Durability::run_save(const exec::Request* held) {
  status_.is_saving = true;
  status_.save_began_s = last_try_s_ = now_s();
  const std::string path = server_.config().dir + "/" + server_.config().dbfilename;
  int failed = ECANCELED;
  uint64_t dirty = 0;
  is_given_up_ = false;
  for (int i = 0; i < kAttempts && failed == ECANCELED && !is_given_up_; ++i) {
    Snapshot snapshot(server_, path, {.held = held, .is_given_up = &is_given_up_});
    failed = co_await snapshot.run();
    dirty = snapshot.dirty();
  }
  status_.is_saving = false;
  status_.last_save_took_s = now_s() - status_.save_began_s;
  status_.save_began_s = -1;
  if (is_given_up_ && failed == ECANCELED) {
    log::notice("The snapshot {} was given up", path);
    co_return false;
  }
  status_.is_last_save_good = failed == 0;
  if (failed == 0) {
    ++status_.saves;
    status_.last_save_s = now_s();
    status_.saved_dirty = dirty;
    log::notice("DB saved on disk");
  } else {
    log::warning("The snapshot {} could not be written: {}", path, std::strerror(failed));
  }
  co_await on_every_core([good = failed == 0](CoreServer& at) { at.set_save_failed(!good); });
  co_return failed == 0;
}

// BGREWRITEAOF makes an append-only file that nobody appends to if there is none.
ring::Task<bool> Durability::prepare_directory() {
  if (is_first_due_ && !has_journals_) {
    co_return co_await prepare_journals();
  }
  if (!status_.is_aof_on) {
    co_return co_await open_directory() && co_await aof_->begin_apart();
  }
  co_return aof_->make();
}

// The base is written; it counts with all that came since.
ring::Task<bool> Durability::count_base(const persist::AofFile& base, uint64_t generation) {
  if (!status_.is_aof_on) {
    co_return co_await aof_->set_base(base, UINT64_MAX);  // what it had is old
  }
  want_generation(generation);
  while (made_ < generation && is_making_ && !is_given_up_) {
    co_await ring::sleep_ms(1);
  }
  ring::failpoint("rewrite-begun");
  if (is_given_up_ || made_ < generation || !co_await aof_->set_base(base, generation)) {
    co_return false;
  }
  is_first_due_ = is_base_due_ = false;
  co_return co_await restart_aof(generation);
}

ring::Task<bool> Durability::write_base(const exec::Request* held) {
  error_.clear();
  if (!co_await prepare_directory()) {
    error_ = error_.empty() ? aof_->error() : error_;
    co_return false;
  }
  const persist::AofFile base = aof_->next_base();
  int failed = ECANCELED;
  uint64_t generation = 0;
  uint64_t size = 0;
  uint64_t written = 0;
  for (int i = 0; i < kAttempts && failed == ECANCELED && !is_given_up_; ++i) {
    co_await look_around();
    written = written_bytes_;
    const bool opens = is_first_due_ && !has_journals_;
    Snapshot snapshot(server_, aof_->path_of(base.name),
                      {.is_aof_base = true,
                       .opens = opens ? &names_ : nullptr,
                       .held = held,
                       .is_given_up = &is_given_up_});
    failed = co_await snapshot.run();
    has_journals_ = has_journals_ || (opens && snapshot.has_cut());
    generation = snapshot.generation();
    size = snapshot.size();
  }
  if (failed != 0 || !co_await count_base(base, generation)) {
    error_ = is_given_up_ ? "it was given up" : failed != 0 ? std::strerror(failed) : aof_->error();
    co_return false;
  }
  written_before_base_ = written;
  status_.aof_base_size = size;
  status_.aof_size = size + written_bytes_ - written;
  co_return true;
}

ring::Task<bool> Durability::run_rewrite(const exec::Request* held) {
  status_.is_rewriting = true;
  status_.rewrite_began_s = last_rewrite_try_s_ = now_s();
  is_given_up_ = false;
  const bool is_good = co_await write_base(held);
  status_.is_rewriting = false;
  status_.last_rewrite_took_s = now_s() - status_.rewrite_began_s;
  status_.rewrite_began_s = -1;
  status_.is_last_rewrite_good = is_good || is_given_up_;
  if (is_good) {
    ++status_.rewrites;
    log::notice("Background AOF rewrite finished successfully");
  } else {
    log::warning("The append only file could not be rewritten: {}", error_);
  }
  co_return is_good;
}

void Durability::aof_failed(int error) {
  if (std::exchange(aof_error_, error) == 0) {
    log::warning(
        "Error writing to the append only file: {}. Writes are refused until it is rewritten",
        std::strerror(error));
    ++recoveries_;
    CoreServer::current().scope().spawn(
        [](Durability* self) -> ring::Task<> { co_await self->recover_aof(); }, this);
  }
}

// Cores that had an error go on. False if one of them had it in a file that came after the base.
ring::Task<bool> Durability::restart_aof(uint64_t generation) {
  bool is_good = true;
  for (uint16_t core = 0; aof_error_ != 0 && core < server_.core_count(); ++core) {
    std::optional<bool> is_through;
    while (!is_through) {
      is_through = co_await on_core(
          core, [generation](CoreServer& at) { return at.restart_aof(generation); });
      if (!is_through) {
        co_await ring::sleep_ms(1);
      }
    }
    is_good &= *is_through;
  }
  co_return is_good;
}

// Writes everything anew; tries again each second until the server stops, or nothing is to be
// recovered any more because the append-only file was turned off. False then.
ring::Task<bool> Durability::keep_writing_anew(int64_t first_ms, bool is_recovery) {
  int64_t next_ms = base::unix_ms() + first_ms;
  while (!server_.is_stopping() && (!is_recovery || aof_error_ != 0)) {
    if (base::unix_ms() >= next_ms && !is_busy()) {
      if (co_await (status_.is_aof_on ? run_rewrite() : run_save())) {
        co_return true;
      }
      next_ms = base::unix_ms() + kRecoverPeriodMs;
    }
    co_await ring::sleep_ms(10);
  }
  co_return false;
}

// What the failed files hold nobody knows, so they are given up: memory has everything.
ring::Task<> Durability::recover_aof() {
  co_await on_every_core([error = aof_error_](CoreServer& at) { at.set_aof_error(error); });
  is_error_told_ = true;
  if (co_await keep_writing_anew(kRecoverPeriodMs, true)) {
    aof_error_ = 0;
    is_error_told_ = false;
    co_await on_every_core([](CoreServer& at) { at.set_aof_error(0); });
    log::warning("The append only file has been rewritten; writes are taken again");
  }
  --recoveries_;
}

// What was salvaged is not to rest on damaged files any longer than it must.
ring::Task<> Durability::write_anew() {
  if (co_await keep_writing_anew(0, false)) {
    log::warning("What was salvaged has been written anew. The damaged files are kept in {}",
                 loading_.kept_aside());
  }
  --recoveries_;
}

ring::Task<bool> Durability::save() {
  while (is_busy()) {
    co_await ring::sleep_ms(1);
  }
  const bool is_good = co_await run_save();
  begin_scheduled();
  co_return is_good;
}

void Durability::begin_scheduled() {
  if (is_busy()) {
    return;  // whoever is at work looks again at its end
  }
  if (std::exchange(status_.is_rewrite_scheduled, false)) {
    begin_rewrite();
  } else if (std::exchange(status_.is_save_scheduled, false)) {
    begin_save(false);
  }
}

const char* Durability::begin_save(bool may_be_scheduled) {
  if (status_.is_saving || is_alone_) {
    return "ERR Background save already in progress";
  }
  if (status_.is_rewriting) {
    if (!may_be_scheduled) {
      return "ERR Another child process is active (AOF?): can't BGSAVE right now. Use BGSAVE "
             "SCHEDULE in order to schedule a BGSAVE whenever possible.";
    }
    status_.is_save_scheduled = true;
    return "Background saving scheduled";
  }
  status_.is_saving = is_background_save_ = true;
  CoreServer::current().scope().spawn(
      [](Durability* self) -> ring::Task<> {
        co_await self->run_save();
        self->is_background_save_ = false;
        self->begin_scheduled();
      },
      this);
  return "Background saving started";
}

const char* Durability::cancel_save() {
  if (status_.is_saving && is_background_save_) {
    log::notice("Background saving will be aborted due to user request");
    CoreServer::current().scope().spawn(
        [](Durability* self) -> ring::Task<> { co_await self->give_up_snapshot(); }, this);
    return "Background saving cancelled";
  }
  if (std::exchange(status_.is_save_scheduled, false)) {
    log::notice("Scheduled background saving will be cancelled due to user request");
    return "Scheduled background saving cancelled";
  }
  return "ERR Background saving is currently not in progress or scheduled";
}

const char* Durability::begin_rewrite() {
  if (status_.is_rewriting) {
    return "ERR Background append only file rewriting already in progress";
  }
  if (status_.is_saving || is_alone_) {
    status_.is_rewrite_scheduled = true;
    return "Background append only file rewriting scheduled";
  }
  status_.is_rewriting = true;
  CoreServer::current().scope().spawn(
      [](Durability* self) -> ring::Task<> {
        co_await self->run_rewrite();
        self->begin_scheduled();
      },
      this);
  return "Background append only file rewriting started";
}

ring::Task<> Durability::look_around() {
  uint64_t dirty = 0;
  uint64_t written = 0;
  co_await on_every_core([&](CoreServer& at) {
    dirty += at.engine().shard().stats().dirty;
    written += at.aof().written_bytes();
  });
  dirty_ = dirty;
  written_bytes_ = written;
  status_.aof_size = status_.aof_base_size + written - written_before_base_;
}

bool Durability::is_save_due(int64_t now) const {
  if (!status_.is_last_save_good && now - last_try_s_ <= kRetrySeconds) {
    return false;
  }
  for (const SavePoint& point : server_.config().save) {
    if (dirty_ - status_.saved_dirty >= static_cast<uint64_t>(point.changes) &&
        now - status_.last_save_s > point.seconds) {
      return true;
    }
  }
  return false;
}

bool Durability::is_rewrite_due(int64_t now) const {
  const Config& config = server_.config();
  if (is_first_due_ || is_base_due_) {
    return now - last_rewrite_try_s_ > kRetrySeconds;
  }
  if (!status_.is_aof_on || config.auto_aof_rewrite_percentage == 0 ||
      status_.aof_size <= static_cast<uint64_t>(config.auto_aof_rewrite_min_size)) {
    return false;
  }
  const uint64_t base = std::max<uint64_t>(status_.aof_base_size, 1);
  const uint64_t growth = (status_.aof_size - std::min(base, status_.aof_size)) * 100 / base;
  return growth >= static_cast<uint64_t>(config.auto_aof_rewrite_percentage);
}

void Durability::tick() {
  const bool has_work = !server_.config().save.empty() || status_.is_aof_on;
  if (!has_work || is_busy() || is_looking_ || is_loading_) {
    return;
  }
  is_looking_ = true;
  CoreServer::current().scope().spawn(
      [](Durability* self) -> ring::Task<> {
        co_await self->look_around();
        self->is_looking_ = false;
        if (self->is_busy() || self->server_.is_stopping()) {
          co_return;
        }
        if (self->is_rewrite_due(now_s())) {
          log::notice("Starting automatic rewriting of AOF");
          self->begin_rewrite();
        } else if (self->is_save_due(now_s())) {
          log::notice("Changes are saved by the rules of save");
          self->begin_save(false);
        }
      },
      this);
}

}  // namespace gyre::server
