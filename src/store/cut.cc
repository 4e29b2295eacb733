#include "store/cut.h"

#include "base/crc.h"
#include "store/shard.h"

namespace gyre::store {

Cut::Cut(Shard& shard, Saver& saver) : shard_(shard), saver_(saver) {
  GYRE_ASSERT(shard.cut() == nullptr);
  shard_.set_cut(this);
}

Cut::~Cut() { shard_.set_cut(nullptr); }

Cut::Mark Cut::mark_of(uint16_t db, uint64_t hash, std::string_view name) {
  return {hash, base::crc32c(0, name), db};
}

bool Cut::has_passed(uint16_t db, uint64_t hash) const {
  return db != db_ ? db < db_ : hash < cursor_;
}

void Cut::before_change(Keyspace& db, const Key& key) {
  if (is_void_ || db_ >= shard_.databases() || has_passed(db.index(), key.hash)) {
    // What is being saved lies before the cursor, too.
    if (partial_ != nullptr && partial_->has_key(key.name) && db.look(key) == partial_) {
      finish_partial();
    }
    return;
  }
  Stretch& stretch = noted_[stretch_of(key.hash)];
  if (!stretch.insert(mark_of(db.index(), key.hash, key.name)).second) {
    return;
  }
  if (const Entry* entry = db.look(key); entry != nullptr) {
    saver_.save_ahead(db.index(), *entry);
  }
}

// Elements that one cursor stands for come together; there is seldom more than one.
bool Cut::step(size_t entries) {
  if (partial_ != nullptr) {
    partial_ = saver_.save_more() ? nullptr : partial_;
    return true;
  }
  if (is_void_ || db_ >= shard_.databases()) {
    return false;
  }
  const Table& table = shard_.db(db_).table();
  for (; entries > 0 && partial_ == nullptr; --entries) {
    const uint64_t next = table.scan(cursor_, 1, [&](const Entry& entry) { save(entry); });
    move_to(next);
    if (next == 0) {
      break;
    }
  }
  return true;
}

void Cut::move_to(uint64_t next) {
  const size_t end = next == 0 ? noted_.size() : stretch_of(next);
  for (size_t at = stretch_of(cursor_); at < end; ++at) {
    std::erase_if(noted_[at], [this](const Mark& mark) { return mark.db == db_; });
  }
  db_ += next == 0 ? 1 : 0;
  cursor_ = next;
}

void Cut::save(const Entry& entry) {
  finish_partial();
  const uint64_t hash = key_hash(entry.key());
  Stretch& stretch = noted_[stretch_of(hash)];
  if (stretch.empty() || stretch.erase(mark_of(db_, hash, entry.key())) == 0) {
    partial_ = saver_.save(db_, entry) ? nullptr : &entry;
  }
}

void Cut::finish_partial() {
  while (partial_ != nullptr && !saver_.save_more()) {
  }
  partial_ = nullptr;
}

void Cut::before_emptying() {
  is_void_ = true;
  partial_ = nullptr;
}

}  // namespace gyre::store
