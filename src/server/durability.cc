#include "server/durability.h"

#include <unistd.h>

#include <algorithm>

#include "base/clock.h"
#include "base/log.h"
#include "persist/aof_loader.h"
#include "ring/hop.h"
#include "ring/sleep.h"
#include "server/core_server.h"
#include "server/server.h"

namespace gyre::server {

// Clients may come, and time goes on.
ring::Task<> Durability::end_loading() {
  for (uint16_t core = 0; core < server_.core_count(); ++core) {
    co_await ring::hop(core, [](ring::Core&) { CoreServer::current().set_loading(false); });
  }
}

ring::Task<bool> Durability::start() {
  const Config& config = server_.config();
  bool is_good = true;
  loading_.begin();
  if (config.appendonly) {
    const int64_t begin_ms = base::unix_ms();
    aof_ = std::make_unique<persist::AofDirectory>(config.dir + "/" + config.appenddirname,
                                                   config.appendfilename);
    is_good = co_await load_aof() && co_await open_journals();
    if (is_good && !aof_->manifest().empty()) {
      log::notice("DB loaded from append only file: {:.3f} seconds",
                  static_cast<double>(base::unix_ms() - begin_ms) / 1000);
    }
  } else if (!co_await loading_.load_snapshot()) {
    error_ = loading_.error();
    is_good = false;
  }
  loading_.end();
  if (is_good) {
    co_await end_loading();
  }
  co_return is_good;
}

ring::Task<bool> Durability::load_aof() {
  if (!co_await aof_->read()) {
    error_ = aof_->error();
    co_return false;
  }
  if (aof_->manifest().empty()) {
    co_return true;
  }
  persist::AofLoader loader(
      CoreServer::current().engine(), aof_->manifest(),
      {.directory = aof_->path(), .cuts_torn_end = server_.config().aof_load_truncated});
  const bool is_loaded = co_await loader.load();
  if (!is_loaded) {
    error_ = loader.error();
    co_return false;
  }
  for (const persist::AofFile* file : aof_->manifest().incremental()) {
    if (loader.is_torn(*file) && !co_await aof_->cut(*file, loader.valid_size(*file))) {
      error_ = aof_->error();
      co_return false;
    }
  }
  log::notice("Repeated {} commands of {} bytes; {} transactions were not whole", loader.commands(),
              loader.bytes_read(), loader.dropped_groups());
  co_return true;
}

// Every core goes on in a file of its own.
ring::Task<bool> Durability::open_journals() {
  const journal::FileNames names{.prefix = server_.config().appendfilename,
                                 .first_generation = aof_->manifest().last_generation() + 1,
                                 .first_number = aof_->manifest().next_number(),
                                 .cores = server_.core_count()};
  made_ = names.first_generation - 1;
  wanted_ = names.first_generation;
  if (!co_await make_generation()) {
    error_ = aof_->error();
    co_return false;
  }
  for (uint16_t core = 0; core < server_.core_count(); ++core) {
    co_await ring::hop(core, [&names](ring::Core&) { CoreServer::current().open_journal(names); });
  }
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
  while (self->made_ < self->wanted_) {
    if (!co_await self->make_generation()) {
      log::warning("{}", self->aof_->error());
      co_await ring::sleep_ms(1000);
    }
  }
  self->is_making_ = false;
}

void Durability::want_generation(uint64_t generation) {
  wanted_ = std::max(wanted_, generation);
  if (!is_making_ && made_ < wanted_) {
    is_making_ = true;
    CoreServer::current().scope().spawn(&Durability::make_generations, this);
  }
}

}  // namespace gyre::server
