// A value to its RDB encoding and back: the only place that knows what Redis's blocks look like.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string_view>

#include "data/limits.h"
#include "persist/rdb.h"
#include "persist/rdb_reader.h"
#include "persist/rdb_writer.h"
#include "store/entry.h"

namespace gyre::persist {

// A small collection is written as one block, which is put together in memory; one that takes more
// than so many bytes, element by element: the configuration sets no bound to them.
inline constexpr size_t kBlockMax = size_t{64} << 20;

// How a value is written, and the version a reader must know for that.
RdbType type_of(const store::Entry& entry, size_t block_max = kBlockMax);
constexpr uint16_t version_of(RdbType type) {
  return type == RdbType::hash_expiring || type == RdbType::hash_listpack_expiring
             ? kVersionExpiring
             : kVersion;
}
// Writes what follows the type; REQUIRES: type_of(entry) was it.
void write_value(RdbWriter& writer, const store::Entry& entry, RdbType type);

struct ReadOptions {
  const data::Limits& limits;  // by which encodings are chosen
  uint16_t version;            // of the encoding
};

// Reads what follows the byte of a type, and makes an entry of it. Null if it is no such value, is
// not in order, or holds nothing; the reader has failed then. What follows the value is left.
store::Entry* read_value(RdbReader& reader, uint8_t type, std::string_view key,
                         int64_t expire_at_ms, const ReadOptions& options);

}  // namespace gyre::persist
