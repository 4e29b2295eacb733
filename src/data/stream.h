// Stream: the value of a stream: entries in order of their ids, and groups that read them.
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <string_view>

#include "data/id_tree.h"
#include "data/limits.h"
#include "data/stream_block.h"
#include "data/stream_group.h"
#include "data/word.h"

namespace gyre::data {

// What becomes of the references of groups to an entry that is deleted: they are kept; they go with
// the entry; or the entry stays for as long as a group has not read or not acknowledged it.
enum class References : uint8_t { keep, drop, heed };

// What to remove from the front of a stream: all but the last `length` entries, or all below an id.
struct StreamTrim {
  std::optional<uint64_t> length;
  StreamId below;
  bool whole_blocks = false;  // only blocks of which nothing is to be left
  size_t limit = SIZE_MAX;    // entries; not one block that exceeds it
  References references = References::keep;
};

// Entries are only ever added at the end. Blocks that are full are in a tree by the id of their
// first entry; the one that grows is not, so that a small stream has no tree, and an entry is added
// without a search.
//
// A stream without entries is a value like others, and has memory. A stream made by the default
// constructor has none; it is for moving into only.
class Stream {
 public:
  Stream() = default;
  Stream(Stream&&) noexcept = default;
  Stream& operator=(Stream&&) noexcept = default;
  ~Stream() {
    while (pieces() > 0) {
      drain(SIZE_MAX);
    }
  }
  static Stream make();

  size_t size() const;  // entries

  // ---- What XINFO STREAM tells of all entries ever; for whoever adds or restores them to set ----
  StreamId last_id() const { return body()->last_id; }
  void set_last_id(StreamId id) { body()->last_id = id; }
  StreamId max_deleted_id() const { return body()->max_deleted_id; }
  void set_max_deleted_id(StreamId id) { body()->max_deleted_id = id; }
  uint64_t entries_added() const { return body()->entries_added; }
  void set_entries_added(uint64_t count) { body()->entries_added = count; }
  // Of the first and the last entry there is; zero if there is none.
  StreamId first_id() const;
  StreamId top_id() const;

  // ---- Entries ----

  // Whether an entry of these fields can be kept.
  static bool can_hold(StreamFields fields) {
    return StreamBlock::room_of(fields) <= StreamBlock::kEntryMax;
  }
  // Counts it and makes its id the last one. The fields must not lie in the stream.
  // REQUIRES: id > last_id() or there is none, can_hold().
  void append(StreamId id, StreamFields fields, const Limits& limits);
  // Deletes an entry; false if it is not there.
  bool erase(StreamId id);
  // Removes entries from the front; returns how many. What would take long to free comes back in
  // `rest`.
  size_t trim(const StreamTrim& trim, Stream& rest);

  bool contains(StreamId id) const { return find(id).has_value(); }
  std::optional<StreamEntry> find(StreamId id) const;
  // Calls visit(const StreamEntry&) for the entries from `from` to `to`, both included, upwards or
  // downwards, until it returns false. `visit` must not change the stream.
  template <typename Visit>
  void visit(StreamId from, StreamId to, Visit&& visit) const;
  template <typename Visit>
  void visit_back(StreamId from, StreamId to, Visit&& visit) const;
  // Calls visit(const StreamBlock&) from the block on in which an id would be, until it returns
  // false.
  template <typename Visit>
  void visit_blocks(StreamId from, Visit&& visit) const;
  // How many entries there are from `from` to `to`; not counted beyond `max`.
  size_t count(StreamId from, StreamId to, size_t max = SIZE_MAX) const;

  // ---- Groups ----

  using Groups = ByName<StreamGroup>;
  const Groups& groups() const;
  StreamGroup* find_group(std::string_view name) const { return groups().find(name); }
  // The name must not be in.
  StreamGroup& make_group(std::string_view name, StreamId last_id, int64_t entries_read);
  // Hands over a group with all that belongs to it as a stream of nothing else.
  Stream take_group(std::string_view name);
  // Has a group yet to read the entry, or a consumer yet to acknowledge it?
  bool is_referenced(StreamId id) const;
  // No group's consumer has it pending any more.
  void drop_references(StreamId id);

