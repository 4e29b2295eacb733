// Hash: the value of a hash: packed, packed with expiries, or a table.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string_view>
#include <vector>

#include "base/random.h"
#include "data/element.h"
#include "data/field_table.h"
#include "data/limits.h"
#include "data/pack.h"
#include "data/word.h"

namespace gyre::data {

// As long as fields are few and short they lie in a Pack as name, value, name, value; from the
// first field on that expires, as name, value, deadline, where 0 is no deadline. Beyond the limits
// they are a table of Fields, which it stays. A hash of nothing has no memory.
//
// A field whose time has come is still there, and counts in size(), until expire() removes it; but
// nothing that takes `now_ms` (Unix ms) shows it.
//
// Names and values are read as elements, which may be texts though they are numbers: those of a
// table are never looked into.
class Hash {
 public:
  // Of names and values in turns, or of names, values and deadlines (0: none). Takes over the pack,
  // which is not empty, within the limits, and holds no name twice.
  static Hash of_pack(Pack* pack, bool is_expiring) {
    Hash hash;
    hash.word_.reset(is_expiring ? kPackExpiring : kPack, pack);
    return hash;
  }

  Hash() = default;
  Hash(Hash&&) noexcept = default;
  Hash& operator=(Hash&&) noexcept = default;
  ~Hash() { clear(); }

  struct Found {
    Element value;
    int64_t expire_at_ms = kNoExpiry;
  };

  size_t size() const;
  std::optional<Found> find(std::string_view name, int64_t now_ms) const;
  // Sets a field and takes away its expiry, unless `keeps_expiry`. True if the field is new.
  bool set(std::string_view name, std::string_view value, int64_t now_ms, const Limits& limits,
           bool keeps_expiry = false);
  // True if the field was there.
  bool erase(std::string_view name, int64_t now_ms);
  // A hash that is to take so many fields at once becomes a table now if it would have to become
  // one while they come.
  void reserve(size_t count, int64_t now_ms, const Limits& limits);

  // A field that is there gets a deadline (Unix ms), or with kNoExpiry has none any more.
  void set_expiry(std::string_view name, int64_t expire_at_ms, int64_t now_ms);
  bool has_expiry() const { return next_expiry_ms() != INT64_MAX; }
  // No field is due before this; INT64_MAX if none expires.
  int64_t next_expiry_ms() const;
  // Removes fields whose time has come, and calls visit(name) for each before it goes. `budget` is
  // a number of fields to look at in a table; returns how many it were.
  template <typename Visit>
  size_t expire(int64_t now_ms, size_t budget, Visit&& visit);

  // Fields that are not due.
  size_t count_live(int64_t now_ms) const;
  // Calls visit(const Element& name, const Element& value) for every field; visit must not change
  // the hash.
  template <typename Visit>
  void for_each(int64_t now_ms, Visit&& visit) const;
  // The same with the deadline, for due fields too: visit(name, value, expire_at_ms).
  template <typename Visit>
  void for_all(Visit&& visit) const;
  // for_each() in steps of about `count` fields, for HSCAN: returns the cursor to go on from, 0 at
  // the end. Packed hashes are visited whole.
  template <typename Visit>
  uint64_t scan(uint64_t cursor, size_t count, int64_t now_ms, Visit&& visit) const;
  // The same with the deadline, for due fields too.
  template <typename Visit>
  uint64_t scan_all(uint64_t cursor, size_t count, Visit&& visit) const;
  // Calls visit(name, value) for `count` fields by chance, the same one perhaps several times.
  // REQUIRES: count_live() > 0.
  template <typename Visit>
  void draw(size_t count, int64_t now_ms, base::Random& random, Visit&& visit) const;
  // The same for different ones. REQUIRES: count <= count_live().
  template <typename Visit>
  void sample(size_t count, int64_t now_ms, base::Random& random, Visit&& visit) const;

  // What every type of value can do; see data::Set.
  Hash clone() const;
  std::string_view encoding() const;
  size_t memory(size_t samples) const;
  size_t pieces() const;
  size_t drain(size_t budget);

  // Asserts the invariants of the encoding; for tests.
  void check() const;

 private:
  enum Encoding : uint16_t { kNone, kPack, kPackExpiring, kTable };

  bool is_packed() const { return word_.encoding() == kPack || word_.encoding() == kPackExpiring; }
  Pack* pack() const { return word_.as<Pack>(); }
  FieldTable* table() const { return word_.as<FieldTable>(); }
  // Elements of a pack that make a field.
  uint32_t stride() const { return word_.encoding() == kPackExpiring ? 3 : 2; }
  void set_pack(Pack* pack) { word_.reset(word_.encoding(), pack); }
  void clear();

  // A field of a pack, as the offsets of its elements.
  struct Place {
    uint32_t name;
    uint32_t value;
    uint32_t deadline;  // of a pack without them: the end of the field
    uint32_t end;
  };
  Place place_at(uint32_t offset) const;
  int64_t deadline_at(const Place& place) const;
  bool is_due_at(const Place& place, int64_t now_ms) const;

  bool set_packed(std::string_view name, std::string_view value, int64_t now_ms,
                  const Limits& limits, bool keeps_expiry);
  bool set_in_table(std::string_view name, std::string_view value, int64_t now_ms,
                    bool keeps_expiry);
  void become_table(int64_t now_ms);
  void become_expiring();
  std::vector<uint32_t> live_offsets(int64_t now_ms) const;
  Field random_field(int64_t now_ms, base::Random& random) const;

  Word word_;
};
static_assert(sizeof(Hash) == 8);

}  // namespace gyre::data

#include "data/hash_visit.h"  // the templates
