// What DUMP answers and RESTORE takes: a value in its RDB encoding, its version, a checksum.
#pragma once

#include <cstdint>
#include <string_view>

#include "base/error.h"
#include "data/limits.h"
#include "persist/sink.h"
#include "store/entry.h"

namespace gyre::persist {

//     type | value | version (u16, least significant byte first) | CRC64 of all before (u64)

void write_payload(BlobSink& sink, const store::Entry& entry, bool compresses);

struct PayloadOptions {
  const data::Limits& limits;
  size_t text_max;  // bytes of the longest string that is taken
  bool checks_sum = true;
};

// The errors are Redis's.
Result<store::Entry*> read_payload(std::string_view payload, std::string_view key,
                                   int64_t expire_at_ms, const PayloadOptions& options);

}  // namespace gyre::persist
