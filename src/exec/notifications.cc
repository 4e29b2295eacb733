#include "exec/notifications.h"

namespace gyre::exec {

void Notifications::configure(std::string_view letters) {
  on_.reset();
  for (const char letter : letters) {
    on_.set(static_cast<unsigned char>(letter));
  }
  if (!is_on('K') && !is_on('E')) {
    on_.reset();
  }
}

void Notifications::send(uint16_t db, std::string_view key, const store::Event& event) {
  for (const store::Event* each = &event; each != nullptr; each = each->then) {
    if (is_on(each->kind)) {
      send_one(db, key, each->name);
    }
  }
}

void Notifications::send_one(uint16_t db, std::string_view key, std::string_view event) {
  const std::string at = std::to_string(db) + "__:";
  if (is_on('K')) {
    channel_.assign("__keyspace@").append(at).append(key);
    channels_.publish(channel_, event);
  }
  if (is_on('E')) {
    channel_.assign("__keyevent@").append(at).append(event);
    channels_.publish(channel_, key);
  }
}

}  // namespace gyre::exec
