// Limits: the sizes at which collections change their encoding, as the configuration sets them.
#pragma once

#include <cstddef>
#include <cstdint>

namespace gyre::data {

// Named and counted as Redis's parameters; bytes are those of the longest element.
struct Limits {
  size_t hash_pack_entries = 512;
  size_t hash_pack_value = 64;
  size_t set_ints = 512;
  size_t set_pack_entries = 128;
  size_t set_pack_value = 64;
  size_t sorted_set_pack_entries = 128;
  size_t sorted_set_pack_value = 64;
  // Elements in a chunk of a list; -1 to -5: bytes, 4 to 64 KiB.
  int64_t list_chunk = -2;
  size_t list_plain_ends = 0;  // chunks at each end that are not compressed; 0: none is
  size_t stream_chunk_bytes = 4096;
  size_t stream_chunk_entries = 100;
  size_t hyperloglog_sparse_bytes = 3000;
};

}  // namespace gyre::data
