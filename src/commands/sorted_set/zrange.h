// What ZRANGE and its relatives are asked for.
#pragma once

#include <cstdint>

#include "commands/sorted_set/ranges.h"

namespace gyre::commands {

// Which of the options a command knows; the old forms have theirs in their names.
struct RangeForm {
  RangeBy by = RangeBy::rank;
  bool has_by = false;  // BYSCORE, BYLEX
  bool is_reverse = false;
  bool has_reverse = false;  // REV
  bool has_scores = false;   // WITHSCORES
};

struct RangeQuery {
  Range range;
  bool is_reverse = false;
  bool has_scores = false;
  int64_t offset = 0;
  int64_t limit = -1;

  RankSpan find(const data::SortedSet& set) const;
};

// Reads the arguments behind the key, which is at argument `key`.
Result<RangeQuery> parse_range_query(const exec::Request& request, size_t key,
                                     const RangeForm& form);

}  // namespace gyre::commands
