// The end of the process: what has to be saved before, and what is given up for it.
#include <memory>
#include <utility>

#include "base/log.h"
#include "ring/sleep.h"
#include "server/durability.h"
#include "server/every_core.h"
#include "server/server.h"

namespace gyre::server {

// Nobody begins anything any more, and what is under way is given up: memory holds it all.
ring::Task<> Durability::be_alone() {
  while ((is_alone_ || is_turning_) && !is_end_aborted_) {
    co_await ring::sleep_ms(1);
  }
  const bool was_alone = std::exchange(is_alone_, true);
  if (was_alone) {
    co_return;  // aborted: somebody else is at work, who goes on
  }
  has_stopped_others_ = true;
  if (status_.is_saving) {
    log::warning("There is a child saving an .rdb. Killing it!");
  } else if (status_.is_rewriting) {
    log::warning("There is a child rewriting the AOF. Killing it!");
  }
  if (status_.is_saving || status_.is_rewriting) {
    co_await give_up_snapshot();
  }
  while (status_.is_saving || status_.is_rewriting || is_looking_) {
    co_await ring::sleep_ms(1);
  }
}

ring::Task<bool> Durability::prepare_end(StopOrder order) {
  is_end_aborted_ = has_stopped_others_ = false;
  if (is_first_due_ && status_.is_rewriting) {
    log::warning("{}", order.is_forced ? "Writing initial AOF. Exit anyway."
                                       : "Writing initial AOF, can't exit.");
    if (!order.is_forced) {
      co_return false;
    }
  }
  co_await be_alone();
  const bool is_good = !is_end_aborted_ && co_await save_at_end(order);
  if (!is_good || is_end_aborted_) {
    co_await go_on();
    co_return false;
  }
  co_return true;
}

// From the snapshot on nobody writes, so that nothing is answered which is not in it.
ring::Task<bool> Durability::save_at_end(StopOrder order) {
  const bool has_rules = !server_.config().save.empty();
  if (order.saving == Saving::never || (order.saving == Saving::by_rules && !has_rules)) {
    co_return true;
  }
  end_lock_ = std::make_unique<exec::HeldCores>(false);
  co_await end_lock_->lock();
  co_await look_around();
  if (is_end_aborted_) {
    co_return false;
  }
  if (order.saving == Saving::by_rules && dirty_ == status_.saved_dirty) {
    is_saved_for_good_ = true;
    co_return true;
  }
  log::notice("Saving the final RDB snapshot before exiting.");
  is_saved_for_good_ = co_await run_save(&end_lock_->request());
  if (!is_saved_for_good_ && !is_end_aborted_) {
    log::warning("{}", order.is_forced ? "Error trying to save the DB. Exit anyway."
                                       : "Error trying to save the DB, can't exit.");
  }
  co_return is_saved_for_good_ || order.is_forced;
}

void Durability::abort_end() {
  is_end_aborted_ = true;
  if (has_stopped_others_) {
    CoreServer::current().scope().spawn(
        [](Durability* self) -> ring::Task<> { co_await self->give_up_snapshot(); }, this);
  }
}

ring::Task<> Durability::go_on() {
  if (end_lock_ != nullptr) {
    co_await end_lock_->release();
    end_lock_ = nullptr;
  }
  is_saved_for_good_ = false;
  if (std::exchange(has_stopped_others_, false)) {
    is_alone_ = false;
  }
  begin_scheduled();
}

ring::Task<> Durability::end() {
  if (end_lock_ != nullptr) {
    co_await end_lock_->release();
    end_lock_ = nullptr;
  }
  while (is_looking_ || is_making_ || recoveries_ > 0) {
    co_await ring::sleep_ms(1);
  }
}

}  // namespace gyre::server
