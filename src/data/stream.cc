#include "data/stream.h"

#include <algorithm>
#include <new>
#include <utility>

#include "base/assert.h"
#include "base/heap.h"

namespace gyre::data {
namespace {

constexpr size_t kPieceBytes = 4096;  // take as long to free as a block takes whatever its size

}  // namespace

Stream Stream::make() {
  Stream stream;
  stream.word_.reset(kBody, new (base::heap_alloc(sizeof(Body))) Body());
  return stream;
}

size_t Stream::size() const { return word_ ? body()->size : 0; }

StreamId Stream::first_id() const {
  const StreamBlock* block = first_block({});
  return block != nullptr ? block->id_at(block->begin()) : StreamId{};
}

StreamId Stream::top_id() const {
  const StreamBlock* block = body()->tail;
  return block != nullptr ? block->last_id() : StreamId{};
}

// ---- Blocks ----

// The first block whose first id is not below this one; null if there is none.
StreamBlock* Stream::first_block(StreamId from) const {
  StreamBlock* found = body()->tail;
  body()->tree.ascend(from, [&](const auto& item) {
    found = item.value;
    return false;
  });
  return found != nullptr && found->first_id() >= from ? found : nullptr;
}

// The block in which an entry of this id would be; null if there is none.
StreamBlock* Stream::block_of(StreamId id) const {
  StreamBlock* tail = body()->tail;
  if (tail != nullptr && tail->first_id() <= id) {
    return tail;
  }
  const auto* item = body()->tree.find_floor(id);
  return item != nullptr ? item->value : nullptr;
}

// The tail, as it is after a change of its block.
void Stream::put_tail(StreamBlock* block) {
  body()->tail = block;
  body()->block_bytes += block->memory();
}

void Stream::drop_block(StreamBlock* block) {
  Body& body = *this->body();
  body.block_bytes -= block->memory();
  if (block != body.tail) {
    body.tree.erase(block->first_id());
  } else {
    take_tail();
  }
  StreamBlock::destroy(block);
}

// The last block of the tree goes on growing.
void Stream::take_tail() {
  const auto* last = body()->tree.last();
  body()->tail = last != nullptr ? last->value : nullptr;
  if (last != nullptr) {
    body()->tree.erase(last->id);
  }
}

// ---- Entries ----

void Stream::append(StreamId id, StreamFields fields, const Limits& limits) {
  Body& body = *this->body();
  GYRE_DCHECK(id > body.last_id || body.entries_added == 0 || body.size == 0);
  StreamBlock* tail = body.tail;
  if (tail != nullptr) {
    constexpr size_t kBytesMax = StreamBlock::kEntryMax;
    const size_t bytes_max =
        limits.stream_chunk_bytes != 0 ? std::min(limits.stream_chunk_bytes, kBytesMax) : kBytesMax;
    const bool is_full =
        tail->bytes() + StreamBlock::room_of(fields) > bytes_max ||
        (limits.stream_chunk_entries != 0 && tail->all() >= limits.stream_chunk_entries);
    body.block_bytes -= tail->memory();
    if (is_full) {
      tail = StreamBlock::fit(tail);
      body.block_bytes += tail->memory();
      body.tree.insert(tail->first_id(), tail);
      tail = nullptr;
    }
  }
  put_tail(tail != nullptr ? StreamBlock::append(tail, id, fields) : StreamBlock::make(id, fields));
  ++body.size;
  ++body.entries_added;
  body.last_id = id;
}

std::optional<StreamEntry> Stream::find(StreamId id) const {
  std::optional<StreamEntry> found;
  visit(id, id, [&](const StreamEntry& entry) {
    found = entry;
    return false;
  });
  return found;
}

size_t Stream::count(StreamId from, StreamId to, size_t max) const {
  if (from <= first_id() && to >= top_id()) {
    return std::min(size(), max);
  }
  size_t count = 0;
  visit_blocks(from, [&](const StreamBlock& block) {
    if (block.first_id() > to || count >= max) {
      return false;
    }
    if (block.first_id() >= from && is_below(block, to)) {
      count += block.count();
      return true;
    }
    for (uint32_t at = block.seek(from); at != block.end() && count < max; at = block.next(at)) {
      if (block.is_deleted(at)) {
        continue;
      }
      if (block.id_at(at) > to) {
        return false;
      }
      ++count;
    }
    return true;
  });
  return std::min(count, max);
}

// Are all entries of the block below this id?
bool Stream::is_below(const StreamBlock& block, StreamId id) const { return block.last_id() < id; }

void Stream::erase_at(StreamBlock* block, uint32_t at) {
  block->erase(at);
  --body()->size;
  if (block->count() == 0) {
    drop_block(block);
  }
}

bool Stream::erase(StreamId id) {
  StreamBlock* block = block_of(id);
  if (block == nullptr) {
    return false;
  }
  const uint32_t at = block->seek(id);
  if (at == block->end() || block->is_deleted(at) || block->id_at(at) != id) {
    return false;
  }
  erase_at(block, at);
  body()->max_deleted_id = std::max(body()->max_deleted_id, id);
  return true;
}

// ---- As a whole ----

Stream Stream::clone() const {
  const Body& from = *body();
  Stream copy = make();
  Body& to = *copy.body();
  to.size = from.size;
  to.last_id = from.last_id;
  to.max_deleted_id = from.max_deleted_id;
  to.entries_added = from.entries_added;
  from.tree.ascend({}, [&](const auto& item) {
    StreamBlock* block = item.value->clone();
    to.block_bytes += block->memory();
    to.tree.insert(item.id, block);
    return true;
  });
  if (from.tail != nullptr) {
    copy.put_tail(from.tail->clone());
  }
  if (from.groups != nullptr) {
    to.groups = std::make_unique<Groups>();
    for (const auto& group : *from.groups) {
      to.groups->insert(group->clone());
    }
  }
  return copy;
}

size_t Stream::blocks() const { return body()->tree.size() + (body()->tail != nullptr ? 1 : 0); }

size_t Stream::memory(size_t samples) const {
  size_t bytes = base::heap_class(sizeof(Body)) + body()->tree.memory() + body()->block_bytes;
  for (const auto& group : groups()) {
    bytes += group->memory();
  }
  return bytes;
}

size_t Stream::pieces() const {
  if (!word_) {
    return 0;
  }
  size_t pieces = 1 + blocks() + nodes();
  for (const auto& group : groups()) {
    pieces += group->pieces();
  }
  return pieces;
}

size_t Stream::drain(size_t budget) {
  if (!word_) {
    return 0;
  }
  Body& body = *this->body();
  size_t freed = 0;
  while (freed < budget && !groups().is_empty()) {
    StreamGroup& group = *body.groups->last();
    freed += group.drain(budget - freed);
    if (group.pieces() == 1) {
      body.groups->pop_last();
      ++freed;
    }
  }
  freed += body.tree.drain(budget - std::min(freed, budget), [](const auto& item) {
    const size_t pieces = 1 + item.value->memory() / kPieceBytes;
    StreamBlock::destroy(item.value);
    return pieces;
  });
  if (!groups().is_empty() || !body.tree.is_empty() || freed >= budget) {
    return freed;
  }
  if (body.tail != nullptr) {
    StreamBlock::destroy(body.tail);
  }
  body.~Body();
  base::heap_free(&body, sizeof(Body));
  word_.reset();
  return freed + 2;
}

void Stream::check() const {
  const Body& body = *this->body();
  body.tree.check();
  size_t size = 0;
  size_t bytes = 0;
  StreamId last;
  visit_blocks({}, [&](const StreamBlock& block) {
    block.check();
    GYRE_ASSERT(block.count() > 0 && (size == 0 || block.first_id() > last));
    last = block.last_id();
    size += block.count();
    bytes += block.memory();
    return true;
  });
  GYRE_ASSERT(size == body.size && bytes == body.block_bytes && last <= body.last_id);
  GYRE_ASSERT(body.tree.is_empty() || body.tail != nullptr);
  for (const auto& group : groups()) {
    group->check();
  }
}

}  // namespace gyre::data