  // May entries from an id on have been deleted, as far as it is known?
  bool may_have_gaps(StreamId from) const;
  // How many entries of all ever added come up to this id; empty if that is not known.
  std::optional<uint64_t> position(StreamId id) const;

  // ---- What every type of value can do ----
  Stream clone() const;
  std::string_view encoding() const { return "stream"; }
  // Bytes of memory; all are counted, whatever `samples` is.
  size_t memory(size_t samples) const;
  // Blocks of memory of entries, and of their tree.
  size_t blocks() const;
  size_t nodes() const { return body()->tree.nodes(); }
  // Blocks of memory, in the order of magnitude: what it costs to free it.
  size_t pieces() const;
  // Frees up to `budget` pieces of a value that is no longer used; returns how many it were. All
  // are gone when pieces() is 0.
  size_t drain(size_t budget);

  // Asserts the invariants; for tests.
  void check() const;

 private:
  enum Encoding : uint16_t { kNone, kBody };
  using Tree = IdTree<StreamBlock*>;

  struct Body {
    uint64_t size = 0;
    StreamId last_id;
    StreamId max_deleted_id;
    uint64_t entries_added = 0;
    StreamBlock* tail = nullptr;  // behind all of the tree; has an entry, if there is one
    Tree tree;
    size_t block_bytes = 0;  // memory of all blocks
    std::unique_ptr<Groups> groups;
  };

  Body* body() const { return word_.as<Body>(); }
  void take_tail();
  void put_tail(StreamBlock* block);
  StreamBlock* first_block(StreamId from) const;
  StreamBlock* block_of(StreamId id) const;
  void erase_at(StreamBlock* block, uint32_t at);
  void drop_block(StreamBlock* block);
  bool is_below(const StreamBlock& block, StreamId id) const;
  size_t cut_front(const StreamTrim& trim, Stream& rest);
  size_t trim_block(StreamBlock* block, const StreamTrim& trim);

  Word word_;
};
static_assert(sizeof(Stream) == 8);

template <typename Visit>
void Stream::visit_blocks(StreamId from, Visit&& visit) const {
  const StreamBlock* tail = body()->tail;
  bool is_done = false;
  if (tail == nullptr || tail->first_id() > from) {
    const auto* first = body()->tree.find_floor(from);
    is_done = !body()->tree.ascend(first != nullptr ? first->id : StreamId{},
                                   [&](const auto& item) { return visit(*item.value); });
  }
  if (!is_done && tail != nullptr) {
    visit(*tail);
  }
}

template <typename Visit>
void Stream::visit(StreamId from, StreamId to, Visit&& visit) const {
  bool is_first = true;
  visit_blocks(from, [&](const StreamBlock& block) {
    uint32_t at = is_first ? block.seek(from) : block.begin();
    is_first = false;
    for (; at != block.end(); at = block.next(at)) {
      if (block.is_deleted(at)) {
        continue;
      }
      const StreamEntry entry = block.entry(at);
      if (entry.id() > to || !visit(entry)) {
        return false;
      }
    }
    return true;
  });
}

template <typename Visit>
void Stream::visit_back(StreamId from, StreamId to, Visit&& visit) const {
  const auto visit_block = [&](const StreamBlock& block) {
    for (uint32_t at = block.end(); at != block.begin();) {
      at = block.previous(at);
      if (block.is_deleted(at)) {
        continue;
      }
      const StreamEntry entry = block.entry(at);
      if (entry.id() < from || (entry.id() <= to && !visit(entry))) {
        return false;
      }
    }
    return true;
  };
  const StreamBlock* tail = body()->tail;
  if (tail == nullptr || tail->first_id() > to || visit_block(*tail)) {
    body()->tree.descend(to, [&](const auto& item) { return visit_block(*item.value); });
  }
}

}  // namespace gyre::data
