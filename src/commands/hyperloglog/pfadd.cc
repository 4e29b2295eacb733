// PFADD, PFCOUNT, PFMERGE: counting different elements.
#include <memory>
#include <string>

#include "commands/string/strings.h"
#include "data/hyperloglog.h"
#include "exec/carry.h"

namespace gyre::commands {
namespace {

using data::HyperLogLog;
using exec::Carry;
using store::Entry;

constexpr Error kNotOne{"WRONGTYPE Key is not a valid HyperLogLog string value."};
constexpr Error kCorrupt{"INVALIDOBJ Corrupted HLL object detected"};
constexpr store::Event kPfadd{'$', "pfadd"};

// The bytes of a HyperLogLog that an entry holds.
Result<std::string_view> bytes_of(const Entry& entry, Scratch& scratch) {
  if (entry.type() != store::Type::string) {
    return fail(exec::errors::wrong_type);
  }
  const std::string_view bytes = string_bytes(entry, scratch);
  if (!HyperLogLog::is_valid(bytes)) {
    return fail(kNotOne);
  }
  return bytes;
}

// Adds to a present dense one, where it is.
Result<bool> add_to_dense(exec::Request& request, store::Keyspace& db, Entry& entry) {
  char* bytes = grow_string(db, request.key, &entry, HyperLogLog::kDenseSize);
  bool has_changed = false;
  for (const std::string_view element : request.args(2)) {
    has_changed |= HyperLogLog::add_dense(bytes, element) == HyperLogLog::Change::changed;
  }
  if (has_changed) {
    HyperLogLog::set_stale(bytes);
  }
  return has_changed;
}

// Adds to the bytes of a sparse one.
Result<bool> add_to_sparse(exec::Request& request, const store::Shard& shard, std::string& bytes) {
  bool has_changed = false;
  for (const std::string_view element : request.args(2)) {
    const HyperLogLog::Change change =
        HyperLogLog::is_dense(bytes)
            ? HyperLogLog::add_dense(bytes.data(), element)
            : HyperLogLog::add_sparse(bytes, element,
                                      shard.options().limits.hyperloglog_sparse_bytes);
    if (change == HyperLogLog::Change::corrupt) {
      return fail(kCorrupt);
    }
    has_changed |= change == HyperLogLog::Change::changed;
  }
  return has_changed;
}

Status pfadd(exec::Request& request, store::Shard& shard, resp::Reply& reply) {
  store::Keyspace& db = shard.db(request.db);
  Entry* entry = db.find_for_write(request.key);
  Scratch scratch;
  std::string_view present;
  if (entry != nullptr) {
    GYRE_TRY_LET(bytes, bytes_of(*entry, scratch));
    present = bytes;
  }
  bool has_changed = entry == nullptr;
  if (entry != nullptr && HyperLogLog::is_dense(present)) {
    GYRE_TRY_LET(added, add_to_dense(request, db, *entry));
    has_changed = added;
  } else {
    std::string bytes = entry != nullptr ? std::string(present) : HyperLogLog::make();
    GYRE_TRY_LET(added, add_to_sparse(request, shard, bytes));
    has_changed |= added;
    if (has_changed) {
      HyperLogLog::set_stale(bytes.data());
      store_raw_text(db, request.key, bytes,
                     entry != nullptr ? entry->expire_at_ms() : Entry::kNever);
    }
  }
  if (has_changed) {
    shard.commit(db, request.key, kPfadd);
  }
  reply.integer(has_changed ? 1 : 0);
  return {};
}

// The count of one key goes into its cache, a part of the value that means nothing by itself.
void cache_count(Entry& entry, uint64_t count) {
  if (entry.form() == store::Form::inlined) {
    HyperLogLog::set_cached_count(entry.inlined_data(), count);
  } else if (entry.form() == store::Form::blob) {
    if (entry.blob()->is_shared()) {
      base::Blob* shared = entry.blob();
      entry.set_blob(base::Blob::make(shared->view()));
      shared->unref();
    }
    HyperLogLog::set_cached_count(entry.blob()->data(), count);
  }
}

// Leaves copies for the core that counts or stores. PFCOUNT of one key leaves its count there.
template <bool kIsCount>
Status read_all(exec::Request& request, store::Shard& shard, Carry& carry) {
  for (const exec::KeyRef& ref : request.keys) {
    Entry* entry = shard.db(request.db).find(request.key_at(ref), !request.no_touch());
    if (entry == nullptr) {
      continue;
    }
    Carry::Item& item = carry.at(ref.position);
    item.exists = true;
    if (entry->type() != store::Type::string) {
      continue;  // what is wrong is told in the order of the keys, by `unite()`
    }
    Scratch scratch;
    const std::string_view bytes = string_bytes(*entry, scratch);
    const bool is_only_one = kIsCount && request.size() == 2 && HyperLogLog::is_valid(bytes);
    if (is_only_one && !HyperLogLog::cached_count(bytes)) {
      auto registers = std::make_unique<HyperLogLog::Registers>();
      if (!HyperLogLog::merge_into(*registers, bytes)) {
        return fail(kCorrupt);
      }
      cache_count(*entry, HyperLogLog::count(*registers));
    }
    item.entry = Entry::clone(*entry, "", Entry::kNever);
  }
  return {};
}

// All that the cores have left, in one; `is_dense` says whether one of them was.
struct Union {
  HyperLogLog::Registers registers = {};
  bool is_dense = false;
};

Status unite(const Carry& carry, Union& all) {
  for (const Carry::Item& item : carry.items) {
    if (item.entry == nullptr) {
      if (item.exists) {
        return fail(exec::errors::wrong_type);
      }
      continue;
    }
    Scratch scratch;
    GYRE_TRY_LET(bytes, bytes_of(*item.entry, scratch));
    all.is_dense |= HyperLogLog::is_dense(bytes);
    if (!HyperLogLog::merge_into(all.registers, bytes)) {
      return fail(kCorrupt);
    }
  }
  return {};
}

Status pfcount(exec::Request& request, store::Shard& shard, Carry& carry, resp::Reply& reply) {
  if (request.keys[0].position != 1) {
    return {};  // one of the cores answers
  }
  const Entry* only = carry.at(1).entry;
  if (request.size() == 2 && only != nullptr) {
    Scratch scratch;
    GYRE_TRY_LET(bytes, bytes_of(*only, scratch));
    if (const auto count = HyperLogLog::cached_count(bytes)) {
      reply.integer(static_cast<int64_t>(*count));
      return {};
    }
  }
  auto all = std::make_unique<Union>();
  GYRE_TRY(unite(carry, *all));
  reply.integer(static_cast<int64_t>(HyperLogLog::count(all->registers)));
  return {};
}

Status pfmerge(exec::Request& request, store::Shard& shard, Carry& carry, resp::Reply& reply) {
  if (request.keys[0].position != 1) {
    return {};  // the destination is elsewhere
  }
  auto all = std::make_unique<Union>();
  GYRE_TRY(unite(carry, *all));
  store::Keyspace& db = shard.db(request.db);
  const store::Key key = request.key_at(request.keys[0]);
  const Entry* present = db.peek(key);
  Scratch scratch;
  std::string bytes =
      present != nullptr ? std::string(string_bytes(*present, scratch)) : HyperLogLog::make();
  if (all->is_dense) {
    HyperLogLog::replace_dense(bytes, all->registers);
  } else {
    HyperLogLog::raise(bytes, all->registers, shard.options().limits.hyperloglog_sparse_bytes);
  }
  HyperLogLog::set_stale(bytes.data());
  store_raw_text(db, key, bytes, present != nullptr ? present->expire_at_ms() : Entry::kNever);
  shard.commit(db, key, kPfadd);
  reply.ok();
  return {};
}

constexpr exec::KeySpec kAddedKey[] = {{.flags = "RW insert"}};
constexpr exec::KeySpec kCountedKeys[] = {
    {.flags = "RW access", .notes = "The estimate is kept inside the value.", .last = -1}};
constexpr exec::KeySpec kMergedKeys[] = {{.flags = "RW access insert"},
                                         {.flags = "RO access", .index = 2, .last = -1}};

constexpr exec::Command kRows[] = {
    {.name = "PFADD",
     .since = "2.8.9",
     .group = exec::Group::hyperloglog,
     .complexity = "O(1) for each element",
     .summary = "Adds elements to a HyperLogLog; creates a missing key.",
     .syntax = "key [element [element ...]]",
     .flags = exec::kWrite | exec::kDenyoom | exec::kFast,
     .keys = kAddedKey,
     .shape = exec::owner(pfadd),
     .repeat = exec::Repeat::same},
    {.name = "PFCOUNT",
     .since = "2.8.9",
     .group = exec::Group::hyperloglog,
     .complexity = "O(1) for one key that has not changed since, else O(N) for N keys",
     .summary = "Estimates how many different elements one or several HyperLogLogs have seen.",
     .syntax = "key [key ...]",
     .flags = exec::kReadonly,
     .keys = kCountedKeys,
     .shape = exec::gather(read_all<true>, pfcount)},
    {.name = "PFMERGE",
     .since = "2.8.9",
     .group = exec::Group::hyperloglog,
     .complexity = "O(N) for N keys",
     .summary = "Stores the union of several HyperLogLogs, the destination included.",
     .syntax = "destkey [sourcekey [sourcekey ...]]",
     .flags = exec::kWrite | exec::kDenyoom,
     .keys = kMergedKeys,
     .shape = exec::gather(read_all<false>, pfmerge)},
};

}  // namespace

extern const exec::Rows hyperloglog_pfadd{kRows};

}  // namespace gyre::commands
