// What is whole of an RDB file that is damaged.
#include <cstring>
#include <utility>

#include "base/crc.h"
#include "persist/rdb.h"
#include "persist/rdb_loader.h"

namespace gyre::persist {

void RdbLoader::lose(uint64_t offset, uint64_t size, std::string reason, const RdbChunk* chunk) {
  Loss loss{.file = path_, .offset = offset, .size = size, .reason = std::move(reason)};
  if (chunk != nullptr && chunk->core != RdbChunk::kHeader) {
    loss.core = chunk->core;
    loss.keys = chunk->keys;
  }
  options_.losses->add(std::move(loss));
}

// What was refused is noted as lost instead, and reading goes on elsewhere.
std::string RdbLoader::take_error() {
  error_offset_ = UINT64_MAX;
  return std::exchange(error_, {});
}

ring::Task<> RdbLoader::salvage() {
  if (!co_await open()) {
    lose(0, 0, take_error());
    co_return;
  }
  if (!co_await read_index()) {
    lose(window_.offset(), window_.size() - window_.offset(), take_error());
    sums_ = std::make_unique<RdbSums>(std::vector<RdbChunk>(), options_.checks_sum);
  }
  if (sums_->chunks().empty()) {
    window_.seek(0);
    co_await salvage_whole();
    co_return;
  }
  const std::vector<RdbChunk> chunks = sums_->chunks();
  sums_ = std::make_unique<RdbSums>(std::vector<RdbChunk>(), false);
  uint16_t version = kVersionMax;
  for (const RdbChunk& chunk : chunks) {
    co_await salvage_chunk(chunk, version);
  }
  window_.seek(window_.size());
}

// Without an index: as far as one item follows the other.
ring::Task<> RdbLoader::salvage_whole() {
  reader_ = std::make_unique<RdbFileReader>(window_.size());
  begin_stretch();
  const bool is_good = co_await read_items();
  const uint64_t end = window_.offset();
  if (!is_good) {
    send(0);
  }
  co_await end_stretches();
  if (!is_good) {
    lose(end, window_.size() - end, take_error());
    window_.seek(window_.size());  // whatever follows
    co_return;
  }
  if (!check_sums()) {
    lose(end, 0, take_error() + "; the values cannot be relied upon");
  }
}

// The chunk lies in the window as a whole.
ring::Task<> RdbLoader::salvage_chunk(const RdbChunk& chunk, uint16_t& version) {
  window_.seek(chunk.offset);
  while (window_.view().size() < chunk.size) {
    if (const int failed = co_await window_.read_more(); failed != 0) {
      lose(chunk.offset, chunk.size, std::strerror(failed), &chunk);
      co_return;
    }
  }
  if (base::crc32c(0, window_.view().substr(0, chunk.size)) != chunk.crc32c) {
    lose(chunk.offset, chunk.size, "the checksum is wrong", &chunk);
    co_return;
  }
  reader_ = std::make_unique<RdbFileReader>(version, chunk);
  begin_stretch();
  const bool is_good = co_await read_items();
  send(0);
  co_await end_stretches();
  version = reader_->version() != 0 ? reader_->version() : version;
  if (!is_good) {
    const uint64_t end = window_.offset();
    lose(end, chunk.offset + chunk.size - end, take_error(), &chunk);
  }
}

}  // namespace gyre::persist
