#include "data/pack.h"

#include "base/assert.h"
#include "base/heap.h"

namespace gyre::data {

template <Walk kWalk>
BasicPack<kWalk>* BasicPack<kWalk>::allocate(size_t bytes) {
  static_assert(sizeof(BasicPack) == kHeader);
  GYRE_ASSERT(bytes <= kBytesMax);
  auto* pack = static_cast<BasicPack*>(base::heap_alloc(bytes));
  pack->bytes_ = static_cast<uint32_t>(bytes);
  return pack;
}

template <Walk kWalk>
BasicPack<kWalk>* BasicPack<kWalk>::make() {
  BasicPack* pack = allocate(kHeader);
  pack->count_ = 0;
  return pack;
}

template <Walk kWalk>
BasicPack<kWalk>* BasicPack<kWalk>::make(std::initializer_list<Packed> elements) {
  size_t bytes = kHeader;
  for (const Packed& element : elements) {
    bytes += room_of(element);
  }
  BasicPack* pack = allocate(bytes);
  pack->count_ = static_cast<uint32_t>(elements.size());
  char* out = pack->data() + kHeader;
  for (const Packed& element : elements) {
    out = write(out, element);
  }
  return pack;
}

template <Walk kWalk>
BasicPack<kWalk>* BasicPack<kWalk>::make(uint32_t count,
                                         std::string_view packed) requires(kWalk == Walk::forward) {
  BasicPack* pack = allocate(kHeader + packed.size());
  pack->count_ = count;
  packed.copy(pack->data() + kHeader, packed.size());
  return pack;
}

template <Walk kWalk>
void BasicPack<kWalk>::destroy(BasicPack* pack) {
  base::heap_free(pack, pack->bytes_);
}

template <Walk kWalk>
BasicPack<kWalk>* BasicPack<kWalk>::clone() const {
  BasicPack* copy = allocate(bytes_);
  std::memcpy(static_cast<void*>(copy), this, bytes_);
  return copy;
}

template <Walk kWalk>
char* BasicPack<kWalk>::write(char* out, const Packed& element) {
  out = element.write(out);
  if (kWalk == Walk::both) {
    const auto size = static_cast<uint32_t>(element.size());
    if (size < kLongBack) {
      *out++ = static_cast<char>(size);
    } else {
      std::memcpy(out, &size, sizeof size);
      out += sizeof size;
      *out++ = static_cast<char>(kLongBack);
    }
  }
  return out;
}

template <Walk kWalk>
uint32_t BasicPack<kWalk>::nth(uint32_t index) const {
  GYRE_DCHECK(index < count_);
  if constexpr (kWalk == Walk::both) {
    if (index > count_ / 2) {
      uint32_t at = end();
      for (uint32_t i = count_; i > index; --i) {
        at = previous(at);
      }
      return at;
    }
  }
  uint32_t at = begin();
  for (uint32_t i = 0; i < index; ++i) {
    at = next(at);
  }
  return at;
}

template <Walk kWalk>
std::vector<uint32_t> BasicPack<kWalk>::offsets(uint32_t stride) const {
  std::vector<uint32_t> offsets;
  offsets.reserve(count_ / stride);
  for (uint32_t at = begin(); at != end();) {
    offsets.push_back(at);
    for (uint32_t i = 0; i < stride; ++i) {
      at = next(at);
    }
  }
  return offsets;
}

template <Walk kWalk>
uint32_t BasicPack<kWalk>::find_from(uint32_t from, const Packed& element, uint32_t stride) const {
  uint32_t at = from;
  while (at != bytes_ && !is_at(at, element)) {
    for (uint32_t i = 0; i < stride; ++i) {
      at = next(at);
    }
  }
  return at;
}

template <Walk kWalk>
BasicPack<kWalk>* BasicPack<kWalk>::splice(BasicPack* pack, uint32_t from, uint32_t to,
                                           uint32_t removed, std::initializer_list<Packed> added) {
  size_t room = 0;
  for (const Packed& element : added) {
    room += room_of(element);
  }
  const size_t before = pack->bytes_;
  const size_t after = before - (to - from) + room;
  const size_t tail = before - to;
  BasicPack* target = pack;
  if (base::heap_class(after) == base::heap_class(before) ||
      (after > before && base::heap_resize(pack, before, after))) {
    std::memmove(pack->data() + from + room, pack->data() + to, tail);
  } else {
    target = allocate(after);
    std::memcpy(target->data(), pack->data(), from);
    std::memcpy(target->data() + from + room, pack->data() + to, tail);
    base::heap_free(pack, before);
  }
  target->bytes_ = static_cast<uint32_t>(after);
  char* out = target->data() + from;
  for (const Packed& element : added) {
    out = write(out, element);
  }
  target->count_ += static_cast<uint32_t>(added.size()) - removed;
  return target;
}

template <Walk kWalk>
BasicPack<kWalk>* BasicPack<kWalk>::erase(BasicPack* pack, uint32_t at, uint32_t count) {
  uint32_t to = at;
  for (uint32_t i = 0; i < count; ++i) {
    to = pack->next(to);
  }
  return splice(pack, at, to, count, {});
}

template <Walk kWalk>
void BasicPack<kWalk>::check() const {
  uint32_t at = begin();
  for (uint32_t i = 0; i < count_; ++i) {
    GYRE_ASSERT(at < end());
    const uint32_t following = next(at);
    if constexpr (kWalk == Walk::both) {
      GYRE_ASSERT(previous(following) == at);
    }
    GYRE_ASSERT(Packed(Packed::read(data() + at)).is_at(data() + at));
    at = following;
  }
  GYRE_ASSERT(at == end());
}

template class BasicPack<Walk::forward>;
template class BasicPack<Walk::both>;

}  // namespace gyre::data
