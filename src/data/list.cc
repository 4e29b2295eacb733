#include "data/list.h"

#include <new>
#include <utility>

#include "base/assert.h"
#include "base/heap.h"

namespace gyre::data {
namespace {

// A chunk that is the whole list grows in small steps: there may be millions of them.
size_t with_slack(size_t bytes) {
  constexpr size_t kTight = 256;
  return bytes < kTight ? bytes : bytes + bytes / 8;
}

// What a Redis listpack of these elements takes: as many bytes for short ones, and seven more.
constexpr size_t kRedisHeader = 7;
size_t redis_bytes(const Chunk& chunk) { return chunk.bytes() - sizeof(Chunk) + kRedisHeader; }

Chunks* make_chunks() { return new (base::heap_alloc(sizeof(Chunks))) Chunks(); }

void destroy_chunks(Chunks* chunks) {
  chunks->~Chunks();
  base::heap_free(chunks, sizeof(Chunks));
}

}  // namespace

size_t List::size() const {
  switch (word_.encoding()) {
    case kChunk:
      return chunk()->count();
    case kChunks:
      return chunks()->size();
    default:
      return 0;
  }
}

// An empty chunk is destroyed.
void List::set_chunk(Chunk* chunk) {
  word_.reset(kChunk, chunk);
  if (chunk->count() == 0) {
    clear();
  }
}

void List::become_chunks() {
  Chunks* chunks = make_chunks();
  if (word_.encoding() == kChunk) {
    chunks->adopt(chunk());
  }
  word_.reset(kChunks, chunks);
}

void List::reserve(size_t count, size_t bytes, const Limits& limits) {
  if (word_.encoding() == kChunks) {
    return;
  }
  const ChunkLimits chunk_limits(limits);
  if (word_.encoding() == kChunk) {
    count += chunk()->count();
    bytes += redis_bytes(*chunk());
  } else {
    bytes += kRedisHeader;
  }
  if (bytes > chunk_limits.wanted || count > chunk_limits.count) {
    become_chunks();
  }
}

void List::make_room(size_t room) {
  if (!word_ && room + sizeof(Chunk) <= Chunk::kBytesMax) {
    word_.reset(kChunk, Chunk::make(room, Side::back));
  }
}

void List::settle(const Limits& limits) {
  Chunk* only = word_.encoding() == kChunks ? chunks()->only_chunk() : nullptr;
  if (only == nullptr) {
    return;
  }
  const ChunkLimits chunk_limits(limits);
  const bool is_small = chunk_limits.is_counted() ? only->count() <= chunk_limits.count / 2
                                                  : redis_bytes(*only) <= chunk_limits.wanted / 2;
  if (is_small) {
    chunks()->release_only_chunk();
    destroy_chunks(chunks());
    set_chunk(Chunk::fit(only));
  }
}

// ---- Adding ----

void List::push(Side side, const Element& element, base::BlobRef blob, const Limits& limits) {
  if (word_.encoding() == kChunks) {
    chunks()->push(side, element, std::move(blob), ChunkLimits(limits));
  } else {
    insert(side == Side::front ? 0 : size(), element, std::move(blob), limits);
  }
}

void List::insert(size_t index, const Element& element, base::BlobRef blob, const Limits& limits) {
  if (word_.encoding() != kChunks) {
    const Packed packed(element);
    Chunk* chunk = word_ ? this->chunk() : nullptr;
    const size_t bytes = (chunk != nullptr ? chunk->bytes() : 0) + Chunk::room_of(packed);
    if (bytes + sizeof(Chunk) <= Chunk::kBytesMax) {
      chunk = chunk != nullptr ? chunk : Chunk::make(Chunk::room_of(packed), Side::back);
      const uint32_t at = chunk->nth(static_cast<uint32_t>(index));
      set_chunk(Chunk::insert(chunk, at, packed, with_slack(bytes)));
      return;
    }
    become_chunks();  // many elements at once may be more than reserve() has counted
  }
  chunks()->insert(index, element, std::move(blob), ChunkLimits(limits));
}

void List::replace(size_t index, const Element& element, base::BlobRef blob, const Limits& limits) {
  if (word_.encoding() == kChunk) {
    const Packed packed(element);
    if (chunk()->bytes() + Chunk::room_of(packed) <= Chunk::kBytesMax) {
      const uint32_t at = chunk()->nth(static_cast<uint32_t>(index));
      set_chunk(Chunk::replace(chunk(), at, packed));
      return;
    }
    become_chunks();
  }
  chunks()->replace(index, element, std::move(blob), ChunkLimits(limits));
}

// ---- Removing ----

List List::erase(size_t from, size_t count, const Limits& limits) {
  List rest;
  if (word_.encoding() == kChunk) {
    const auto first = static_cast<uint32_t>(from);
    const auto number = static_cast<uint32_t>(count);
    const uint32_t begin = chunk()->nth(first);
    const uint32_t end = number == 1 ? chunk()->next(begin) : chunk()->nth(first + number);
    set_chunk(Chunk::erase(chunk(), begin, end, number));
  } else {
    constexpr size_t kFew = 8;
    Chunks removed;
    chunks()->erase(from, count, ChunkLimits(limits), removed);
    if (removed.blocks() > kFew) {
      rest.word_.reset(kChunks, make_chunks());
      rest.chunks()->swap(removed);
    }
    if (chunks()->size() == 0) {
      clear();
    }
  }
  return rest;
}

size_t List::erase_equal(const Element& element, size_t max, Side from, const Limits& limits) {
  const Wanted wanted(element);
  size_t begin = 0;
  if (from == Side::back) {
    size_t found = 0;
    size_t index = size();
    visit_back(index - 1, [&](const ListItem& item) {
      --index;
      if (item.is(wanted)) {
        begin = index;
        ++found;
      }
      return found < max;
    });
    max = found;
  }
  if (max == 0) {
    return 0;
  }
  const size_t before = size();
  if (word_.encoding() == kChunk) {
    const uint32_t at = chunk()->nth(static_cast<uint32_t>(begin));
    set_chunk(Chunk::erase_equal(chunk(), at, wanted.packed, max));
  } else {
    chunks()->erase_equal(begin, wanted, max, ChunkLimits(limits));
    if (chunks()->size() == 0) {
      clear();
    }
  }
  return before - size();
}

ListItem List::at(size_t index) const {
  const char* form = nullptr;
  ListItem found(form);
  visit(index, [&](const ListItem& item) {
    found = item;
    return false;
  });
  return found;
}

// ---- As a whole ----

List List::clone() const {
  List copy;
  if (word_.encoding() == kChunk) {
    copy.set_chunk(chunk()->clone());
  } else if (word_.encoding() == kChunks) {
    copy.become_chunks();
    copy.chunks()->append(*chunks());
  }
  return copy;
}

size_t List::memory(size_t samples) const {
  switch (word_.encoding()) {
    case kChunk:
      return chunk()->memory();
    case kChunks:
      return chunks()->memory(samples);
    default:
      return 0;
  }
}

size_t List::pieces() const {
  return word_.encoding() == kChunks ? chunks()->blocks() + 1 : word_ ? 1 : 0;
}

size_t List::drain(size_t budget) {
  if (word_.encoding() != kChunks) {
    clear();
    return 1;
  }
  const size_t freed = chunks()->drain(budget);
  if (chunks()->blocks() > 0) {
    return freed;
  }
  clear();
  return freed + 1;
}

void List::clear() {
  if (word_.encoding() == kChunk) {
    Chunk::destroy(chunk());
  } else if (word_.encoding() == kChunks) {
    destroy_chunks(chunks());
  }
  word_.reset();
}

void List::check() const {
  if (word_.encoding() == kChunk) {
    chunk()->check();
    GYRE_ASSERT(chunk()->count() > 0);
  } else if (word_.encoding() == kChunks) {
    chunks()->check();
    GYRE_ASSERT(chunks()->size() > 0);
  }
}

}  // namespace gyre::data
