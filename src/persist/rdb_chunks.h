// The chunks that an RDB file of ours consists of, and the index of them at its end.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "base/error.h"

namespace gyre::persist {

//     header and what is told of the file | chunk | chunk ... | index | place of the index | end
//
// Every chunk begins with the choice of a database, so it can be written without the others, and
// read without them. The index lets several cores read one file and names the place of damage; it
// and its place are fields that Redis passes over. The header counts as a chunk without keys, so
// that the chunks cover all bytes in front of the index.
struct RdbChunk {
  uint64_t offset = 0;
  uint64_t size = 0;
  uint64_t keys = 0;
  uint64_t crc64 = 0;  // 0 in files without checksum
  uint32_t crc32c = 0;
  uint16_t core = 0;

  static constexpr uint16_t kHeader = UINT16_MAX;  // in place of a core

  // Bytes that are written next. CRC64 is what Redis checks.
  void add(std::string_view bytes, bool has_crc64);
};

// What stands behind the chunks; the whole file is `chunks` and this. REQUIRES: they are in order,
// the first one at 0, without gaps.
std::string make_rdb_tail(std::span<const RdbChunk> chunks, bool has_crc64);

// Where the index begins, by the last bytes of a file; nothing if it has none.
inline constexpr size_t kRdbEndSize = 34;
std::optional<uint64_t> find_rdb_index(std::string_view last, uint64_t file_size);

// The chunks, from all bytes of the file from the index on. If their CRC32C are right, the checksum
// of the file is right, too: that of the tail is checked here, against those that the index has.
// The errors say what is wrong with the index.
Result<std::vector<RdbChunk>> read_rdb_index(std::string_view tail, uint64_t offset);

// The same from what stands in the file under the name of the index.
inline constexpr std::string_view kRdbIndexName = "gyre-chunks";
Result<std::vector<RdbChunk>> parse_rdb_index(std::string_view index, uint64_t offset);

}  // namespace gyre::persist
