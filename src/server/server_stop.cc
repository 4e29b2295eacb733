// How a server stops: the data is put away first, because that may fail; then everybody leaves.
#include <unistd.h>

#include <utility>

#include "base/clock.h"
#include "base/log.h"
#include "ring/sleep.h"
#include "server/config_lists.h"
#include "server/every_core.h"
#include "server/server.h"

namespace gyre::server {
namespace {

constexpr int64_t kStopMs = 2000;  // for connections to take their last replies

}  // namespace

StopOrder StopOrder::of_signal(uint32_t setting) {
  StopOrder order;
  order.saving = (setting & kShutdownSave) != 0     ? Saving::always
                 : (setting & kShutdownNosave) != 0 ? Saving::never
                                                    : Saving::by_rules;
  order.is_now = (setting & kShutdownNow) != 0;
  order.is_forced = (setting & kShutdownForce) != 0;
  return order;
}

void Server::stop(const StopOrder& order) {
  if (stop_phase_ != StopPhase::none) {
    return;
  }
  stop_phase_ = StopPhase::saving;
  stop_order_ = order;
  ++stops_;
  CoreServer::current().scope().spawn(&Server::try_to_stop, this);
}

ring::Task<bool> Server::stop_and_wait(StopOrder order) {
  stop(order);
  const uint64_t number = stops_;
  while (stop_phase_ == StopPhase::saving && stops_ == number) {
    co_await ring::sleep_ms(1);
  }
  co_return stop_phase_ == StopPhase::ending;
}

ring::Task<bool> Server::abort_stop() {
  if (stop_phase_ != StopPhase::saving) {
    co_return false;
  }
  log::notice("Shutdown manually aborted.");
  const uint64_t number = stops_;
  durability_.abort_end();
  while (stop_phase_ == StopPhase::saving && stops_ == number) {
    co_await ring::sleep_ms(1);
  }
  co_return stop_phase_ == StopPhase::none;
}

ring::Task<> Server::try_to_stop(Server* server) {
  Server& self = *server;
  // Also before it has begun: what is in memory then must not replace what is on the disk.
  const bool is_early = self.error_.empty() && self.durability_.is_loading();
  if (is_early || self.durability_.loading().is_active()) {
    log::warning("Data was being loaded, exiting now.");
    self.pid_file_.remove();
    _exit(0);
  }
  const bool is_good =
      !self.error_.empty() || co_await self.durability_.prepare_end(self.stop_order_);
  if (!is_good) {
    log::warning("Errors trying to shut down the server. Check the logs for more information.");
    self.stop_phase_ = StopPhase::none;
    co_return;
  }
  self.stop_phase_ = StopPhase::ending;
  self.stopping_ = true;
  self.supervisor_.stopping();
  self.stop_deadline_ms_ = base::unix_ms() + (self.stop_order_.is_now ? 0 : kStopMs);
  self.listeners_->stop();
  const bool has_saved = self.durability_.is_saved_for_good();
  co_await on_every_core([has_saved](CoreServer& at) { at.drain_connections(has_saved); });
  co_await self.durability_.end();
  self.is_finished_ = true;
  self.check_stop();
}

// On the first core: ends all loops once no connection is left.
void Server::check_stop() {
  if (!is_finished_ || (connected_clients() > 0 && base::unix_ms() < stop_deadline_ms_)) {
    return;
  }
  is_finished_ = false;
  if (connected_clients() > 0) {
    log::warning("{} client(s) did not end in time, exiting without them", connected_clients());
    listeners_.reset();
    pid_file_.remove();
    _exit(0);
  }
  for (uint16_t id = core_count(); id-- > 0;) {
    tell(ring::Core::current(), id, [] { ring::Core::current().stop(); });
  }
}

}  // namespace gyre::server
