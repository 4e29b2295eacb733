// What an RDB file has besides values: its header, and keys with all that belongs to them.
#pragma once

#include <cstdint>
#include <optional>
#include <string_view>

#include "persist/rdb_value.h"
#include "persist/rdb_value_slices.h"
#include "persist/rdb_writer.h"
#include "store/entry.h"

namespace gyre::persist {

// What a file tells of itself.
struct RdbFileInfo {
  uint16_t version = kVersion;  // of two digits, so that the size does not depend on it
  std::string_view redis_version;
  std::string_view gyre_version;
  int64_t created_s = 0;  // Unix time
  uint64_t used_memory = 0;
  bool is_aof_base = false;
};
void write_rdb_header(RdbWriter& writer, const RdbFileInfo& info);

// Chooses a database and tells how many keys it has in the whole file, for tables to be made large
// enough at once.
void write_rdb_sizes(RdbWriter& writer, uint32_t database, uint64_t keys, uint64_t expiring);

// How recently or how often a key was used, if the policy goes by that.
struct KeyUse {
  enum class Kind : uint8_t { none, idle_seconds, frequency };
  Kind kind = Kind::none;
  uint64_t number = 0;
};

// Writes the keys of chunks; what it writes between two calls of begin_chunk() is one.
class RdbChunkWriter {
 public:
  explicit RdbChunkWriter(RdbWriter& writer) : writer_(writer) {}

  void begin_chunk() {
    database_.reset();
    keys_ = 0;
  }
  // Keys of this chunk that were begun.
  uint64_t keys() const { return keys_; }
  // The version that a reader has to know for all that was written so far, in whatever chunk.
  uint16_t version() const { return version_; }

  // Writes a key and its value, or of a large one the first part. If that was not all of it, false:
  // then write_more() has to be called until it returns true, before anything else is, and up to
  // then the value must neither change nor go. Either writes about kStepBytes bytes at most, or one
  // block or element if that is longer; a quarter of a millisecond, compressed and all.
  static constexpr uint64_t kStepBytes = uint64_t{32} << 10;
  bool write(uint32_t database, const store::Entry& entry, KeyUse use = {});
  bool write_more() { return slices_.write(writer_, kStepBytes); }

 private:
  // Larger collections are not written as one block.
  static constexpr size_t kBlockBytes = size_t{64} << 10;

  RdbWriter& writer_;
  std::optional<uint32_t> database_;
  uint64_t keys_ = 0;
  uint16_t version_ = kVersion;
  RdbValueSlices slices_;
};

}  // namespace gyre::persist
