// SMOVE.
#include "commands/collections.h"

namespace gyre::commands {
namespace {

using data::Element;
using data::Set;
using exec::Carry;
using store::Event;

constexpr Event kAdded{'s', "sadd"};
constexpr Event kRemoved{'s', "srem"};
constexpr Event kLastRemoved{'s', "srem", &Event::del};

constexpr uint32_t kFrom = 1;  // positions of the keys
constexpr uint32_t kTo = 2;

// Whether the source has the member; the type of the destination counts only if there is a source.
enum Finding : int64_t { kFound = 1, kWrongType = 2 };

Status smove_read(exec::Request& request, store::Shard& shard, Carry& carry) {
  for (const exec::KeyRef& ref : request.keys) {
    store::Entry* entry = shard.db(request.db).find_for_write(request.key_at(ref));
    Carry::Item& item = carry.at(ref.position);
    item.exists = entry != nullptr;
    const auto set = value_in<Set>(entry);
    if (!set) {
      item.number = kWrongType;
    } else if (*set != nullptr && (*set)->contains(Element::of(request.arg(3)))) {
      item.number = kFound;
    }
  }
  return {};
}

void take(exec::Request& request, store::Shard& shard, const store::Key& key) {
  store::Keyspace& db = shard.db(request.db);
  store::Entry* entry = db.find_for_write(key);
  if (entry == nullptr) {
    return;  // its time has come since it was read
  }
  Set& set = entry->value<Set>();
  set.remove(Element::of(request.arg(3)));
  shard.record(request.db, {"SREM", key.name, request.arg(3)});
  commit_removal(shard, db, key, set, kRemoved, kLastRemoved);
}

void give(exec::Request& request, store::Shard& shard, const store::Key& key) {
  store::Keyspace& db = shard.db(request.db);
  store::Entry* entry = db.find_for_write(key);
  Set& set = entry != nullptr ? entry->value<Set>() : make_value<Set>(db, key);
  if (set.add(Element::of(request.arg(3)), shard.options().limits)) {
    shard.record(request.db, {"SADD", key.name, request.arg(3)});
    shard.commit(db, key, kAdded);
  }
}

// Every core concerned comes to the same result; the core of the source answers.
Status smove(exec::Request& request, store::Shard& shard, Carry& carry, resp::Reply& reply) {
  const Carry::Item& from = carry.at(kFrom);
  const bool answers = request.keys[0].position == kFrom;
  if (from.exists && (from.number == kWrongType || carry.at(kTo).number == kWrongType)) {
    return answers ? fail(exec::errors::wrong_type) : Status{};
  }
  const bool is_found = from.number == kFound;
  if (is_found && request.arg(kFrom) != request.arg(kTo)) {
    for (const exec::KeyRef& ref : request.keys) {
      (ref.position == kFrom ? take : give)(request, shard, request.key_at(ref));
    }
  }
  if (answers) {
    reply.integer(is_found ? 1 : 0);
  }
  return {};
}

constexpr exec::KeySpec kMoveKeys[] = {
    {.flags = "RW access delete"},
    {.flags = "RW insert", .index = 2},
};

constexpr exec::Command kRows[] = {
    {.name = "SMOVE",
     .since = "1.0.0",
     .group = exec::Group::set,
     .complexity = "O(1)",
     .summary = "Moves a member from one set to another.",
     .syntax = "source destination member",
     .flags = exec::kWrite | exec::kFast,
     .keys = kMoveKeys,
     .shape = exec::gather(smove_read, smove)},
};

}  // namespace

extern const exec::Rows set_smove{kRows};

}  // namespace gyre::commands
