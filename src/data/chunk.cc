#include "data/chunk.h"

#include <algorithm>

#include "base/assert.h"

namespace gyre::data {

Chunk* Chunk::allocate(size_t bytes) {
  GYRE_ASSERT(bytes <= kBytesMax);
  auto* chunk = static_cast<Chunk*>(base::heap_alloc(bytes));
  chunk->capacity_ = static_cast<uint16_t>(std::min(base::heap_class(bytes), kBytesMax));
  return chunk;
}

Chunk* Chunk::make(size_t room, Side side) {
  Chunk* chunk = allocate(kHeader + room);
  chunk->begin_ = side == Side::front ? chunk->capacity_ : static_cast<uint16_t>(kHeader);
  chunk->end_ = chunk->begin_;
  chunk->count_ = 0;
  return chunk;
}

Chunk* Chunk::copy(uint32_t from, uint32_t to, uint32_t count) const {
  Chunk* chunk = allocate(kHeader + to - from);
  chunk->begin_ = kHeader;
  chunk->end_ = static_cast<uint16_t>(kHeader + to - from);
  chunk->count_ = static_cast<uint16_t>(count);
  std::memcpy(chunk->data() + kHeader, data() + from, to - from);
  return chunk;
}

void Chunk::write(char* out, const Packed& element) {
  out = element.write(out);
  const size_t size = element.size();
  if (size >= kLongBack) {
    const auto long_size = static_cast<uint16_t>(size);
    std::memcpy(out, &long_size, sizeof long_size);
    out += sizeof long_size;
  }
  *out = static_cast<char>(std::min<size_t>(size, kLongBack));
}

uint32_t Chunk::nth(uint32_t index) const {
  if (index <= count_ / 2u) {
    uint32_t at = begin_;
    for (; index > 0; --index) {
      at = next(at);
    }
    return at;
  }
  uint32_t at = end_;
  for (uint32_t i = count_; i > index; --i) {
    at = previous(at);
  }
  return at;
}

// Makes the gap by moving elements within the block; false if that takes another block.
bool Chunk::open_inside(uint32_t& at, uint32_t size) {
  // So few bytes may be moved for every element that is added.
  constexpr size_t kFew = 128;
  const uint32_t front = at - begin_;
  const uint32_t back = end_ - at;
  const uint32_t room_before = begin_ - kHeader;
  const uint32_t room_behind = capacity_ - end_;
  const uint32_t used = end_ - begin_;
  const auto move_front = [&] {
    std::memmove(data() + begin_ - size, data() + begin_, front);
    begin_ = static_cast<uint16_t>(begin_ - size);
    at -= size;
  };
  const auto move_back = [&] {
    std::memmove(data() + at + size, data() + at, back);
    end_ = static_cast<uint16_t>(end_ + size);
  };
  if (front < back) {
    if (room_before >= size) {
      move_front();
      return true;
    }
  } else if (room_behind >= size) {
    move_back();
    return true;
  }
  // There is room on the wrong side. All of it is moved at once, if that is enough to last.
  const uint32_t room = room_before + room_behind;
  if (room < size || (used > kFew && room < size + used / 8)) {
    return false;
  }
  const uint32_t begin = front < back ? capacity_ - used : kHeader;
  std::memmove(data() + begin, data() + begin_, used);
  begin_ = static_cast<uint16_t>(begin);
  end_ = static_cast<uint16_t>(begin + used);
  at = begin + front;
  front < back ? move_front() : move_back();
  return true;
}

Chunk* Chunk::open(Chunk* chunk, uint32_t& at, uint32_t size, size_t capacity) {
  if (chunk->open_inside(at, size)) [[likely]] {
    return chunk;
  }
  const uint32_t front = at - chunk->begin_;
  const uint32_t back = chunk->end_ - at;
  Chunk* target = allocate(std::max(chunk->bytes() + size, std::min(capacity, kBytesMax)));
  const uint32_t begin = front < back ? target->capacity_ - front - size - back : kHeader;
  std::memcpy(target->data() + begin, chunk->data() + chunk->begin_, front);
  std::memcpy(target->data() + begin + front + size, chunk->data() + at, back);
  target->begin_ = static_cast<uint16_t>(begin);
  target->end_ = static_cast<uint16_t>(begin + front + size + back);
  target->count_ = chunk->count_;
  destroy(chunk);
  at = begin + front;
  return target;
}

Chunk* Chunk::insert(Chunk* chunk, uint32_t at, const Packed& element, size_t capacity) {
  chunk = open(chunk, at, static_cast<uint32_t>(room_of(element)), capacity);
  write(chunk->data() + at, element);
  ++chunk->count_;
  return chunk;
}

Chunk* Chunk::replace(Chunk* chunk, uint32_t at, const Packed& element) {
  const uint32_t end = chunk->next(at);
  const uint32_t before = end - at;
  const auto after = static_cast<uint32_t>(room_of(element));
  if (after < before) {
    // From the front, so that the offset of what remains may move.
    const uint32_t behind = chunk->end_ - end;
    chunk->close(at, end - after);
    chunk = shrink(chunk);
    at = chunk->end_ - behind - after;
  } else if (after > before) {
    uint32_t gap = end;
    chunk = open(chunk, gap, after - before, 0);
    at = gap - before;
  }
  write(chunk->data() + at, element);
  return chunk;
}

// Takes bytes out.
void Chunk::close(uint32_t from, uint32_t to) {
  const uint32_t front = from - begin_;
  const uint32_t back = end_ - to;
  if (front < back) {
    std::memmove(data() + to - front, data() + begin_, front);
    begin_ = static_cast<uint16_t>(to - front);
  } else {
    end_ = static_cast<uint16_t>(from + back);
    std::memmove(data() + from, data() + to, back);
  }
}

Chunk* Chunk::erase(Chunk* chunk, uint32_t from, uint32_t to, uint32_t count) {
  chunk->close(from, to);
  chunk->count_ = static_cast<uint16_t>(chunk->count_ - count);
  return shrink(chunk);
}

Chunk* Chunk::erase_equal(Chunk* chunk, uint32_t at, const Packed& element, size_t max) {
  char* const data = chunk->data();
  uint32_t out = at;   // where what stays is moved to
  uint32_t kept = at;  // what stays and was not moved yet begins here
  while (at != chunk->end_ && max > 0) {
    const uint32_t following = chunk->next(at);
    if (element.is_at(data + at)) {
      std::memmove(data + out, data + kept, at - kept);
      out += at - kept;
      kept = following;
      --max;
      --chunk->count_;
    }
    at = following;
  }
  if (out == kept) {
    return chunk;
  }
  std::memmove(data + out, data + kept, chunk->end_ - kept);
  chunk->end_ = static_cast<uint16_t>(out + chunk->end_ - kept);
  return shrink(chunk);
}

Chunk* Chunk::split(Chunk* chunk, uint32_t count, Chunk*& rest) {
  const uint32_t at = chunk->nth(count);
  rest = chunk->copy(at, chunk->end_, chunk->count_ - count);
  return erase(chunk, at, chunk->end_, chunk->count_ - count);
}

Chunk* Chunk::join(Chunk* chunk, Chunk* rest) {
  const uint32_t size = rest->end_ - rest->begin_;
  Chunk* joined = allocate(chunk->bytes() + size);
  const uint32_t begin = kHeader;
  const uint32_t middle = begin + chunk->end_ - chunk->begin_;
  std::memcpy(joined->data() + begin, chunk->data() + chunk->begin_, middle - begin);
  std::memcpy(joined->data() + middle, rest->data() + rest->begin_, size);
  joined->begin_ = kHeader;
  joined->end_ = static_cast<uint16_t>(middle + size);
  joined->count_ = static_cast<uint16_t>(chunk->count_ + rest->count_);
  destroy(chunk);
  destroy(rest);
  return joined;
}

// After a removal: another block if two thirds of this one are room. Blocks are made up to half
// empty, so it takes many removals until then.
Chunk* Chunk::shrink(Chunk* chunk) {
  constexpr size_t kSlack = 64;
  if (chunk->capacity_ <= 3 * chunk->bytes() + kSlack) [[likely]] {
    return chunk;
  }
  Chunk* copy = chunk->clone();
  destroy(chunk);
  return copy;
}

Chunk* Chunk::fit(Chunk* chunk) {
  if (chunk->capacity_ - chunk->bytes() <= chunk->capacity_ / 16u) {
    return chunk;
  }
  Chunk* copy = chunk->clone();
  destroy(chunk);
  return copy;
}

void Chunk::check() const {
  GYRE_ASSERT(begin_ >= kHeader && begin_ <= end_ && end_ <= capacity_);
  uint32_t at = begin_;
  for (uint32_t i = 0; i < count_; ++i) {
    GYRE_ASSERT(at < end_);
    const uint32_t following = next(at);
    GYRE_ASSERT(previous(following) == at);
    GYRE_ASSERT(Packed(item(at).element()).is_at(data() + at));
    at = following;
  }
  GYRE_ASSERT(at == end_);
}

}  // namespace gyre::data
