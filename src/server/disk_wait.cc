#include "server/disk_wait.h"

#include <vector>

#include "base/clock.h"
#include "ring/sleep.h"
#include "server/every_core.h"
#include "server/server.h"

namespace gyre::server {
namespace {

// Has the disk what was appended on each core up to these positions, and would a start find it?
ring::Task<bool> look(const std::vector<journal::Position>& positions, bool flushes) {
  bool is_there = true;
  co_await on_every_core([&](CoreServer& at) {
    is_there &= at.core().id() != 0 || at.server().durability().is_in_force();
    if (at.aof().synced() < positions[at.core().id()]) {
      is_there = false;
      if (flushes) {
        at.aof().flush();
      }
    }
  });
  co_return is_there;
}

}  // namespace

ring::Task<bool> wait_for_disk(const exec::Session& session, bool waits, int64_t timeout_ms) {
  if (!CoreServer::current().config().appendonly) {
    co_return false;
  }
  std::vector<journal::Position> positions;
  co_await on_every_core(
      [&](CoreServer& at) { positions.push_back(at.engine().recorder().journal().end()); });
  const Server& server = CoreServer::current().server();
  const int64_t end_ms = timeout_ms == 0 ? INT64_MAX : base::unix_ms() + timeout_ms;
  bool is_there = co_await look(positions, waits);
  while (waits && !is_there && base::unix_ms() < end_ms && !session.is_gone() &&
         !server.is_stopping() && CoreServer::current().config().appendonly) {
    co_await ring::sleep_ms(1);
    is_there = co_await look(positions, true);
  }
  co_return is_there;
}

}  // namespace gyre::server
