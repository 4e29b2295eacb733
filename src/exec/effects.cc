#include "exec/effects.h"

namespace gyre::exec {

void Effects::changed(store::Keyspace& db, const store::Key& key, const store::Event& event) {
  if (event.is_of_value) {
    watches.note_change(db.index(), key);
    if (tracking_.is_noting()) {
      tracking_.note_change(key, event.kind == store::Event::expired.kind);
    }
  }
  blocked.note_change(db.index(), key);
  if (notifications.is_on()) {
    notifications.send(db.index(), key.name, event);
  }
}

void Effects::added(store::Keyspace& db, const store::Key& key) {
  static constexpr store::Event kNew{'n', "new"};
  notifications.send(db.index(), key.name, kNew);
}

void Effects::missed(store::Keyspace& db, const store::Key& key) {
  static constexpr store::Event kMissed{'m', "keymiss"};
  notifications.send(db.index(), key.name, kMissed);
}

void Effects::emptying(store::Keyspace& db, store::Keyspace* instead) {
  watches.note_emptying(db, instead);
  blocked.note_all(db.index());
}

}  // namespace gyre::exec
