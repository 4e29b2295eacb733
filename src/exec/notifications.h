// Notifications: keyspace events, published as messages (notify-keyspace-events).
#pragma once

#include <bitset>
#include <string>
#include <string_view>

#include "exec/channels.h"
#include "store/shard.h"

namespace gyre::exec {

// An event of a key is published twice: on "__keyspace@<db>__:<key>" with the name of the event,
// and on "__keyevent@<db>__:<event>" with the name of the key. One per engine.
class Notifications {
 public:
  explicit Notifications(Channels& channels) : channels_(channels) {}
  Notifications(const Notifications&) = delete;
  Notifications& operator=(const Notifications&) = delete;

  // Letters of notify-keyspace-events, without 'A'.
  void configure(std::string_view letters);
  bool is_on() const { return on_.any(); }

  // One event and those that follow from it.
  void send(uint16_t db, std::string_view key, const store::Event& event);

 private:
  bool is_on(char letter) const { return on_[static_cast<unsigned char>(letter)]; }
  void send_one(uint16_t db, std::string_view key, std::string_view event);

  Channels& channels_;
  std::bitset<256> on_;  // by letter; none unless events of some kind go somewhere
  std::string channel_;
};

}  // namespace gyre::exec
