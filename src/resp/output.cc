#include "resp/output.h"

#include <algorithm>
#include <cstdlib>
#include <utility>

#include "base/assert.h"

namespace gyre::resp {

ChunkPool::~ChunkPool() {
  if (current_ != nullptr) {
    std::free(current_);
  }
  for (Chunk* chunk : free_) {
    std::free(chunk);
  }
}

Chunk* ChunkPool::make(size_t size) {
  if (size <= kChunk && !free_.empty()) {
    Chunk* chunk = free_.back();
    free_.pop_back();
    return chunk;
  }
  const size_t capacity = std::max(size, kChunk);
  auto* chunk = static_cast<Chunk*>(std::malloc(sizeof(Chunk) + capacity));
  GYRE_ASSERT(chunk != nullptr);
  chunk->pool = this;
  chunk->refs = 0;
  chunk->capacity = capacity;
  bytes_ += capacity;
  return chunk;
}

void ChunkPool::retire(Chunk* chunk) {
  // A few free chunks serve every turn; more are the traces of a burst.
  if (chunk->capacity == kChunk && free_.size() < 16) {
    free_.push_back(chunk);
  } else {
    bytes_ -= chunk->capacity;
    std::free(chunk);
  }
}

void ChunkPool::unref(Chunk& chunk) {
  if (--chunk.refs == 0) {
    retire(&chunk);
  } else if (chunk.refs == 1 && &chunk == current_) {
    // All of it was sent: start over where the cache is warm. One made for a huge reply goes.
    if (chunk.capacity == kChunk) {
      cursor_ = chunk.data;
    } else {
      current_ = nullptr;
      retire(&chunk);
    }
  }
}

Chunk& ChunkPool::open(size_t size) {
  const size_t wanted = std::max(size, kRoomMin);
  if (current_ != nullptr && static_cast<size_t>(end() - cursor_) >= wanted) {
    return *current_;
  }
  if (current_ != nullptr) {
    Chunk* old = current_;
    current_ = nullptr;
    unref(*old);
  }
  current_ = make(wanted);
  current_->refs = 1;
  cursor_ = current_->data;
  return *current_;
}

// ---- Frame ----

Frame::~Frame() {
  if (chunk_ != nullptr) {
    chunk_->pool->unref(*chunk_);
  }
}

void Frame::begin(ChunkPool& pool, size_t size_max, Reply& reply) {
  GYRE_DCHECK(is_empty());
  chunk_ = &pool.open(size_max);
  pool.ref(*chunk_);
  reply.lend(pool.cursor(), pool.cursor() + size_max);
}

void Frame::finish(Reply& reply) {
  char* const begin = chunk_->pool->cursor();
  bytes_ = {begin, static_cast<size_t>(reply.at() - begin)};
  chunk_->pool->advance(reply.at());
  reply.lend(nullptr, nullptr);
}

void Frame::more(Reply&, size_t) { GYRE_UNREACHABLE(); }

// ---- Output ----

void Output::begin(Reply& reply) {
  open_chunk_ = &pool_.open(0);
  // The open chunk must not start over while this output writes into it.
  pool_.ref(*open_chunk_);
  open_begin_ = pool_.cursor();
  reply.lend(open_begin_, pool_.end());
}

void Output::close_segment(Reply& reply) {
  char* const end = reply.at();
  pool_.advance(end);
  const auto size = static_cast<size_t>(end - open_begin_);
  if (size == 0) {
    return;
  }
  add_bytes(*open_chunk_, open_begin_, size);
  open_begin_ = end;
}

// What lies behind the last segment continues it.
void Output::add_bytes(Chunk& chunk, const char* data, size_t size) {
  pending_bytes_ += size;
  if (has_pending() && pending_.back().chunk == &chunk &&
      pending_.back().data + pending_.back().size == data) {
    pending_.back().size += size;
  } else {
    chunk.pool->ref(chunk);
    pending_.push_back({data, size, &chunk, nullptr});
  }
}

void Output::append(const Frame& frame) {
  GYRE_DCHECK(!is_open());
  add_bytes(*frame.chunk_, frame.bytes_.data(), frame.bytes_.size());
}

void Output::append_copy(const Frame& frame) {
  GYRE_DCHECK(!is_open());
  const std::string_view bytes = frame.bytes_;
  if (!has_pending() || pending_.back().room < bytes.size()) {
    const size_t wanted = std::clamp(pending_bytes_, kCopiesMin, kCopiesMax);
    base::Blob* blob = base::Blob::make(std::max(wanted, bytes.size()));
    pending_.push_back({blob->data(), 0, nullptr, blob, blob->capacity});
  }
  Segment& last = pending_.back();
  std::memcpy(last.blob->data() + last.size, bytes.data(), bytes.size());
  last.size += bytes.size();
  last.room -= bytes.size();
  pending_bytes_ += bytes.size();
}

void Output::append(Output& other) {
  GYRE_DCHECK(!is_open() && other.flying_.empty());
  pending_.insert(pending_.end(), other.pending_.begin() + static_cast<ptrdiff_t>(other.first_),
                  other.pending_.end());
  pending_bytes_ += std::exchange(other.pending_bytes_, 0);
  other.pending_.clear();
  other.first_ = 0;
}

void Output::finish(Reply& reply) {
  close_segment(reply);
  pool_.unref(*open_chunk_);
  open_chunk_ = nullptr;
  reply.lend(nullptr, nullptr);
}

void Output::more(Reply& reply, size_t size) {
  close_segment(reply);
  pool_.unref(*open_chunk_);
  open_chunk_ = &pool_.open(size);
  pool_.ref(*open_chunk_);
  open_begin_ = pool_.cursor();
  reply.lend(open_begin_, pool_.end());
}

bool Output::attach(Reply& reply, base::Blob& blob, std::string_view bytes) {
  close_segment(reply);
  blob.ref();
  pending_.push_back({bytes.data(), bytes.size(), nullptr, &blob});
  pending_bytes_ += bytes.size();
  return true;
}

size_t Output::take_off() {
  GYRE_DCHECK(flying_.empty());
  parts_.clear();
  size_t bytes = 0;
  size_t end = first_;
  for (; end < pending_.size() && parts_.size() < kPartsMax; ++end) {
    if (bytes + pending_[end].size > kSendMax && !parts_.empty()) {
      break;
    }
    parts_.push_back({const_cast<char*>(pending_[end].data), pending_[end].size});
    bytes += pending_[end].size;
  }
  const size_t count = parts_.size();
  if (count == pending_.size()) {
    std::swap(flying_, pending_);
  } else {
    const auto begin = pending_.begin();
    flying_.assign(begin + static_cast<ptrdiff_t>(first_), begin + static_cast<ptrdiff_t>(end));
    first_ = end;
    if (first_ > pending_.size() / 2) {  // not each time, or a long list would move again and again
      pending_.erase(begin, begin + static_cast<ptrdiff_t>(first_));
      first_ = 0;
    }
  }
  pending_bytes_ -= bytes;
  flying_bytes_ = bytes;
  return count;
}

void Output::drop(const Segment& segment) {
  if (segment.chunk != nullptr) {
    segment.chunk->pool->unref(*segment.chunk);
  } else {
    segment.blob->unref();
  }
}

void Output::landed() {
  for (const Segment& segment : flying_) {
    drop(segment);
  }
  flying_.clear();
  flying_bytes_ = 0;
}

void Output::clear() {
  landed();
  for (; first_ < pending_.size(); ++first_) {
    drop(pending_[first_]);
  }
  pending_.clear();
  first_ = 0;
  pending_bytes_ = 0;
}

}  // namespace gyre::resp
