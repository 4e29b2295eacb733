#include "data/chunks.h"

#include <algorithm>
#include <utility>

#include "base/assert.h"

namespace gyre::data {
namespace {

using base::Blob;

constexpr size_t kPieceBytes = 4096;  // take as long to free as a block takes whatever its size

// What a chunk that many small changes make larger gets beyond its need.
size_t with_slack(size_t bytes, const ChunkLimits& limits) {
  return std::min(bytes + bytes / 8, limits.bytes);
}

Blob* blob_for(const Element& element, base::BlobRef& blob) {
  return blob ? blob.take() : Blob::make(element.bytes());
}

}  // namespace

ChunkLimits::ChunkLimits(const Limits& limits) {
  constexpr size_t kSmallest = 4096;
  constexpr int64_t kLevels = 5;
  if (limits.list_chunk < 0) {
    wanted = kSmallest << std::min(-limits.list_chunk - 1, kLevels - 1);
    count = SIZE_MAX;
  } else {
    wanted = 2 * kSmallest;
    count = limits.list_chunk > 0 ? static_cast<size_t>(limits.list_chunk) : 1;
  }
  // 33 of 7936 bytes fill a span of the heap as 31 of 8192 do; larger ones are whole pages.
  bytes = wanted <= base::kHeapSmall ? wanted - wanted / 32 : std::min(wanted, Chunk::kBytesMax);
}

// ---- Blocks ----

Chunks::Word Chunks::copy_of(Word word) {
  // A blob is not shared: the copy may go to another core, where replies frame it.
  return is_blob(word) ? word_of(Blob::make(blob_of(word)->view()))
                       : word_of(chunk_of(word)->clone());
}

void Chunks::destroy(Word word) {
  if (is_blob(word)) {
    blob_of(word)->unref();
  } else {
    Chunk::destroy(chunk_of(word));
  }
}

size_t Chunks::memory_of(Word word) {
  return is_blob(word) ? Blob::allocation(blob_of(word)->capacity) : chunk_of(word)->memory();
}

// A block that an element is alone in.
Chunks::Word Chunks::make_block(const Element& element, base::BlobRef& blob,
                                const ChunkLimits& limits) {
  if (limits.is_long(element.size())) {
    return word_of(blob_for(element, blob));
  }
  const Packed packed(element);
  Chunk* chunk = Chunk::make(Chunk::room_of(packed), Side::back);
  return word_of(Chunk::push(chunk, Side::back, packed, 0));
}

// A new chunk at an end of the list, which others are going to follow.
Chunks::Word Chunks::make_end(Side side, const Packed& packed, const ChunkLimits& limits) {
  const size_t room = Chunk::room_of(packed);
  const size_t some = std::max<size_t>(limits.bytes / 8 / room, 1);
  Chunk* chunk = Chunk::make(room * std::min(limits.count, some), side);
  return word_of(Chunk::push(chunk, side, packed, 0));
}

void Chunks::append(const Chunks& other) {
  for (Place place = other.directory_.first(); place != other.directory_.end();
       place = other.directory_.next(place)) {
    directory_.insert(directory_.end(), copy_of(other.directory_.at(place)));
  }
}

size_t Chunks::memory(size_t samples) const {
  size_t seen = 0;
  size_t bytes = 0;
  // Those in the middle tell more of the others than those at the ends.
  size_t middle = samples == 0 ? 0 : size() / 2;
  for (Place place = directory_.find(middle);
       place != directory_.end() && (samples == 0 || seen < samples);
       place = directory_.next(place)) {
    const Word word = directory_.at(place);
    seen += Directory::count_of(word);
    bytes += memory_of(word);
  }
  const size_t blocks = seen == size() ? bytes : bytes * size() / seen;
  return base::heap_class(sizeof *this) + directory_.memory() + blocks;
}

// ---- Adding ----

void Chunks::push(Side side, const Element& element, base::BlobRef blob,
                  const ChunkLimits& limits) {
  const bool is_front = side == Side::front;
  const Place end = is_front ? directory_.first() : directory_.end();
  if (limits.is_long(element.size())) {
    directory_.insert(end, word_of(blob_for(element, blob)));
    return;
  }
  const Packed packed(element);
  if (blocks() > 0) {
    const Place last = is_front ? directory_.first() : directory_.last();
    const Word word = directory_.at(last);
    if (!is_blob(word)) {
      Chunk* chunk = chunk_of(word);
      const size_t bytes = chunk->bytes();
      if (bytes + Chunk::room_of(packed) <= limits.bytes && chunk->count() < limits.count) {
        chunk = Chunk::push(chunk, side, packed, std::min(2 * bytes, limits.bytes));
        directory_.set(last, word_of(chunk));
        return;
      }
      directory_.set(last, word_of(Chunk::fit(chunk)));
    }
  }
  directory_.insert(end, make_end(side, packed, limits));
}

bool Chunks::insert_in(Place place, size_t index, const Packed& packed, const ChunkLimits& limits) {
  const Word word = directory_.at(place);
  if (is_blob(word)) {
    return false;
  }
  Chunk* chunk = chunk_of(word);
  const size_t bytes = chunk->bytes() + Chunk::room_of(packed);
  if (bytes > limits.bytes || chunk->count() >= limits.count) {
    return false;
  }
  const uint32_t at = chunk->nth(static_cast<uint32_t>(index));
  directory_.set(place, word_of(Chunk::insert(chunk, at, packed, with_slack(bytes, limits))));
  return true;
}

// Puts a block before the element with this index in the block at `place`, or behind all of them.
void Chunks::put_between(Place place, size_t index, Word word) {
  if (index == Directory::count_of(directory_.at(place))) {
    place = directory_.next(place);
  } else if (index > 0) {
    place = directory_.next(split(place, index));
  }
  directory_.insert(place, word);
}

// Moves the elements from `index` on to a new block behind; returns where the first half is then.
Chunks::Place Chunks::split(Place place, size_t index) {
  Chunk* rest = nullptr;
  Chunk* chunk = Chunk::split(chunk_of(directory_.at(place)), static_cast<uint32_t>(index), rest);
  directory_.set(place, word_of(chunk));
  return directory_.previous(directory_.insert(directory_.next(place), word_of(rest)));
}

void Chunks::insert(size_t index, const Element& element, base::BlobRef blob,
                    const ChunkLimits& limits) {
  if (index == 0 || index == size()) {
    push(index == 0 ? Side::front : Side::back, element, std::move(blob), limits);
    return;
  }
  Place place = directory_.find(index);
  if (limits.is_long(element.size())) {
    put_between(place, index, word_of(blob_for(element, blob)));
    return;
  }
  const Packed packed(element);
  if (insert_in(place, index, packed, limits)) {
    return;
  }
  if (index == 0) {
    const Place before = directory_.previous(place);
    if (insert_in(before, Directory::count_of(directory_.at(before)), packed, limits)) {
      return;
    }
  }
  const Word word = directory_.at(place);
  const size_t half = Directory::count_of(word) / 2;
  if (!is_blob(word) && half > 0) {
    place = split(place, half);
    if (index > half) {
      place = directory_.next(place);
      index -= half;
    }
    if (insert_in(place, index, packed, limits)) {
      return;
    }
  }
  put_between(place, index, make_block(element, blob, limits));
}

void Chunks::replace(size_t index, const Element& element, base::BlobRef blob,
                     const ChunkLimits& limits) {
  size_t rest = index;
  const Place place = directory_.find(rest);
  const Word word = directory_.at(place);
  if (Directory::count_of(word) == 1) {
    directory_.set(place, make_block(element, blob, limits));
    destroy(word);
    join_around(place, limits);
    return;
  }
  if (!limits.is_long(element.size())) {
    Chunk* chunk = chunk_of(word);
    const Packed packed(element);
    const uint32_t at = chunk->nth(static_cast<uint32_t>(rest));
    const size_t freed = chunk->next(at) - at;
    const size_t room = Chunk::room_of(packed);
    if (room <= freed || chunk->bytes() - freed + room <= limits.bytes) {
      directory_.set(place, word_of(Chunk::replace(chunk, at, packed)));
      return;
    }
  }
  cut(place, rest, 1);
  insert(index, element, std::move(blob), limits);
}

// ---- Removing ----

// Removes some, not all, elements of a chunk.
void Chunks::cut(Place place, size_t from, size_t count) {
  Chunk* chunk = chunk_of(directory_.at(place));
  const uint32_t begin = chunk->nth(static_cast<uint32_t>(from));
  const uint32_t end =
      count == 1 ? chunk->next(begin) : chunk->nth(static_cast<uint32_t>(from + count));
  chunk = Chunk::erase(chunk, begin, end, static_cast<uint32_t>(count));
  directory_.set(place, word_of(chunk));
}

void Chunks::erase(size_t from, size_t count, const ChunkLimits& limits, Chunks& removed) {
  if (count == 0) {
    return;
  }
  const bool is_middle = from > 0 && from + count < size();
  size_t index = from;
  Place place = directory_.find(index);
  const size_t present = Directory::count_of(directory_.at(place));
  if (count < present && index + count <= present) {
    cut(place, index, count);
  } else {
    if (index > 0) {
      cut(place, index, present - index);
      count -= present - index;
      place = directory_.next(place);
    }
    Place end = directory_.end();
    if (from + count < size()) {
      index = from + count;
      end = directory_.find(index);
      if (index > 0) {
        cut(end, 0, index);
      }
    }
    place = directory_.move(place, end, removed.directory_);
  }
  if (is_middle) {
    join_around(place, limits);
  }
}

// Removes from one block; true if nothing is left of it, then `place` is the next one's.
bool Chunks::erase_equal_in(Place& place, size_t index, const Wanted& wanted, size_t max) {
  const Word word = directory_.at(place);
  if (is_blob(word)) {
    if (!ListItem(*blob_of(word)).is(wanted)) {
      return false;
    }
    destroy(word);
    place = directory_.erase(place);
    return true;
  }
  Chunk* chunk = chunk_of(word);
  chunk = Chunk::erase_equal(chunk, chunk->nth(static_cast<uint32_t>(index)), wanted.packed, max);
  if (chunk->count() == 0) {
    Chunk::destroy(chunk);
    place = directory_.erase(place);
    return true;
  }
  directory_.set(place, word_of(chunk));
  return false;
}

size_t Chunks::erase_equal(size_t from, const Wanted& wanted, size_t max,
                           const ChunkLimits& limits) {
  const size_t before = size();
  bool is_changed = false;  // the block before `place`, or it has become that
  for (Place place = directory_.find(from);; from = 0) {
    const size_t removed = before - size();
    if (place == directory_.end() || removed == max) {
      if (is_changed && place != directory_.end() && place != directory_.first()) {
        join(directory_.previous(place), limits);
      }
      return removed;
    }
    const bool was_changed = is_changed;
    const bool is_gone = erase_equal_in(place, from, wanted, max - removed);
    is_changed = before - size() > removed;
    if (!is_gone) {
      // Joined only now, so that no element is looked at twice or passed over.
      if ((was_changed || is_changed) && place != directory_.first()) {
        place = join(directory_.previous(place), limits);
      }
      place = directory_.next(place);
    }
  }
}

bool Chunks::can_join(Word word, Word next, const ChunkLimits& limits) {
  if (is_blob(word) || is_blob(next)) {
    return false;
  }
  const Chunk& chunk = *chunk_of(word);
  const Chunk& other = *chunk_of(next);
  return chunk.bytes() + other.bytes() <= limits.bytes / 4 * 3 &&
         chunk.count() + other.count() <= limits.count / 4 * 3;
}

// Joins a block with the next one if both are small; returns where the block is then, or the next
// one if they stay apart.
Chunks::Place Chunks::join(Place place, const ChunkLimits& limits) {
  const Place next = directory_.next(place);
  if (next == directory_.end() || !can_join(directory_.at(place), directory_.at(next), limits)) {
    return next;
  }
  Chunk* joined = Chunk::join(chunk_of(directory_.at(place)), chunk_of(directory_.at(next)));
  directory_.set(place, word_of(joined));
  return directory_.previous(directory_.erase(next));
}

void Chunks::join_around(Place place, const ChunkLimits& limits) {
  if (place != directory_.first()) {
    place = join(directory_.previous(place), limits);
  }
  if (place != directory_.end()) {
    join(place, limits);
  }
}

// ---- As a whole ----

Chunk* Chunks::only_chunk() const {
  const bool is_one = blocks() == 1 && !is_blob(directory_.at(directory_.first()));
  return is_one ? chunk_of(directory_.at(directory_.first())) : nullptr;
}

size_t Chunks::drain(size_t budget) {
  size_t used = 0;
  while (used < budget && blocks() > 0) {
    const Word word = directory_.take_last();
    used += 1 + memory_of(word) / kPieceBytes;
    destroy(word);
  }
  return used;
}

void Chunks::check() const {
  directory_.check();
  for (Place place = directory_.first(); place != directory_.end();
       place = directory_.next(place)) {
    const Word word = directory_.at(place);
    if (!is_blob(word)) {
      const Chunk* chunk = chunk_of(word);
      chunk->check();
      GYRE_ASSERT(chunk->count() == Directory::count_of(word) && chunk->count() > 0);
    }
  }
}

}  // namespace gyre::data
