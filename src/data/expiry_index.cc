#include "data/expiry_index.h"

#include <algorithm>
#include <cstdlib>

namespace gyre::data {

ExpiryIndex::~ExpiryIndex() {
  while (!drop_some(SIZE_MAX)) {
  }
}

void ExpiryIndex::swap(ExpiryIndex& other) {
  std::swap(tick_, other.tick_);
  std::swap(notes_, other.notes_);
  std::swap(bytes_, other.bytes_);
  std::swap(due_count_, other.due_count_);
  std::swap(due_, other.due_);
  std::swap(used_, other.used_);
  std::swap(slots_, other.slots_);
}

void ExpiryIndex::add(uint64_t hash, int64_t at_ms) {
  const uint64_t tick = tick_of(at_ms);
  int level = 0;
  // A level holds what lies within its next kSlots - 1 units; what is farther than the last one
  // waits in its farthest slot.
  while (level + 1 < kLevels && (tick >> (kBits * level)) - (tick_ >> (kBits * level)) >= kSlots) {
    ++level;
  }
  const uint64_t now = tick_ >> (kBits * level);
  const uint64_t unit = std::min(tick >> (kBits * level), now + kSlots - 1);
  Chunk*& chain = slots_[level][unit % kSlots];
  used_[level] += chain == nullptr ? 1 : 0;
  push(chain, static_cast<uint32_t>(hash >> 32));
  ++notes_;
}

void ExpiryIndex::add_due(uint64_t hash) {
  due_count_ = std::max(due_count_, 1);
  push(due_[due_count_ - 1], static_cast<uint32_t>(hash >> 32));
  ++notes_;
}

void ExpiryIndex::push(Chunk*& chain, uint32_t note) {
  if (chain == nullptr || sizeof(Chunk) + chain->count * sizeof note == chain->bytes) {
    // A chain of few notes stays small, a long one wastes little.
    const uint32_t bytes = chain == nullptr ? kChunkMin : std::min(chain->bytes * 2, kChunkMax);
    auto* chunk = static_cast<Chunk*>(std::malloc(bytes));
    GYRE_ASSERT(chunk != nullptr);
    chunk->next = chain;
    chunk->count = 0;
    chunk->bytes = bytes;
    bytes_ += bytes;
    chain = chunk;
  }
  chain->notes[chain->count++] = note;
}

void ExpiryIndex::free_first(Chunk*& chain) {
  Chunk* next = chain->next;
  bytes_ -= chain->bytes;
  std::free(chain);
  chain = next;
}

uint32_t ExpiryIndex::pop_due() {
  Chunk*& chain = due_[due_count_ - 1];
  const uint32_t note = chain->notes[--chain->count];
  --notes_;
  if (chain->count == 0) {
    free_first(chain);
    due_count_ -= chain == nullptr ? 1 : 0;
  }
  return note;
}

void ExpiryIndex::take_slot(int level, uint64_t unit) {
  Chunk*& chain = slots_[level][unit % kSlots];
  if (chain != nullptr) {
    due_[due_count_++] = std::exchange(chain, nullptr);
    --used_[level];
  }
}

bool ExpiryIndex::fill_due(uint64_t limit) {
  while (tick_ < limit) {
    // Levels below the first one in use are empty, so nothing happens before its next unit begins.
    int first = 0;
    while (first < kLevels && used_[first] == 0) {
      ++first;
    }
    const uint64_t next = ((tick_ >> (kBits * first)) + 1) << (kBits * first);
    if (first == kLevels || next > limit) {
      tick_ = limit;
      return false;
    }
    tick_ = next;
    // When a unit of a higher level begins, its notes are looked at, which sorts them into the
    // lower levels by the deadlines their entries have now.
    for (int level = kLevels - 1; level >= 0; --level) {
      if ((tick_ & ((uint64_t{1} << (kBits * level)) - 1)) == 0) {
        take_slot(level, tick_ >> (kBits * level));
      }
    }
    if (due_count_ > 0) {
      return true;
    }
  }
  return false;
}

int64_t ExpiryIndex::next_ms() const {
  uint64_t next = due_count_ > 0 ? tick_ : UINT64_MAX;
  for (int level = 0; level < kLevels && due_count_ == 0; ++level) {
    const uint64_t now = tick_ >> (kBits * level);
    for (uint64_t unit = now + 1; used_[level] > 0 && unit < now + kSlots; ++unit) {
      if (slots_[level][unit % kSlots] != nullptr) {
        next = std::min(next, unit << (kBits * level));
        break;
      }
    }
  }
  return next == UINT64_MAX ? INT64_MAX : static_cast<int64_t>(next - 1) * kTickMs;
}

bool ExpiryIndex::drop_some(size_t count) {
  notes_ = 0;
  const auto drop_chain = [&](Chunk*& chain) {
    while (chain != nullptr && count > 0) {
      free_first(chain);
      --count;
    }
    return chain == nullptr;
  };
  for (; due_count_ > 0; --due_count_) {
    if (!drop_chain(due_[due_count_ - 1])) {
      return false;
    }
  }
  for (int level = 0; level < kLevels; ++level) {
    for (uint64_t unit = 0; unit < kSlots && used_[level] > 0; ++unit) {
      Chunk*& chain = slots_[level][unit];
      const bool was_used = chain != nullptr;
      if (!drop_chain(chain)) {
        return false;
      }
      used_[level] -= was_used ? 1 : 0;
    }
  }
  return true;
}

}  // namespace gyre::data
