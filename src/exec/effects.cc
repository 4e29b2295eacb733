#include "exec/effects.h"

namespace gyre::exec {

void Effects::changed(store::Keyspace& db, const store::Key& key, const store::Event& event) {
  recorder.note(db, key, event);
  if (event.is_of_value) {
    if (!watches.empty()) {
      watches.note_change(db.index(), key);
    }
    if (tracking_.is_noting()) {
      tracking_.note_change(key, event.kind == store::Event::expired.kind);
    }
  }
  if (!blocked.empty()) {
    blocked.note_change(db.index(), key);
  }
  if (notifications.is_on()) {
    notifications.send(db.index(), key.name, event);
  }
}

void Effects::added(store::Keyspace& db, const store::Key& key) {
  static constexpr store::Event kNew{'n', "new"};
  if (notifications.is_on()) {
    notifications.send(db.index(), key.name, kNew);
  }
}

void Effects::missed(store::Keyspace& db, const store::Key& key) {
  static constexpr store::Event kMissed{'m', "keymiss"};
  if (notifications.is_on()) {
    notifications.send(db.index(), key.name, kMissed);
  }
}

void Effects::record(uint16_t db, std::span<const std::string_view> args) {
  recorder.say(db, args);
}

void Effects::field_expired(store::Keyspace& db, const store::Key& key, std::string_view field) {
  recorder.note_field_expired(db, key, field);
}

void Effects::emptying(store::Keyspace& db, store::Keyspace* instead) {
  watches.note_emptying(db, instead);
  blocked.note_all(db.index());
}

}  // namespace gyre::exec
