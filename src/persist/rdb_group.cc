#include "persist/rdb_group.h"

#include <fmt/core.h>

#include <algorithm>

namespace gyre::persist {
namespace {

// Entries that are built before they go into the table, whose lines arrive meanwhile.
constexpr size_t kStride = 16;
// The size of a string is that of the file's bytes, whatever clients may send now.
constexpr size_t kTextMax = SIZE_MAX;

}  // namespace

void RdbGroup::clear() {
  records_.clear();
  empty_keys_ = bad_keys_ = 0;
  problem_.clear();
  problem_at_ = nullptr;
}

void RdbGroup::note(const Record& record, std::string problem) {
  if (++bad_keys_ == 1) {
    problem_ = std::move(problem);
    problem_at_ = record.body.data();
  }
}

RdbGroup::Built RdbGroup::build_one(store::Shard& shard, uint16_t version, const Record& record) {
  const auto entry =
      build_entry({.type = record.type, .expire_at_ms = record.expire_at_ms, .body = record.body},
                  {.limits = shard.options().limits, .version = version, .text_max = kTextMax});
  if (entry) {
    const uint64_t hash = store::key_hash((*entry)->key());
    shard.db(static_cast<uint16_t>(record.database)).prefetch_slots(hash);
    return {*entry, hash};
  }
  if (entry.error() == RdbFault::empty) {
    ++empty_keys_;
  } else {
    note(record, fmt::format("the value, which is of type {}, is not in order", record.type));
  }
  return {nullptr, 0};
}

// False if the key is there already, and may not be.
bool RdbGroup::put(store::Shard& shard, const Record& record, const Built& built, bool replaces) {
  store::Keyspace& db = shard.db(static_cast<uint16_t>(record.database));
  const size_t before = db.size();
  db.put({built.entry->key(), built.hash}, built.entry);
  if (db.size() == before && !replaces) {
    constexpr size_t kShown = 128;
    note(record, fmt::format("the key \"{}\" of database {} is there a second time",
                             built.entry->key().substr(0, kShown), record.database));
    return false;
  }
  if (record.idle_seconds >= 0) {
    shard.set_idle_seconds(*built.entry, static_cast<uint64_t>(record.idle_seconds));
  }
  if (record.frequency >= 0) {
    shard.set_frequency(*built.entry, static_cast<uint32_t>(record.frequency));
  }
  return true;
}

void RdbGroup::build(store::Shard& shard, uint16_t version, const RdbBuilding& how) {
  Built built[kStride];
  for (size_t begin = 0; begin < records_.size() && (bad_keys_ == 0 || how.goes_on);
       begin += kStride) {
    const size_t count = std::min(kStride, records_.size() - begin);
    for (size_t i = 0; i < count; ++i) {
      built[i] = build_one(shard, version, records_[begin + i]);
    }
    for (size_t i = 0; i < count; ++i) {
      if (built[i].entry != nullptr && !put(shard, records_[begin + i], built[i], how.replaces) &&
          !how.goes_on) {
        for (++i; i < count; ++i) {
          if (built[i].entry != nullptr) {
            store::Entry::destroy(built[i].entry);
          }
        }
      }
    }
  }
}

}  // namespace gyre::persist
