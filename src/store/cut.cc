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
  return {hash, base::crc32c(db, name)};
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
  if (!noted_.insert(mark_of(db.index(), key.hash, key.name)).second) {
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
    cursor_ = next;
    if (next == 0) {
      ++db_;
      break;
    }
  }
  return true;
}

void Cut::save(const Entry& entry) {
  finish_partial();
  if (noted_.empty() || noted_.erase(mark_of(db_, key_hash(entry.key()), entry.key())) == 0) {
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
