// Ranges of sorted sets, as commands name them: by rank, by score, by name.
#pragma once

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <string_view>

#include "data/sorted_set.h"
#include "exec/request.h"
#include "resp/reply.h"

namespace gyre::commands {

enum class RangeBy : uint8_t { rank, score, name };

// Neighbours by rank.
struct RankSpan {
  size_t first = 0;
  size_t count = 0;
};

// A place in a sorted set where a range begins or ends: a rank, from the end if it is negative, or
// what `probe` looks for, or one end of all.
struct RangeEnd {
  enum class Place : uint8_t { rank, probe, first, last };
  Place place = Place::rank;
  int64_t rank = 0;
  data::Probe probe = {};

  size_t find(const data::SortedSet& set) const {
    return place == Place::first ? 0 : place == Place::last ? set.size() : set.count_below(probe);
  }
};

// The lower end and what is behind the upper one.
struct Range {
  RangeBy by = RangeBy::rank;
  RangeEnd low;
  RangeEnd high;

  // Ranks that count from the end are those of the other order if `is_reverse`.
  RankSpan find(const data::SortedSet& set, bool is_reverse = false) const;
};

// Reads the two ends; the error of the first one that cannot be read. Names are not copied.
Result<Range> parse_range(RangeBy by, std::string_view low, std::string_view high);

// Calls visit(std::string_view name, double score) for the members of a span.
template <typename Visit>
void visit_span(const data::SortedSet& set, RankSpan span, bool is_reverse, Visit&& visit) {
  if (span.count == 0) {
    return;
  }
  if (is_reverse) {
    set.descend(span.first + span.count - 1, span.count, visit);
  } else {
    set.ascend(span.first, span.count, visit);
  }
}

// The head of a reply of members. With scores, RESP3 has an array of pairs.
inline void reply_members(resp::Reply& reply, size_t count, bool has_scores) {
  reply.array(has_scores && !reply.is_resp3() ? count * 2 : count);
}
inline void reply_member(resp::Reply& reply, std::string_view name, double score, bool has_scores) {
  if (has_scores && reply.is_resp3()) {
    reply.array(2);
  }
  reply.bulk(name);
  if (has_scores) {
    reply.number(score);
  }
}

}  // namespace gyre::commands
