// What the hash commands share: finding a hash without fields that are due, and committing a
// change.
#pragma once

#include <span>
#include <string_view>

#include "commands/collections.h"
#include "commands/expiry_options.h"
#include "commands/in_steps.h"

namespace gyre::commands {

// Of a change that took the last field: the event with the removal of the key behind it.
inline constexpr store::Event kHashDeleted{'h', "hdel"};
inline constexpr store::Event kHashLastDeleted{'h', "hdel", &store::Event::del};
inline constexpr store::Event kHashSet{'h', "hset"};
inline constexpr store::Event kHashExpire{'h', "hexpire"};
inline constexpr store::Event kHashPersist{'h', "hpersist"};

// Like find_value<data::Hash>() and its kin. Fields whose time has come are removed first, as a
// write of its own; not more than a slice of them, so those that are left must be looked over.
Result<data::Hash*> find_hash(const exec::Request& request, store::Shard& shard);
Result<data::Hash*> find_hash_for_write(const exec::Request& request, store::Shard& shard);
Result<data::Hash*> find_or_make_hash(const exec::Request& request, store::Shard& shard);

// Made before a hash is changed, told when all changes are made.
class HashChange {
 public:
  HashChange(const exec::Request& request, store::Shard& shard, data::Hash& hash)
      : request_(request), shard_(shard), hash_(hash), before_ms_(hash.next_expiry_ms()) {}

  // Commits once; the key goes with its last field, then as the event `last`.
  void commit(const store::Event& event, const store::Event& last);
  void commit(const store::Event& event) { commit(event, event); }

 private:
  const exec::Request& request_;
  store::Shard& shard_;
  data::Hash& hash_;
  const int64_t before_ms_;
};

// Answers with the names, the values or both of all fields, as they are at one moment.
struct HashWalk {
  using Value = data::Hash;
  static constexpr size_t kPart = kPartOfTable;
  int64_t now_ms;
  bool has_names = true;
  bool has_values = true;
  bool has_pairs = false;  // an array for each field
  uint64_t cursor = 0;

  bool step(const data::Hash& hash, size_t count, resp::Reply& reply);
  void show(const data::Element& name, const data::Element& value, resp::Reply& reply) const;
};

tl::unexpected<Error> bad_arity(const exec::Request& request);

// The fields behind "FIELDS numfields" at argument `at`, up to the end of the request.
// `bad_number` is the text of the error for a number that is none, or below 1.
Result<std::span<const std::string_view>> parse_fields(const exec::Request& request, size_t at,
                                                       const char* bad_number);

// EX, PX, EXAT or PXAT; never for anything else.
When parse_field_when(std::string_view text);
// Unix ms of the moment `text` names for a field. The past is allowed: it removes the field.
Result<int64_t> field_deadline(When when, std::string_view text, const exec::Request& request,
                               const store::Shard& shard);

}  // namespace gyre::commands
