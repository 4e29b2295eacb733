#include "persist/rdb_loader.h"

#include <fmt/core.h>

#include <algorithm>
#include <cstring>
#include <utility>

#include "base/log.h"

namespace gyre::persist {

RdbLoader::RdbLoader(exec::Engine& engine, std::string path, const RdbLoadOptions& options,
                     LoadProgress& progress)
    : engine_(engine),
      path_(std::move(path)),
      options_(options),
      progress_(progress),
      loaded_before_(progress.loaded_bytes),
      now_ms_(engine.shard().wall_ms()) {
  for (Stretch& stretch : stretches_) {
    stretch.parts = std::vector<Part>(engine.all().count());
    for (Part& part : stretch.parts) {
      part.loader = this;
      part.stretch = &stretch;
    }
  }
}

bool RdbLoader::refuse(const std::string& what) {
  error_ = error_.empty() ? "Cannot load the RDB file " + path_ + ": " + what : error_;
  return false;
}

// What is nearest to the beginning of the file is told: the rest may follow from that.
bool RdbLoader::refuse_at(uint64_t offset, std::string_view what) {
  if (offset >= error_offset_) {
    return false;
  }
  error_offset_ = offset;
  error_ = fmt::format("Bad file format reading the RDB file {} at byte {}", path_, offset);
  if (const RdbChunk* chunk = sums_ ? sums_->chunk_of(offset) : nullptr) {
    error_ += fmt::format(", in chunk {}", chunk - sums_->chunks().data());
    error_ += chunk->core != RdbChunk::kHeader ? fmt::format(" of core {}", chunk->core) : "";
  }
  error_ += ": " + std::string(what);
  return false;
}

ring::Task<bool> RdbLoader::load() {
  if (options_.losses != nullptr) {
    co_await salvage();
    report();
    co_return true;
  }
  bool is_good = co_await open() && co_await read_index();
  if (is_good) {
    reader_ = std::make_unique<RdbFileReader>(window_.size());
    begin_stretch();
    is_good = co_await read_items();
    co_await end_stretches();
  }
  if (!is_good || !error_.empty() || !check_sums()) {
    co_return false;
  }
  report();
  co_return true;
}

ring::Task<> RdbLoader::end_stretches() {
  Stretch& last = *current_;
  co_await finish(stretches_[&last == &stretches_[0] ? 1 : 0]);
  co_await finish(last);
}

void RdbLoader::report() const {
  if (functions_ > 0) {
    log::warning("{} holds {} libraries of functions, which are not loaded", path_, functions_);
  }
  log::notice("Done loading RDB, keys loaded: {}, keys expired: {}, empty keys skipped: {}.",
              progress_.keys, progress_.expired, empty_keys_);
}

ring::Task<bool> RdbLoader::open() {
  if (const int failed = co_await window_.open(path_); failed != 0) {
    co_return refuse(std::strerror(failed));
  }
  co_return true;
}

// What the end of a file of ours says of its chunks.
ring::Task<bool> RdbLoader::read_index() {
  std::vector<RdbChunk> chunks;
  const uint64_t size = window_.size();
  window_.seek(size - std::min<uint64_t>(size, kRdbEndSize));
  std::optional<uint64_t> place;
  for (int round = 0; round < 2; ++round) {
    while (!window_.is_rest()) {
      if (const int failed = co_await window_.read_more(); failed != 0) {
        co_return refuse(std::strerror(failed));
      }
    }
    if (round == 1) {
      auto read = read_rdb_index(window_.view(), *place);
      if (!read) {
        co_return refuse_at(*place, read.error().text());
      }
      chunks = std::move(*read);
      break;
    }
    place = find_rdb_index(window_.view(), size);
    if (!place) {
      break;
    }
    window_.seek(*place);
  }
  window_.seek(0);
  sums_ = std::make_unique<RdbSums>(std::move(chunks), options_.checks_sum);
  co_return true;
}

// Waits until nobody looks at the stretch any more.
ring::Task<> RdbLoader::finish(Stretch& stretch) {
  while (stretch.open > 0) {
    is_idle_.reset();
    co_await is_idle_.wait();
  }
  for (Part& part : stretch.parts) {
    const RdbGroup& group = part.group;
    if (group.bad_keys() > 0) {
      const uint64_t at =
          stretch.offset + static_cast<uint64_t>(group.problem_at() - stretch.bytes.data());
      if (options_.losses != nullptr) {
        options_.losses->add(
            {.file = path_, .offset = at, .reason = group.problem(), .keys = group.bad_keys()});
      } else {
        refuse_at(at, group.problem());
      }
    }
    empty_keys_ += group.empty_keys();
    progress_.keys += group.size() - group.empty_keys() - group.bad_keys();
    part.group.clear();
    part.summed = "";
  }
  const uint64_t end = stretch.offset + stretch.bytes.size();
  progress_.loaded_bytes = std::max(progress_.loaded_bytes, loaded_before_ + end);
}

bool RdbLoader::check_sums() {
  if (const RdbChunk* chunk = sums_->wrong_chunk()) {
    return refuse_at(
        chunk->offset,
        fmt::format("RDB CRC error, the checksum of its {} bytes is wrong", chunk->size));
  }
  if (!sums_->is_whole()) {
    return refuse_at(window_.offset(), "the end comes before the last chunk");
  }
  const auto sum = sums_->crc64();
  if (sum && sum_ != 0 && *sum != sum_) {
    return refuse(fmt::format("RDB CRC error. Wrong RDB checksum expected: ({:x}) but got ({:x})",
                              sum_, *sum));
  }
  return true;
}

}  // namespace gyre::persist
