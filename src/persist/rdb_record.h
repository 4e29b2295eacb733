// RdbRecord: a key as it was found in a file, and the entry that is made of it.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string_view>

#include <tl/expected.hpp>

#include "persist/rdb_reader.h"
#include "persist/rdb_value.h"
#include "store/entry.h"

namespace gyre::persist {

struct RdbRecord {
  uint32_t database = 0;
  uint8_t type = 0;        // RdbType
  int16_t frequency = -1;  // of its use; -1: not told, as the next one
  int64_t idle_seconds = -1;
  int64_t expire_at_ms = store::Entry::kNever;
  // The key. Its bytes are the reader's or the window's; good until the reader goes on.
  std::string_view key = "";
  // The key and the value as they are encoded, in the window.
  std::string_view body = "";

  bool is_expired(int64_t now_ms) const {
    return expire_at_ms != store::Entry::kNever && expire_at_ms < now_ms;
  }
};

struct RdbBuildOptions {
  const data::Limits& limits;
  uint16_t version;  // of the file
  size_t text_max;   // bytes of the longest string that is taken
};

// Makes an entry of all of the record but `key`, so that the core that owns the key can do it while
// the reader goes on. What it holds is checked to the last byte.
tl::expected<store::Entry*, RdbFault> build_entry(const RdbRecord& record,
                                                  const RdbBuildOptions& options);

}  // namespace gyre::persist
