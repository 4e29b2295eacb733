// Carry: what the cores of a gather command tell each other between reading and writing.
#pragma once

#include <cstdint>
#include <vector>

#include "store/entry.h"

namespace gyre::exec {

// One item per key the command names, in the order of the key specification; each core fills in
// those of its own keys during `read` and sees all of them during `write`. Entries are owned by the
// carry until a write takes them; `write` runs on several cores at once, so each item is written by
// the core that owns the item's destination only.
//
// A value may be lent instead of copied: cores share memory, and the locks keep others from
// changing it until all writes have ended. Locks do not stop time, though: what expires meanwhile
// leaves its key, so a shard that lends frees no collection (Shard::lend()), and a write may find
// that a key of its own which was there during `read` is gone. Hashes are not lent, because their
// fields expire in place.
class Carry {
 public:
  struct Item {
    uint32_t position = 0;  // of the key among the arguments
    uint16_t core = 0;
    uint64_t hash = 0;
    bool exists = false;
    int64_t number = 0;                      // free use
    store::Entry* entry = nullptr;           // owned
    const void* lent = nullptr;              // a value that stays where it is
    store::Type type = store::Type::string;  // of what is lent
  };

  Carry() = default;
  Carry(const Carry&) = delete;
  Carry& operator=(const Carry&) = delete;
  ~Carry();  // on a core

  // The item of the key at an argument's position. Specifications name keys from left to right but
  // for those found behind a keyword, so halving finds nearly all.
  Item& at(uint32_t position) {
    size_t low = 0;
    for (size_t high = items.size(); low < high;) {
      const size_t middle = (low + high) / 2;
      items[middle].position < position ? low = middle + 1 : high = middle;
    }
    if (low < items.size() && items[low].position == position) [[likely]] {
      return items[low];
    }
    for (Item& item : items) {
      if (item.position == position) {
        return item;
      }
    }
    GYRE_UNREACHABLE();
  }
  store::Entry* take(uint32_t position) {
    Item& item = at(position);
    store::Entry* entry = item.entry;
    item.entry = nullptr;
    return entry;
  }

  // Asked by that core, or by anyone when all reads have ended.
  bool is_lent_by(uint16_t core) const {
    for (const Item& item : items) {
      if (item.core == core && item.lent != nullptr) {
        return true;
      }
    }
    return false;
  }

  std::vector<Item> items;
  // All keys are on one core, where `read` and `write` run in one go: values need not be copied.
  bool is_here = false;
};

}  // namespace gyre::exec
