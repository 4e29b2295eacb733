// ZPOPMIN, ZPOPMAX, ZMPOP.
#include "base/number.h"
#include "base/text.h"
#include "commands/collections.h"
#include "commands/sorted_set/ranges.h"

namespace gyre::commands {
namespace {

using data::SortedSet;
using exec::Carry;
using exec::Request;
using store::Event;

constexpr Event kMinPopped{'z', "zpopmin"};
constexpr Event kLastMinPopped{'z', "zpopmin", &Event::del};
constexpr Event kMaxPopped{'z', "zpopmax"};
constexpr Event kLastMaxPopped{'z', "zpopmax", &Event::del};

// Takes up to `count` members from one end, calls answer(name, score) for each, and commits.
template <typename Answer>
void pop(store::Shard& shard, store::Keyspace& db, const store::Key& key, SortedSet& set,
         RankSpan span, bool is_max, Answer&& answer) {
  visit_span(set, span, is_max, answer);
  const bool is_last = span.count == set.size();
  if (is_last) {
    db.erase(key);
  } else {
    set.erase_range(span.first, span.count);
  }
  if (is_max) {
    shard.commit(db, key, is_last ? kLastMaxPopped : kMaxPopped);
  } else {
    shard.commit(db, key, is_last ? kLastMinPopped : kMinPopped);
  }
}

RankSpan span_at_end(const SortedSet& set, int64_t count, bool is_max) {
  const size_t taken = std::min(set.size(), static_cast<size_t>(count));
  return {is_max ? set.size() - taken : 0, taken};
}

Status pop_end(Request& request, store::Shard& shard, resp::Reply& reply, bool is_max) {
  if (request.size() > 3) {
    return fail(exec::errors::syntax);
  }
  const bool has_count = request.size() == 3;
  int64_t count = 1;
  if (has_count) {
    const auto number = base::parse_int64(request.arg(2));
    if (!number || *number < 0) {
      return fail(exec::errors::negative);
    }
    count = *number;
  }
  GYRE_TRY_LET(set, find_value_for_write<SortedSet>(request, shard));
  if (set == nullptr || count == 0) {
    reply.array(0);
    return {};
  }
  const RankSpan span = span_at_end(*set, count, is_max);
  const bool has_pairs = has_count && reply.is_resp3();
  reply.array(has_pairs ? span.count : span.count * 2);
  pop(shard, shard.db(request.db), request.key, *set, span, is_max,
      [&](std::string_view name, double score) {
        if (has_pairs) {
          reply.array(2);
        }
        reply.bulk(name);
        reply.number(score);
      });
  return {};
}

Status zpopmin(Request& request, store::Shard& shard, resp::Reply& reply) {
  return pop_end(request, shard, reply, false);
}

Status zpopmax(Request& request, store::Shard& shard, resp::Reply& reply) {
  return pop_end(request, shard, reply, true);
}

// ---- ZMPOP ----

struct ManyOptions {
  bool is_max = false;
  int64_t count = 1;
};

Result<ManyOptions> parse_zmpop(const Request& request) {
  const auto keys = base::parse_int64(request.arg(1));
  if (!keys || *keys < 1) {
    return fail("ERR numkeys should be greater than 0");
  }
  if (*keys > static_cast<int64_t>(request.size()) - 3) {
    return fail(exec::errors::syntax);
  }
  ManyOptions options;
  const auto where = static_cast<size_t>(*keys) + 2;
  options.is_max = base::equals_ignore_case(request.arg(where), "MAX");
  if (!options.is_max && !base::equals_ignore_case(request.arg(where), "MIN")) {
    return fail(exec::errors::syntax);
  }
  for (size_t at = where + 1; at < request.size(); at += 2) {
    const bool is_second = at > where + 1;
    if (is_second || !base::equals_ignore_case(request.arg(at), "COUNT") ||
        at + 1 == request.size()) {
      return fail(exec::errors::syntax);
    }
    const auto number = base::parse_int64(request.arg(at + 1));
    if (!number || *number < 1) {
      return fail("ERR count should be greater than 0");
    }
    options.count = *number;
  }
  return options;
}

// Every core tells which of its keys exist; the one with the first of them pops.
Status zmpop_read(Request& request, store::Shard& shard, Carry& carry) {
  GYRE_TRY(parse_zmpop(request));
  for (const exec::KeyRef& ref : request.keys) {
    carry.at(ref.position).exists = shard.db(request.db).peek(request.key_at(ref)) != nullptr;
  }
  return {};
}

Status zmpop(Request& request, store::Shard& shard, Carry& carry, resp::Reply& reply) {
  const auto first = std::find_if(carry.items.begin(), carry.items.end(),
                                  [](const Carry::Item& item) { return item.exists; });
  const bool is_found = first != carry.items.end();
  const uint32_t position = is_found ? first->position : carry.items[0].position;
  if (!owns_key(request, position)) {
    return {};
  }
  if (!is_found) {
    reply.null_array();
    return {};
  }
  GYRE_TRY_LET(options, parse_zmpop(request));
  store::Keyspace& db = shard.db(request.db);
  const store::Key key{request.arg(position), first->hash};
  GYRE_TRY_LET(set, value_in<SortedSet>(db.find_for_write(key)));
  if (set == nullptr) {  // its time has come since it was read
    reply.null_array();
    return {};
  }
  const RankSpan span = span_at_end(*set, options.count, options.is_max);
  reply.array(2);
  reply.bulk(key.name);
  reply.array(span.count);
  pop(shard, db, key, *set, span, options.is_max, [&](std::string_view name, double score) {
    reply.array(2);
    reply.bulk(name);
    reply.number(score);
  });
  return {};
}

constexpr exec::KeySpec kPoppedKey[] = {{.flags = "RW access delete"}};
constexpr exec::KeySpec kPoppedKeys[] = {
    {.flags = "RW access delete", .find = exec::KeySpec::Find::keynum},
};

constexpr exec::Command row(std::string_view name, std::string_view summary,
                            exec::Handler handler) {
  return {.name = name,
          .since = "5.0.0",
          .group = exec::Group::sorted_set,
          .complexity =
              "O(log(N)+M) where N is the size of the sorted set and M the number of "
              "members popped",
          .summary = summary,
          .syntax = "key [count]",
          .flags = exec::kWrite | exec::kFast,
          .keys = kPoppedKey,
          .shape = exec::owner(handler)};
}

constexpr exec::Command kRows[] = {
    row("ZPOPMIN", "Removes the members with the lowest scores and returns them.", zpopmin),
    row("ZPOPMAX", "Removes the members with the highest scores and returns them.", zpopmax),
    {.name = "ZMPOP",
     .since = "7.0.0",
     .group = exec::Group::sorted_set,
     .complexity = "O(K)+O(log(N)+M) where K is the number of keys, N the size of the sorted set "
                   "and M the number of members popped",
     .summary = "Removes the lowest or highest members of the first key that exists.",
     .syntax = "numkeys key [key ...] MIN|MAX [COUNT count]",
     .flags = exec::kWrite | exec::kMovablekeys,
     .keys = kPoppedKeys,
     .shape = exec::gather(zmpop_read, zmpop)},
};

}  // namespace

extern const exec::Rows sorted_set_zpop{kRows};

}  // namespace gyre::commands
