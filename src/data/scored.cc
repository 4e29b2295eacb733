#include "data/scored.h"

#include "base/heap.h"

namespace gyre::data {

Scored Scored::make(std::string_view name, double score) {
  constexpr size_t kCodeMax = 7;
  const bool is_coded = !name.empty() && name.size() % 8 == 0 && name.size() / 8 <= kCodeMax;
  const size_t room = is_coded ? name.size() : SizedText::room_of(name.size());
  auto* block = static_cast<char*>(base::heap_alloc(sizeof score + room));
  std::memcpy(block, &score, sizeof score);
  char* at = block + sizeof score;
  if (!is_coded) {
    SizedText::write(at, name);
    return Scored(reinterpret_cast<uint64_t>(block));
  }
  base::copy_small(at, name.data(), name.size());
  const uint64_t code = name.size() / 8;
  return Scored(reinterpret_cast<uint64_t>(block) | (code & 3) << 1 | code >> 2 << 47);
}

void Scored::destroy(Scored member) { base::heap_free(member.block(), member.memory()); }

size_t Scored::memory() const {
  const size_t eighth = code();
  const size_t room = eighth != 0 ? eighth * 8 : SizedText::room_of(name().size());
  return base::heap_class(sizeof(double) + room);
}

}  // namespace gyre::data
