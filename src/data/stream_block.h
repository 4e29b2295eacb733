// StreamBlock: up to some hundred entries of a stream one behind the other in one block of memory.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <string_view>

#include "data/element.h"
#include "data/packed.h"
#include "data/stream_id.h"

namespace gyre::data {

// The fields of one entry and their values, in turns.
using StreamFields = std::span<const std::string_view>;

// One entry as it is read. Refers to bytes inside the stream: good until the stream changes.
class StreamEntry {
 public:
  StreamEntry(StreamId id, uint32_t fields, const char* names, const char* values)
      : id_(id), fields_(fields), names_(names), values_(values) {}

  StreamId id() const { return id_; }
  // How many fields there are. None is an entry that was made to stand for a missing one.
  uint32_t fields() const { return fields_; }
  // Calls visit(name, value) with two Elements for each field.
  template <typename Visit>
  void for_each(Visit&& visit) const {
    const char* name = names_ != nullptr ? names_ : values_;
    const char* value = values_;
    for (uint32_t i = 0; i < fields_; ++i) {
      if (names_ == nullptr) {
        value = name + Packed::size_at(name);
      }
      const Element read = Packed::read(name);
      visit(read, Packed::read(value));
      value += Packed::size_at(value);
      name = names_ != nullptr ? name + Packed::size_at(name) : value;
    }
  }

 private:
  StreamId id_;
  uint32_t fields_;
  const char* names_;  // null: each name is before its value
  const char* values_;
};

//     +0   first id: ms | seq (u64 each)
//     +16  bytes | capacity | entries | entries with deleted ones | first entry | fields (u32 each)
//     +40  names of the first entry's fields, in the form of Packed
//          entry entry ...
//
// An entry is
//
//     head     1: deleted | 2: has names of its own | number << 2, 63 for one that follows
//     time     how many ms behind the first id
//     number   only if it is 63 or more: of the id; behind that of the first if the ms are the same
//     fields   only with names of its own: how many
//     values   or names and values in turns, in the form of Packed
//     size     of all that, in one byte below 255, else in four bytes and the byte 255
//
// where numbers are 7 bits a byte, the last with the top bit clear. Entries are named by their
// offset in the block and stay where they are; a deleted one keeps its place until the whole block
// goes, unless it was the last one. Those that change a block return where it is then. Owned by
// whoever holds the pointer.
class StreamBlock {
 public:
  // No entry is larger than this, in bytes.
  static constexpr size_t kEntryMax = size_t{1} << 30;

  // A block with its first entry.
  static StreamBlock* make(StreamId id, StreamFields fields);
  static void destroy(StreamBlock* block);
  StreamBlock* clone() const;
  // Appends an entry, which has to have room. REQUIRES: the id is above all others in the block.
  static StreamBlock* append(StreamBlock* block, StreamId id, StreamFields fields);
  // Gives back memory that no entry will need.
  static StreamBlock* fit(StreamBlock* block);
  // No entry takes more bytes than this, whatever block it is in.
  static size_t room_of(StreamFields fields);

  // Of the first entry ever, whether deleted or not.
  StreamId first_id() const { return first_id_; }
  // Entries, and with those that are deleted.
  uint32_t count() const { return count_; }
  uint32_t all() const { return all_; }
  size_t bytes() const { return bytes_; }
  size_t memory() const;

  // From begin() to end(), deleted ones among them. The first one and the last one are not.
  uint32_t begin() const { return begin_; }
  uint32_t end() const { return bytes_; }
  uint32_t next(uint32_t at) const;
  // The offset of the entry that ends here. REQUIRES: at > begin().
  uint32_t previous(uint32_t at) const;
  bool is_deleted(uint32_t at) const { return (data()[at] & kDeleted) != 0; }
  StreamId id_at(uint32_t at) const;
  StreamEntry entry(uint32_t at) const;
  // REQUIRES: count() > 0.
  StreamId last_id() const { return id_at(previous(bytes_)); }
  // The first one from begin() on that is not below the id; end() if there is none.
  uint32_t seek(StreamId id) const;

  // REQUIRES: it is not deleted yet.
  void erase(uint32_t at);

  // Asserts the invariants; for tests.
  void check() const;

 private:
  static constexpr uint8_t kDeleted = 1;
  static constexpr uint8_t kOwnNames = 2;
  static constexpr uint64_t kLongSeq = 63;
  static constexpr uint8_t kLongBack = 255;

  struct Head {
    StreamId id;
    uint32_t fields;
    bool has_names;
    uint32_t values;  // offset
  };

  static StreamBlock* allocate(size_t capacity);
  static StreamBlock* resize(StreamBlock* block, size_t capacity);
  bool has_names(StreamFields fields) const;
  void write(StreamId id, StreamFields fields, bool own_names);
  Head head_at(uint32_t at) const;
  uint32_t next(uint32_t at, const Head& head) const;
  const char* names() const;
  const char* data() const { return reinterpret_cast<const char*>(this); }
  char* data() { return reinterpret_cast<char*>(this); }

  StreamId first_id_;
  uint32_t bytes_;
  uint32_t capacity_;
  uint32_t count_;
  uint32_t all_;
  uint32_t begin_;
  uint32_t fields_;
};
static_assert(sizeof(StreamBlock) == 40);

}  // namespace gyre::data
