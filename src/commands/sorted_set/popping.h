// Taking members from an end of a sorted set.
#pragma once

#include <algorithm>

#include "base/number.h"
#include "commands/sorted_set/ranges.h"
#include "data/sorted_set.h"
#include "store/shard.h"

namespace gyre::commands {

inline constexpr store::Event kMinPopped{'z', "zpopmin"};
inline constexpr store::Event kLastMinPopped{'z', "zpopmin", &store::Event::del};
inline constexpr store::Event kMaxPopped{'z', "zpopmax"};
inline constexpr store::Event kLastMaxPopped{'z', "zpopmax", &store::Event::del};

// The `count` members at one end, or all.
inline RankSpan span_at_end(const data::SortedSet& set, int64_t count, bool is_max) {
  const size_t taken = std::min(set.size(), static_cast<size_t>(count));
  return {is_max ? set.size() - taken : 0, taken};
}

// Takes the members of a span at one end, calls answer(name, score) for each, and commits.
template <typename Answer>
void pop_members(store::Shard& shard, store::Keyspace& db, const store::Key& key,
                 data::SortedSet& set, RankSpan span, bool is_max, Answer&& answer) {
  visit_span(set, span, is_max, answer);
  char digits[base::kIntCharsMax];
  const std::string_view count{digits, base::format_uint64(digits, span.count)};
  shard.record(db.index(), {is_max ? "ZPOPMAX" : "ZPOPMIN", key.name, count});
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

}  // namespace gyre::commands
