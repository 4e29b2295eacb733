#include "data/stream_block.h"

#include <algorithm>
#include <cstring>

#include "base/assert.h"
#include "base/heap.h"

namespace gyre::data {
namespace {

constexpr size_t kVarintMax = 10;
// Head, three numbers, size.
constexpr size_t kAround = 1 + 3 * kVarintMax + 5;

char* write_varint(char* out, uint64_t value) {
  for (; value >= 0x80; value >>= 7) {
    *out++ = static_cast<char>(value | 0x80);
  }
  *out++ = static_cast<char>(value);
  return out;
}

uint64_t read_varint(const char*& at) {
  uint64_t value = 0;
  for (unsigned shift = 0;; shift += 7) {
    const auto byte = static_cast<uint8_t>(*at++);
    value |= static_cast<uint64_t>(byte & 0x7f) << shift;
    if (byte < 0x80) {
      return value;
    }
  }
}

// Not more than Packed takes for this text.
size_t packed_max(std::string_view text) {
  return text.size() + (text.size() < 0x40 ? 1 : text.size() < 0x1000 ? 2 : 5);
}

}  // namespace

size_t StreamBlock::room_of(StreamFields fields) {
  size_t room = kAround;
  for (const std::string_view text : fields) {
    room += packed_max(text);
  }
  return room;
}

StreamBlock* StreamBlock::allocate(size_t capacity) {
  capacity = base::heap_class(capacity);
  GYRE_ASSERT(capacity <= UINT32_MAX);
  auto* block = static_cast<StreamBlock*>(base::heap_alloc(capacity));
  block->capacity_ = static_cast<uint32_t>(capacity);
  return block;
}

StreamBlock* StreamBlock::resize(StreamBlock* block, size_t capacity) {
  StreamBlock* fresh = allocate(capacity);
  const uint32_t fresh_capacity = fresh->capacity_;
  std::memcpy(static_cast<void*>(fresh), block, block->bytes_);
  fresh->capacity_ = fresh_capacity;
  destroy(block);
  return fresh;
}

void StreamBlock::destroy(StreamBlock* block) { base::heap_free(block, block->capacity_); }

StreamBlock* StreamBlock::clone() const {
  StreamBlock* copy = allocate(bytes_);
  const uint32_t capacity = copy->capacity_;
  std::memcpy(static_cast<void*>(copy), this, bytes_);
  copy->capacity_ = capacity;
  return copy;
}

size_t StreamBlock::memory() const { return base::heap_class(capacity_); }

StreamBlock* StreamBlock::make(StreamId id, StreamFields fields) {
  size_t names = 0;
  for (size_t i = 0; i < fields.size(); i += 2) {
    names += Packed(fields[i]).size();
  }
  size_t values = 0;
  for (size_t i = 1; i < fields.size(); i += 2) {
    values += Packed(fields[i]).size();
  }
  constexpr size_t kFirstAround = 2 + 5;  // no ms, no number behind the first id; size
  StreamBlock* block = allocate(sizeof(StreamBlock) + names + values + kFirstAround);
  block->first_id_ = id;
  block->count_ = 0;
  block->all_ = 0;
  block->fields_ = static_cast<uint32_t>(fields.size() / 2);
  char* out = block->data() + sizeof(StreamBlock);
  for (size_t i = 0; i < fields.size(); i += 2) {
    out = Packed(fields[i]).write(out);
  }
  block->begin_ = static_cast<uint32_t>(sizeof(StreamBlock) + names);
  block->bytes_ = block->begin_;
  block->write(id, fields, false);
  return block;
}

StreamBlock* StreamBlock::append(StreamBlock* block, StreamId id, StreamFields fields) {
  const size_t needed = block->bytes_ + room_of(fields);
  if (needed > block->capacity_) {
    block = resize(block, std::max<size_t>(needed, block->bytes_ + block->bytes_ / 4));
  }
  block->write(id, fields, !block->has_names(fields));
  return block;
}

StreamBlock* StreamBlock::fit(StreamBlock* block) {
  return base::heap_class(block->bytes_) < block->capacity_ ? resize(block, block->bytes_) : block;
}

const char* StreamBlock::names() const { return data() + sizeof(StreamBlock); }

// Are the names those of the first entry?
bool StreamBlock::has_names(StreamFields fields) const {
  if (fields.size() != size_t{fields_} * 2) {
    return false;
  }
  const char* at = names();
  for (size_t i = 0; i < fields.size(); i += 2) {
    const Packed name(fields[i]);
    if (!name.is_at(at)) {
      return false;
    }
    at += name.size();
  }
  return true;
}

// REQUIRES: there is room.
void StreamBlock::write(StreamId id, StreamFields fields, bool own_names) {
  char* const start = data() + bytes_;
  char* out = start + 1;
  const uint64_t ms = id.ms - first_id_.ms;
  const uint64_t seq = ms == 0 ? id.seq - first_id_.seq : id.seq;
  out = write_varint(out, ms);
  if (seq >= kLongSeq) {
    out = write_varint(out, seq);
  }
  *start = static_cast<char>((own_names ? kOwnNames : 0) | std::min(seq, kLongSeq) << 2);
  if (own_names) {
    out = write_varint(out, fields.size() / 2);
  }
  for (size_t i = own_names ? 0 : 1; i < fields.size(); i += own_names ? 1 : 2) {
    out = Packed(fields[i]).write(out);
  }
  const auto size = static_cast<uint32_t>(out - start);
  if (size < kLongBack) {
    *out++ = static_cast<char>(size);
  } else {
    std::memcpy(out, &size, sizeof size);
    out += sizeof size;
    *out++ = static_cast<char>(kLongBack);
  }
  bytes_ += static_cast<uint32_t>(out - start);
  GYRE_DCHECK(bytes_ <= capacity_);
  ++count_;
  ++all_;
}

StreamBlock::Head StreamBlock::head_at(uint32_t at) const {
  const auto head = static_cast<uint8_t>(data()[at]);
  const char* in = data() + at + 1;
  const uint64_t ms = read_varint(in);
  const uint64_t seq = head >> 2 < kLongSeq ? head >> 2 : read_varint(in);
  const bool has_names = (head & kOwnNames) != 0;
  const uint32_t fields = has_names ? static_cast<uint32_t>(read_varint(in)) : fields_;
  return {{first_id_.ms + ms, ms == 0 ? first_id_.seq + seq : seq},
          fields,
          has_names,
          static_cast<uint32_t>(in - data())};
}

StreamId StreamBlock::id_at(uint32_t at) const { return head_at(at).id; }

StreamEntry StreamBlock::entry(uint32_t at) const {
  const Head head = head_at(at);
  return {head.id, head.fields, head.has_names ? nullptr : names(), data() + head.values};
}

uint32_t StreamBlock::next(uint32_t at) const { return next(at, head_at(at)); }

uint32_t StreamBlock::next(uint32_t at, const Head& head) const {
  const char* in = data() + head.values;
  for (uint32_t i = head.has_names ? head.fields * 2 : head.fields; i > 0; --i) {
    in += Packed::size_at(in);
  }
  const auto end = static_cast<uint32_t>(in - data());
  return end + (end - at < kLongBack ? 1 : 5);
}

uint32_t StreamBlock::previous(uint32_t at) const {
  const char* back = data() + at - 1;
  uint32_t size = static_cast<uint8_t>(*back);
  if (size == kLongBack) {
    std::memcpy(&size, back - sizeof size, sizeof size);
    at -= sizeof size;
  }
  return at - 1 - size;
}

uint32_t StreamBlock::seek(StreamId id) const {
  // Who follows a stream asks for what is near its end.
  constexpr int kNearEnd = 8;
  uint32_t end = bytes_;
  for (int i = 0; i < kNearEnd && end != begin_; ++i) {
    const uint32_t last = previous(end);
    if (id_at(last) < id) {
      return end;
    }
    end = last;
  }
  for (uint32_t at = begin_; at != end;) {
    const Head head = head_at(at);
    if (head.id >= id) {
      return at;
    }
    at = next(at, head);
  }
  return end;
}

void StreamBlock::erase(uint32_t at) {
  GYRE_DCHECK(!is_deleted(at));
  data()[at] = static_cast<char>(data()[at] | kDeleted);
  --count_;
  while (begin_ != bytes_ && is_deleted(begin_)) {
    begin_ = next(begin_);
  }
  for (uint32_t last = bytes_; last != begin_ && is_deleted(last = previous(last)); --all_) {
    bytes_ = last;
  }
}

void StreamBlock::check() const {
  uint32_t live = 0;
  uint32_t all = 0;
  StreamId last;
  for (uint32_t at = begin_; at != bytes_; at = next(at)) {
    GYRE_ASSERT(at < bytes_ && previous(next(at)) == at);
    GYRE_ASSERT(at == begin_ ? id_at(at) >= first_id_ : id_at(at) > last);
    last = id_at(at);
    live += is_deleted(at) ? 0 : 1;
    ++all;
  }
  GYRE_ASSERT(live == count_ && all <= all_ && bytes_ <= capacity_);
  GYRE_ASSERT(begin_ == bytes_ || !(is_deleted(begin_) || is_deleted(previous(bytes_))));
}

}  // namespace gyre::data
