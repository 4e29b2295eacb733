// RdbGroup: keys of one window of an RDB file that one core owns.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <vector>

#include "persist/rdb_record.h"
#include "store/shard.h"

namespace gyre::persist {

struct RdbBuilding {
  bool goes_on = false;   // behind a key that is not in order
  bool replaces = false;  // a key that is there already gives way
};

// Filled by the core that reads the file, then built by the one that owns the keys.
class RdbGroup {
 public:
  // The body of the record stays where it is until build() is over.
  void add(const RdbRecord& record) {
    records_.push_back({.body = record.body,
                        .expire_at_ms = record.expire_at_ms,
                        .idle_seconds = record.idle_seconds,
                        .database = record.database,
                        .frequency = record.frequency,
                        .type = record.type});
  }
  bool empty() const { return records_.empty(); }
  size_t size() const { return records_.size(); }
  void clear();

  // Puts the keys into the shard, which nobody else uses meanwhile: no event, no record of it.
  // Stops at the first that is not in order, or is there already and may not be.
  void build(store::Shard& shard, uint16_t version, const RdbBuilding& how = {});
  // Keys that hold nothing: Redis once wrote such, and passes over them.
  uint64_t empty_keys() const { return empty_keys_; }
  // Those that are not in order, or there already.
  uint64_t bad_keys() const { return bad_keys_; }
  // What is wrong with the first of them; and the place in the window.
  const std::string& problem() const { return problem_; }
  const char* problem_at() const { return problem_at_; }

 private:
  struct Record {
    std::string_view body;
    int64_t expire_at_ms;
    int64_t idle_seconds;
    uint32_t database;
    int16_t frequency;
    uint8_t type;
  };
  struct Built {
    store::Entry* entry;
    uint64_t hash;
  };

  Built build_one(store::Shard& shard, uint16_t version, const Record& record);
  void note(const Record& record, std::string problem);
  bool put(store::Shard& shard, const Record& record, const Built& built, bool replaces);

  std::vector<Record> records_;
  uint64_t empty_keys_ = 0;
  uint64_t bad_keys_ = 0;
  std::string problem_;
  const char* problem_at_ = nullptr;
};

}  // namespace gyre::persist
