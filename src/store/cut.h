// Cut: the keys of one core as they were at one moment, handed out bit by bit while they change.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <unordered_set>

#include "store/keyspace.h"

namespace gyre::store {

class Shard;

// Takes what a cut hands out.
class Saver {
 public:
  // The entry as it was at the cut, in its turn. False if that was only the first part of it: then
  // save_more() is called until it returns true, and up to then the entry neither changes nor goes.
  virtual bool save(uint16_t db, const Entry& entry) = 0;
  virtual bool save_more() = 0;
  // The same, out of turn and at once, because somebody is about to change the key.
  virtual void save_ahead(uint16_t db, const Entry& entry) = 0;

 protected:
  ~Saver() = default;
};

// A table is in the order of its hashes, and the cut walks through it in that order: what lies
// before the cursor is saved. Whoever is about to change a key that lies behind the cursor tells so
// (before_change()), and the key is saved first; that it was, is noted until the cursor has passed.
// Keys that come into being behind the cursor are noted in the same way, and never saved. So every
// key is saved once, as it was when the cut was made, however the tables grow meanwhile.
//
// Emptied or exchanged databases end the cut: is_void() from then on.
class Cut {
 public:
  // From here on, until it is destroyed. One at a time.
  Cut(Shard& shard, Saver& saver);
  Cut(const Cut&) = delete;
  Cut& operator=(const Cut&) = delete;
  ~Cut();

  // Saves some entries; false if there are no more.
  bool step(size_t entries);
  bool is_void() const { return is_void_; }

  // The keyspaces tell.
  void before_change(Keyspace& db, const Key& key);
  void before_emptying();

 private:
  // A key by two hashes that have nothing to do with each other.
  struct Mark {
    uint64_t hash;
    uint32_t check;
    uint16_t db;
    bool operator==(const Mark&) const = default;
  };
  struct HashMark {
    size_t operator()(const Mark& mark) const { return mark.hash; }
  };

  static Mark mark_of(uint16_t db, uint64_t hash, std::string_view name);
  bool has_passed(uint16_t db, uint64_t hash) const;
  void save(const Entry& entry);
  void finish_partial();
  // The cursor goes on to `next`; 0: it is through with the database.
  void move_to(uint64_t next);

  Shard& shard_;
  Saver& saver_;
  uint16_t db_ = 0;      // that the cursor is in
  uint64_t cursor_ = 0;  // the first hash that is not saved
  bool is_void_ = false;
  const Entry* partial_ = nullptr;  // saved in part
  // By the first bits of their hashes, so that what the cursor has passed can be forgotten: keys
  // may come and go before it gets to them.
  static constexpr int kStretchBits = 8;
  using Stretch = std::unordered_set<Mark, HashMark>;
  static size_t stretch_of(uint64_t hash) { return hash >> (64 - kStretchBits); }
  std::array<Stretch, size_t{1} << kStretchBits> noted_;
};

}  // namespace gyre::store
