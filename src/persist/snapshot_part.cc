#include "persist/snapshot_part.h"

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <utility>

#include "base/clock.h"
#include "ring/file.h"
#include "ring/hop.h"
#include "ring/sleep.h"

namespace gyre::persist {
namespace {

constexpr size_t kChunk = size_t{256} << 10;  // bytes after which a chunk is written
constexpr size_t kStepEntries = 16;
constexpr uint64_t kSliceNs = 50'000;  // for others to have their turn
constexpr size_t kWriteMax = size_t{1} << 30;

}  // namespace

void ChunkSink::restart() {
  if (memory_ == nullptr || capacity_ > 2 * kFirst) {
    memory_ = std::make_unique_for_overwrite<char[]>(kFirst);
    capacity_ = kFirst;
  }
  lend(memory_.get(), memory_.get() + capacity_);
}

void ChunkSink::exchange(ChunkSink& other) {
  const size_t size = this->size();
  const size_t other_size = other.size();
  std::swap(memory_, other.memory_);
  std::swap(capacity_, other.capacity_);
  lend(memory_.get() + other_size, memory_.get() + capacity_);
  other.lend(other.memory_.get() + size, other.memory_.get() + other.capacity_);
}

void ChunkSink::more(size_t wanted) {
  const size_t size = this->size();
  const size_t capacity = capacity_ + std::max(capacity_, wanted);
  auto memory = std::make_unique_for_overwrite<char[]>(capacity);
  std::memcpy(memory.get(), memory_.get(), size);
  memory_ = std::move(memory);
  capacity_ = capacity;
  lend(memory_.get() + size, memory_.get() + capacity);
}

SnapshotPart::SnapshotPart(store::Shard& shard, const SnapshotOptions& options)
    : shard_(shard),
      options_(options),
      in_turn_(options.compresses),
      ahead_(options.compresses),
      cut_(shard, *this) {
  in_turn_.writer.begin_chunk();
  ahead_.writer.begin_chunk();
}

uint16_t SnapshotPart::version() const {
  return std::max(in_turn_.writer.version(), ahead_.writer.version());
}

uint64_t SnapshotPart::keys() const { return keys_; }

KeyUse SnapshotPart::use_of(const store::Entry& entry) const {
  if (shard_.options().is_lfu) {
    return {KeyUse::Kind::frequency, shard_.frequency(entry)};
  }
  if (!shard_.options().shares_integers) {
    return {KeyUse::Kind::idle_seconds, shard_.idle_seconds(entry)};
  }
  return {};
}

bool SnapshotPart::save(uint16_t db, const store::Entry& entry) {
  ++keys_;
  is_partial_ = !in_turn_.writer.write(db, entry, use_of(entry));
  return !is_partial_;
}

bool SnapshotPart::save_more() {
  is_partial_ = !in_turn_.writer.write_more();
  return !is_partial_;
}

void SnapshotPart::save_ahead(uint16_t db, const store::Entry& entry) {
  ++keys_;
  bool is_whole = ahead_.writer.write(db, entry, use_of(entry));
  while (!is_whole) {
    is_whole = ahead_.writer.write_more();
  }
}

bool SnapshotPart::is_full(const Stream& stream) const { return stream.sink.size() >= kChunk; }

// The stream goes on with a new chunk at once.
ring::Task<int> SnapshotPart::flush(Stream& stream, SnapshotFile& file, uint16_t home) {
  RdbChunk chunk;
  chunk.core = shard_.core();
  chunk.keys = stream.writer.keys();
  stream.sink.exchange(leaving_);
  stream.writer.begin_chunk();
  const std::string_view bytes = leaving_.bytes();
  chunk.add(bytes, options_.has_crc64);
  chunk.offset = co_await ring::hop(
      home, [&file, size = bytes.size()](ring::Core&) { return file.claim(size); });
  for (size_t done = 0; done < bytes.size();) {
    const int result = co_await ring::write_file(
        file.fd(), bytes.data() + done,
        static_cast<uint32_t>(std::min(bytes.size() - done, kWriteMax)), chunk.offset + done);
    if (result == -EINTR || result == -EAGAIN) {
      continue;
    }
    if (result <= 0) {
      co_return result < 0 ? -result : ENOSPC;
    }
    done += static_cast<size_t>(result);
  }
  chunks_.push_back(chunk);
  leaving_.restart();
  co_return 0;
}

ring::Task<int> SnapshotPart::write(SnapshotFile& file, uint16_t home) {
  bool has_more = true;
  while (has_more && !cut_.is_void() && !is_given_up_) {
    const uint64_t begin = base::ticks_now();
    while (has_more && !is_full(in_turn_) &&
           base::ticks_to_ns(base::ticks_now() - begin) < kSliceNs) {
      has_more = cut_.step(kStepEntries);
    }
    // A value in the midst of which a chunk would end is written to its end first.
    if (is_partial_ && is_full(in_turn_)) {
      has_more = cut_.step(kStepEntries);
    } else if (is_full(in_turn_)) {
      if (const int failed = co_await flush(in_turn_, file, home); failed != 0) {
        co_return failed;
      }
    }
    if (is_full(ahead_)) {
      if (const int failed = co_await flush(ahead_, file, home); failed != 0) {
        co_return failed;
      }
    }
    co_await ring::next_turn();
  }
  if (cut_.is_void() || is_given_up_) {
    co_return ECANCELED;
  }
  for (Stream* stream : {&in_turn_, &ahead_}) {
    if (stream->writer.keys() > 0) {
      if (const int failed = co_await flush(*stream, file, home); failed != 0) {
        co_return failed;
      }
    }
  }
  co_return 0;
}

}  // namespace gyre::persist
