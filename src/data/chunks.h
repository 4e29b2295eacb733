// Chunks: the elements of a long list, in a directory of chunks.
#pragma once

#include <cstddef>
#include <cstdint>

#include "base/blob.h"
#include "data/chunk.h"
#include "data/directory.h"
#include "data/limits.h"
#include "data/list_item.h"

namespace gyre::data {

// How large the chunks of a list may be.
struct ChunkLimits {
  explicit ChunkLimits(const Limits& limits);

  // An element of so many bytes takes a blob of its own.
  bool is_long(size_t size) const { return size + kOverheadMax > bytes; }
  // Is it their number that limits the elements in a chunk?
  bool is_counted() const { return count != SIZE_MAX; }

  size_t bytes;   // with the header
  size_t count;   // of elements
  size_t wanted;  // bytes the configuration asks for; a bit more than fill the heap well

 private:
  static constexpr size_t kOverheadMax = 16;
};

// An element that takes more than a chunk has is a blob of its own, which replies refer to without
// copying it. Elements are named by their index. When something was removed from the middle,
// neighbours that fit into three quarters of a chunk together become one.
class Chunks {
 public:
  Chunks() = default;
  Chunks(const Chunks&) = delete;
  Chunks& operator=(const Chunks&) = delete;
  ~Chunks() { drain(SIZE_MAX); }
  void swap(Chunks& other) noexcept { directory_.swap(other.directory_); }
  // Appends a chunk that is not empty.
  void adopt(Chunk* chunk) { directory_.insert(directory_.end(), word_of(chunk)); }
  // Appends copies of all blocks of another one.
  void append(const Chunks& other);

  size_t size() const { return directory_.elements(); }
  // Chunks and blobs.
  size_t blocks() const { return directory_.blocks(); }
  // Bytes of memory; those of blocks are extrapolated from `samples` elements, 0 for all.
  size_t memory(size_t samples) const;

  // A blob that holds the element and nothing else is kept instead of a copy, if the element is
  // long.
  void push(Side side, const Element& element, base::BlobRef blob, const ChunkLimits& limits);
  void insert(size_t index, const Element& element, base::BlobRef blob, const ChunkLimits& limits);
  void replace(size_t index, const Element& element, base::BlobRef blob, const ChunkLimits& limits);
  // Removes [from, from + count); whole blocks go to the end of `removed`.
  void erase(size_t from, size_t count, const ChunkLimits& limits, Chunks& removed);
  // Removes up to `max` elements that are this one, from index `from` on; returns how many.
  size_t erase_equal(size_t from, const Wanted& wanted, size_t max, const ChunkLimits& limits);

  // Calls visit(const ListItem&) for the elements from `index` on, or from there back, until it
  // returns false. REQUIRES: index < size().
  template <typename Visit>
  void visit(size_t index, Visit&& visit) const;
  template <typename Visit>
  void visit_back(size_t index, Visit&& visit) const;

  // Calls visit(const Chunk&) or visit(const base::Blob&) for the block in which the element with
  // this index is. REQUIRES: index < size().
  template <typename Visit>
  void visit_block(size_t index, Visit&& visit) const;

  // The chunk that all elements are in; null if there are more, or a blob.
  Chunk* only_chunk() const;
  // It belongs to somebody else from now on.
  void release_only_chunk() { directory_.take_last(); }
  // Frees blocks for a budget of pieces; returns how many it were: more for large blocks.
  size_t drain(size_t budget);

  // Asserts the invariants; for tests.
  void check() const;

 private:
  using Place = Directory::Place;
  using Word = Directory::Word;

  // A word of the directory points to a chunk, or to a blob with this bit.
  static constexpr Word kBlob = 1;
  static constexpr Word kPointer = (Word{1} << Directory::kCountShift) - 1;

  static Word word_of(const Chunk* chunk) {
    return reinterpret_cast<Word>(chunk) | Word{chunk->count()} << Directory::kCountShift;
  }
  static Word word_of(const base::Blob* blob) {
    return reinterpret_cast<Word>(blob) | kBlob | Word{1} << Directory::kCountShift;
  }
  static bool is_blob(Word word) { return (word & kBlob) != 0; }
  static base::Blob* blob_of(Word word) {
    return reinterpret_cast<base::Blob*>(word & kPointer & ~kBlob);
  }
  static Chunk* chunk_of(Word word) { return reinterpret_cast<Chunk*>(word & kPointer); }

  static Word copy_of(Word word);
  static void destroy(Word word);
  static size_t memory_of(Word word);
  static Word make_block(const Element& element, base::BlobRef& blob, const ChunkLimits& limits);
  static Word make_end(Side side, const Packed& packed, const ChunkLimits& limits);
  bool insert_in(Place place, size_t index, const Packed& packed, const ChunkLimits& limits);
  void put_between(Place place, size_t index, Word word);
  Place split(Place place, size_t index);
  void cut(Place place, size_t from, size_t count);
  bool erase_equal_in(Place& place, size_t index, const Wanted& wanted, size_t max);
  static bool can_join(Word word, Word next, const ChunkLimits& limits);
  Place join(Place place, const ChunkLimits& limits);
  void join_around(Place place, const ChunkLimits& limits);

  Directory directory_;
};

template <typename Visit>
void Chunks::visit(size_t index, Visit&& visit) const {
  for (Place place = directory_.find(index); place != directory_.end();
       place = directory_.next(place), index = 0) {
    const Word word = directory_.at(place);
    if (is_blob(word)) {
      if (!visit(ListItem(*blob_of(word)))) {
        return;
      }
      continue;
    }
    const Chunk& chunk = *chunk_of(word);
    for (uint32_t at = chunk.nth(static_cast<uint32_t>(index)); at != chunk.end();
         at = chunk.next(at)) {
      if (!visit(chunk.item(at))) {
        return;
      }
    }
  }
}

template <typename Visit>
void Chunks::visit_back(size_t index, Visit&& visit) const {
  for (Place place = directory_.find(index);; place = directory_.previous(place)) {
    const Word word = directory_.at(place);
    if (is_blob(word)) {
      if (!visit(ListItem(*blob_of(word)))) {
        return;
      }
    } else {
      const Chunk& chunk = *chunk_of(word);
      uint32_t at = index == SIZE_MAX ? chunk.end() : chunk.nth(static_cast<uint32_t>(index) + 1);
      while (at != chunk.begin()) {
        at = chunk.previous(at);
        if (!visit(chunk.item(at))) {
          return;
        }
      }
    }
    if (place == directory_.first()) {
      return;
    }
    index = SIZE_MAX;  // all of the next one
  }
}

template <typename Visit>
void Chunks::visit_block(size_t index, Visit&& visit) const {
  const Word word = directory_.at(directory_.find(index));
  if (is_blob(word)) {
    visit(static_cast<const base::Blob&>(*blob_of(word)));
  } else {
    visit(static_cast<const Chunk&>(*chunk_of(word)));
  }
}

}  // namespace gyre::data
