// RdbSums: the checksums of an RDB file that is read from its beginning to its end.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string_view>
#include <vector>

#include "persist/rdb_chunks.h"

namespace gyre::persist {

// Of a file with an index, CRC32C of each chunk; of others, CRC64 of all bytes, if that is wanted:
// it costs ten times as much.
class RdbSums {
 public:
  RdbSums(std::vector<RdbChunk> chunks, bool has_crc64)
      : chunks_(std::move(chunks)), has_crc64_(has_crc64 && chunks_.empty()) {}

  // The same from beginning to end: another thread may be adding.
  bool is_needed() const { return has_crc64_ || !chunks_.empty(); }
  // The next bytes of the file.
  void add(std::string_view bytes);

  const std::vector<RdbChunk>& chunks() const { return chunks_; }
  // The chunk that a byte of the file belongs to.
  const RdbChunk* chunk_of(uint64_t offset) const;
  // Have all chunks that the index names been added?
  bool is_whole() const { return at_ >= chunks_.size(); }
  // The first chunk whose checksum was not right.
  const RdbChunk* wrong_chunk() const { return wrong_ ? &chunks_[*wrong_] : nullptr; }
  // Of what was added; nothing if it was not made.
  std::optional<uint64_t> crc64() const {
    return has_crc64_ ? std::optional(crc64_) : std::nullopt;
  }

 private:
  std::vector<RdbChunk> chunks_;
  bool has_crc64_;
  uint64_t crc64_ = 0;
  size_t at_ = 0;       // the chunk that the next byte belongs to
  uint64_t added_ = 0;  // bytes of that chunk
  uint32_t crc32c_ = 0;
  std::optional<size_t> wrong_;
};

}  // namespace gyre::persist
