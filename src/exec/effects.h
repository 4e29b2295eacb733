// Effects: what follows from a change of a key, on the core it was made on.
#pragma once

#include "exec/blocked.h"
#include "exec/notifications.h"
#include "exec/recorder.h"
#include "exec/tracking.h"
#include "exec/watches.h"
#include "store/shard.h"

namespace gyre::exec {

// One per engine. While nobody wants to know of changes, the shard does not call it.
class Effects final : public store::Observer {
 public:
  Effects(store::Shard& shard, Channels& channels, Tracking& tracking)
      : watches(shard),
        notifications(channels),
        recorder(shard),
        shard_(shard),
        tracking_(tracking) {
    shard.set_observer(*this);
  }
  Effects(const Effects&) = delete;
  Effects& operator=(const Effects&) = delete;

  void changed(store::Keyspace& db, const store::Key& key, const store::Event& event) override;
  void emptying(store::Keyspace& db, store::Keyspace* instead) override;
  void added(store::Keyspace& db, const store::Key& key) override;
  void missed(store::Keyspace& db, const store::Key& key) override;
  void record(uint16_t db, std::span<const std::string_view> args) override;
  void field_expired(store::Keyspace& db, const store::Key& key, std::string_view field) override;

  // After a change of who wants to know.
  void update() {
    shard_.set_observed(!watches.empty() || !blocked.empty() || notifications.is_on() ||
                        tracking_.is_noting() || recorder.is_on());
  }

  Watches watches;
  BlockedKeys blocked;
  Notifications notifications;
  Recorder recorder;

 private:
  store::Shard& shard_;
  Tracking& tracking_;
};

}  // namespace gyre::exec
