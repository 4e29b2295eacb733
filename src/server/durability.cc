#include "server/durability.h"

#include <unistd.h>

#include <algorithm>

#include "base/clock.h"
#include "base/log.h"
#include "ring/hop.h"
#include "ring/sleep.h"
#include "server/core_server.h"
#include "server/server.h"

namespace gyre::server {
namespace {

constexpr int64_t kRetryMs = 1000;  // after files that could not be made

}  // namespace

// Clients may come, and time goes on.
ring::Task<> Durability::end_loading() {
  for (uint16_t core = 0; core < server_.core_count(); ++core) {
    co_await ring::hop(core, [](ring::Core&) { CoreServer::current().set_loading(false); });
  }
}

ring::Task<bool> Durability::start() {
  status_.last_save_s = base::unix_ms() / 1000;
  status_.is_aof_on = server_.config().appendonly;
  const Config& config = server_.config();
  bool is_good = true;
  loading_.begin();
  if (config.appendonly) {
    aof_ = std::make_unique<persist::AofDirectory>(config.dir + "/" + config.appenddirname,
                                                   config.appendfilename);
    is_good = co_await loading_.load_append_only(*aof_) && co_await open_journals();
  } else {
    is_good = co_await loading_.load_snapshot();
  }
  error_ = error_.empty() ? loading_.error() : error_;
  loading_.end(is_good);
  if (is_good) {
    co_await end_loading();
    is_loading_ = false;
    is_base_due_ = config.appendonly && loading_.has_adopted();
    if (!loading_.kept_aside().empty()) {
      ++recoveries_;
      CoreServer::current().scope().spawn(
          [](Durability* self) -> ring::Task<> { co_await self->write_anew(); }, this);
    }
  }
  co_return is_good;
}

ring::Task<bool> Durability::open_directory() {
  const Config& config = server_.config();
  auto directory = std::make_unique<persist::AofDirectory>(config.dir + "/" + config.appenddirname,
                                                           config.appendfilename);
  if (!co_await directory->read()) {
    error_ = directory->error();
    co_return false;
  }
  aof_ = std::move(directory);
  co_return true;
}

// Every core goes on in a file of its own.
ring::Task<bool> Durability::name_journals() {
  names_ = {.prefix = server_.config().appendfilename,
            .first_generation = aof_->manifest().last_generation() + 1,
            .first_number = aof_->manifest().next_number(),
            .cores = server_.core_count()};
  made_ = names_.first_generation - 1;
  wanted_ = names_.first_generation;
  if (!co_await make_generation()) {
    error_ = aof_->error();
    co_return false;
  }
  co_return true;
}

ring::Task<bool> Durability::open_journals() {
  if (!co_await name_journals()) {
    co_return false;
  }
  co_await aof_->remove_leftovers();
  for (uint16_t core = 0; core < server_.core_count(); ++core) {
    co_await ring::hop(core, [this](ring::Core&) { CoreServer::current().open_journal(names_); });
  }
  has_journals_ = true;
  co_return true;
}

ring::Task<bool> Durability::make_generation() {
  std::vector<persist::AofFile> files;
  std::vector<int> fds;
  if (!co_await aof_->begin_generation(server_.core_count(), files, fds)) {
    for (const int fd : fds) {
      ::close(fd);
    }
    co_return false;
  }
  ++made_;
  for (uint16_t core = 0; core < server_.core_count(); ++core) {
    co_await ring::hop(core, [generation = made_, fd = fds[core]](ring::Core&) {
      CoreServer::current().aof().offer(generation, fd);
    });
  }
  co_return true;
}

ring::Task<> Durability::make_generations(Durability* self) {
  bool is_hopeless = false;
  while (self->made_ < self->wanted_ && !is_hopeless) {
    if (!co_await self->make_generation()) {
      log::warning("{}", self->aof_->error());
      self->aof_failed(self->aof_->error_number());
      const int64_t next_ms = base::unix_ms() + kRetryMs;
      while (!self->server_.is_stopping() && base::unix_ms() < next_ms) {
        co_await ring::sleep_ms(10);
      }
      is_hopeless = self->server_.is_stopping();
    }
  }
  self->is_making_ = false;
}

void Durability::want_generation(uint64_t generation) {
  if (!status_.is_aof_on) {
    return;  // asked for by a journal that has stopped since
  }
  wanted_ = std::max(wanted_, generation);
  if (!is_making_ && made_ < wanted_) {
    is_making_ = true;
    CoreServer::current().scope().spawn(&Durability::make_generations, this);
  }
}

}  // namespace gyre::server
