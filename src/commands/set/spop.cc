// SPOP, SRANDMEMBER.
#include <algorithm>
#include <limits>
#include <utility>

#include "base/number.h"
#include "commands/set/set_walk.h"

namespace gyre::commands {
namespace {

using data::Element;
using data::Set;
using store::Event;

constexpr Event kPopped{'s', "spop"};
constexpr Event kLastPopped{'s', "spop", &Event::del};

void record_removed(const exec::Request& request, store::Shard& shard, const Element& element) {
  data::Digits digits;
  shard.record(request.db, {"SREM", request.key.name, element.text(digits)});
}

// Takes `count` members out of a set that has more, and answers with them.
void pop_some(const exec::Request& request, Set& set, size_t count, store::Shard& shard,
              resp::Reply& reply) {
  constexpr size_t kFew = 5;
  reply.set(count);
  if ((set.size() - count) * kFew >= count) {
    for (; count > 0; --count) {
      const Element element = set.random(shard.random());
      reply_element(reply, element);
      record_removed(request, shard, element);
      set.remove(element);
    }
    return;
  }
  // Few are left: those are chosen, and moved to a set of their own.
  Set rest;
  set.sample(set.size() - count, shard.random(),
             [&](const Element& element) { rest.add(element, shard.options().limits); });
  set.for_each([&](const Element& element) {
    if (!rest.contains(element)) {
      reply_element(reply, element);
      record_removed(request, shard, element);
    }
  });
  std::swap(set, rest);
  shard.discard(store::make_value("", std::move(rest), store::Entry::kNever));
}

Status spop_many(exec::Request& request, store::Shard& shard, resp::Reply& reply) {
  const auto number = base::parse_int64(request.arg(2));
  if (!number || *number < 0) {
    return fail(exec::errors::negative);
  }
  GYRE_TRY_LET(set, find_value_for_write<Set>(request, shard));
  if (set == nullptr || *number == 0) {
    reply.set(0);
    return {};
  }
  store::Keyspace& db = shard.db(request.db);
  const auto count = static_cast<size_t>(*number);
  if (count < set->size()) {
    pop_some(request, *set, count, shard, reply);
    shard.commit(db, request.key, kPopped);
    return {};
  }
  reply.set(set->size());
  set->for_each([&](const Element& element) { reply_element(reply, element); });
  db.erase(request.key);
  shard.commit(db, request.key, kLastPopped);
  return {};
}

Status spop(exec::Request& request, store::Shard& shard, resp::Reply& reply) {
  if (request.size() > 3) {
    return fail(exec::errors::syntax);
  }
  if (request.size() == 3) {
    return spop_many(request, shard, reply);
  }
  GYRE_TRY_LET(set, find_value_for_write<Set>(request, shard));
  if (set == nullptr) {
    reply.null();
    return {};
  }
  const Element element = set->random(shard.random());
  reply_element(reply, element);
  record_removed(request, shard, element);
  set->remove(element);
  commit_removal(shard, shard.db(request.db), request.key, *set, kPopped, kLastPopped);
  return {};
}

// Members by chance, any number of times.
struct DrawWalk {
  using Value = Set;
  static constexpr size_t kPart = kPartByChance;
  size_t left;
  base::Random& random;

  bool step(const Set& set, size_t count, resp::Reply& reply) {
    count = std::min(count, left);
    left -= count;
    set.draw(count, random, [&](const Element& element) { reply_element(reply, element); });
    return left > 0;
  }
};

Status srandmember_many(exec::Request& request, store::Shard& shard, resp::Reply& reply) {
  constexpr int64_t kMax = std::numeric_limits<int64_t>::max();
  const auto number = base::parse_int64(request.arg(2));
  if (!number) {
    return fail(exec::errors::not_integer);
  }
  if (*number < -kDrawMax) {
    return exec::format_error("ERR value is out of range, value must between %ld and %ld", -kMax,
                              kMax);
  }
  GYRE_TRY_LET(set, find_value<Set>(request, shard));
  if (set == nullptr) {
    reply.array(0);
    return {};
  }
  if (*number < 0) {
    const auto count = static_cast<size_t>(-*number);
    reply.array(count);
    return reply_in_steps(request, shard, reply, *set, DrawWalk{count, shard.random()});
  }
  const size_t count = std::min(static_cast<size_t>(*number), set->size());
  reply.array(count);
  if (count == set->size()) {
    return reply_in_steps(request, shard, reply, *set, SetWalk{});
  }
  set->sample(count, shard.random(),
              [&](const Element& element) { reply_element(reply, element); });
  return {};
}

Status srandmember(exec::Request& request, store::Shard& shard, resp::Reply& reply) {
  if (request.size() > 3) {
    return fail(exec::errors::syntax);
  }
  if (request.size() == 3) {
    return srandmember_many(request, shard, reply);
  }
  GYRE_TRY_LET(set, find_value<Set>(request, shard));
  if (set == nullptr) {
    reply.null();
  } else {
    reply_element(reply, set->random(shard.random()));
  }
  return {};
}

constexpr exec::KeySpec kPoppedKey[] = {{.flags = "RW access delete"}};
constexpr exec::Change kPopHistory[] = {{"3.2.0", "`count`."}};
constexpr exec::Change kDrawHistory[] = {{"2.6.0", "`count`."}};

constexpr exec::Command kRows[] = {
    {.name = "SPOP",
     .since = "1.0.0",
     .group = exec::Group::set,
     .complexity = "O(N) where N is the number of members popped",
     .summary = "Removes members of a set by chance and returns them.",
     .syntax = "key [count]",
     .history = kPopHistory,
     .flags = exec::kWrite | exec::kFast,
     .keys = kPoppedKey,
     .shape = exec::owner(spop),
     .tips = "nondeterministic_output"},
    {.name = "SRANDMEMBER",
     .since = "1.0.0",
     .group = exec::Group::set,
     .complexity = "O(N) where N is the number of members asked for",
     .summary = "Returns members of a set by chance.",
     .syntax = "key [count]",
     .history = kDrawHistory,
     .flags = exec::kReadonly,
     .keys = exec::kReadKey,
     .shape = exec::owner(srandmember),
     .tips = "nondeterministic_output"},
};

}  // namespace

extern const exec::Rows set_spop{kRows};

}  // namespace gyre::commands
