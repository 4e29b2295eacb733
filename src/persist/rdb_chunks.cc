#include "persist/rdb_chunks.h"

#include "base/assert.h"
#include "base/crc.h"
#include "persist/little_endian.h"
#include "persist/rdb.h"
#include "persist/rdb_reader.h"
#include "persist/rdb_writer.h"

namespace gyre::persist {
namespace {

// The text of the index: its version, which is all that a tool prints of it; the chunks; CRC32C of
// all that. Numbers are as they lie in memory, and nothing is compressed.
constexpr std::string_view kIndexVersion{"1\0", 2};
constexpr size_t kChunkSize = 40;
constexpr size_t kIndexSumSize = sizeof(uint32_t);

constexpr std::string_view kPlaceName = "gyre-chunks-at";
constexpr size_t kPlaceSize = 2 + kPlaceName.size() + 1 + sizeof(uint64_t);
constexpr size_t kEndSize = 1 + sizeof(uint64_t);
static_assert(kPlaceSize + kEndSize == kRdbEndSize);

std::string make_index(std::span<const RdbChunk> chunks) {
  std::string index(kIndexVersion);
  index.reserve(index.size() + chunks.size() * kChunkSize + kIndexSumSize);
  for (const RdbChunk& chunk : chunks) {
    for (const uint64_t number : {chunk.offset, chunk.size, chunk.keys, chunk.crc64}) {
      append_number(index, number, sizeof number);
    }
    append_number(index, chunk.crc32c, sizeof chunk.crc32c);
    append_number(index, chunk.core, sizeof(uint32_t));
  }
  append_number(index, base::crc32c(0, index), kIndexSumSize);
  return index;
}

RdbChunk load_chunk(const char* at) {
  return {.offset = load<uint64_t>(at),
          .size = load<uint64_t>(at + 8),
          .keys = load<uint64_t>(at + 16),
          .crc64 = load<uint64_t>(at + 24),
          .crc32c = load<uint32_t>(at + 32),
          .core = load<uint16_t>(at + 36)};
}

// CRC64 of all chunks and of what stands behind them.
uint64_t sum_of(std::span<const RdbChunk> chunks, std::string_view tail) {
  uint64_t sum = 0;
  for (const RdbChunk& chunk : chunks) {
    sum = base::crc64_combine(sum, chunk.crc64, chunk.size);
  }
  return base::crc64(sum, tail);
}

}  // namespace

void RdbChunk::add(std::string_view bytes, bool has_crc64) {
  size += bytes.size();
  crc32c = base::crc32c(crc32c, bytes);
  if (has_crc64) {
    crc64 = base::crc64(crc64, bytes);
  }
}

std::string make_rdb_tail(std::span<const RdbChunk> chunks, bool has_crc64) {
  uint64_t size = 0;
  for (const RdbChunk& chunk : chunks) {
    GYRE_ASSERT(chunk.offset == size);
    size += chunk.size;
  }
  BlobSink sink;
  RdbWriter writer(sink, false);
  writer.byte(static_cast<uint8_t>(RdbMark::aux));
  writer.bytes(kRdbIndexName);
  writer.bytes(make_index(chunks));
  writer.byte(static_cast<uint8_t>(RdbMark::aux));
  writer.bytes(kPlaceName);
  writer.bytes({reinterpret_cast<const char*>(&size), sizeof size});
  writer.byte(static_cast<uint8_t>(RdbMark::end));
  std::string tail(sink.bytes());
  append_number(tail, has_crc64 ? sum_of(chunks, tail) : 0, sizeof(uint64_t));
  return tail;
}

std::optional<uint64_t> find_rdb_index(std::string_view last, uint64_t file_size) {
  if (last.size() < kRdbEndSize || file_size < kRdbEndSize) {
    return std::nullopt;
  }
  last.remove_prefix(last.size() - kRdbEndSize);
  RdbReader reader(last, kRdbEndSize);
  std::string scratch;
  const bool is_aux = reader.byte() == static_cast<uint8_t>(RdbMark::aux);
  if (!is_aux || reader.block(scratch) != kPlaceName) {
    return std::nullopt;
  }
  const std::string_view place = reader.block(scratch);
  if (place.size() != sizeof(uint64_t) || reader.byte() != static_cast<uint8_t>(RdbMark::end)) {
    return std::nullopt;
  }
  const auto offset = load<uint64_t>(place.data());
  return offset < file_size - kRdbEndSize ? std::optional(offset) : std::nullopt;
}

Result<std::vector<RdbChunk>> read_rdb_index(std::string_view tail, uint64_t offset) {
  RdbReader reader(tail, tail.size());
  std::string scratch;
  const bool is_aux = reader.byte() == static_cast<uint8_t>(RdbMark::aux);
  if (!is_aux || reader.block(scratch) != kRdbIndexName) {
    return fail("there is no index of chunks where it should be");
  }
  GYRE_TRY_LET(chunks, parse_rdb_index(reader.block(scratch), offset));
  if (reader.raw(kRdbEndSize).empty() || !reader.is_at_end()) {
    return fail("what stands behind the index of chunks is of another size");
  }
  const std::string_view summed = tail.substr(0, tail.size() - sizeof(uint64_t));
  const auto sum = load<uint64_t>(tail.data() + summed.size());
  if (find_rdb_index(tail, offset + tail.size()) != offset ||
      (sum != 0 && sum != sum_of(chunks, summed))) {
    return fail("RDB CRC error, the checksum at the end is not that of the chunks");
  }
  return chunks;
}

Result<std::vector<RdbChunk>> parse_rdb_index(std::string_view index, uint64_t offset) {
  constexpr size_t kFrame = kIndexVersion.size() + kIndexSumSize;
  if (!index.starts_with(kIndexVersion) || index.size() < kFrame ||
      (index.size() - kFrame) % kChunkSize != 0) {
    return fail("the index of chunks is of another size or of an unknown version");
  }
  const std::string_view summed = index.substr(0, index.size() - kIndexSumSize);
  if (base::crc32c(0, summed) != load<uint32_t>(index.data() + summed.size())) {
    return fail("the index of chunks has a wrong checksum");
  }
  std::vector<RdbChunk> chunks;
  chunks.reserve(summed.size() / kChunkSize);
  uint64_t end = 0;
  for (size_t at = kIndexVersion.size(); at < summed.size(); at += kChunkSize) {
    const RdbChunk chunk = load_chunk(summed.data() + at);
    if (chunk.offset != end || chunk.size > offset - end) {
      return fail("the index of chunks has gaps");
    }
    end += chunk.size;
    chunks.push_back(chunk);
  }
  if (end != offset) {
    return fail("the index of chunks does not cover the file");
  }
  return chunks;
}

}  // namespace gyre::persist
