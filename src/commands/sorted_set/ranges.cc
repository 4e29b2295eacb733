#include "commands/sorted_set/ranges.h"

#include "base/number.h"

namespace gyre::commands {
namespace {

using data::Probe;

// `is_high`: the end is behind the members that are equal to it.
Result<RangeEnd> parse_score(std::string_view text, bool is_high) {
  const bool is_open = text.starts_with('(');
  const auto score = base::parse_bound(text.substr(is_open ? 1 : 0));
  if (!score) {
    return fail("ERR min or max is not a float");
  }
  return RangeEnd{.place = RangeEnd::Place::probe,
                  .probe = Probe::of_score(*score, is_high != is_open)};
}

Result<RangeEnd> parse_name(std::string_view text, bool is_high) {
  if (text == "-" || text == "+") {
    return RangeEnd{.place = text == "-" ? RangeEnd::Place::first : RangeEnd::Place::last};
  }
  const bool is_open = text.starts_with('(');
  if (!is_open && !text.starts_with('[')) {
    return fail("ERR min or max not valid string range item");
  }
  return RangeEnd{.place = RangeEnd::Place::probe,
                  .probe = Probe::of_name(text.substr(1), is_high != is_open)};
}

Result<RangeEnd> parse_end(RangeBy by, std::string_view text, bool is_high) {
  if (by != RangeBy::rank) {
    return by == RangeBy::score ? parse_score(text, is_high) : parse_name(text, is_high);
  }
  const auto rank = base::parse_int64(text);
  if (!rank) {
    return fail(exec::errors::not_integer);
  }
  return RangeEnd{.rank = *rank};
}

// The ranks from one to another, both counted from the end if they are negative.
RankSpan clip(int64_t first, int64_t last, size_t size) {
  const auto count = static_cast<int64_t>(size);
  first = std::max<int64_t>(first < 0 ? first + count : first, 0);
  last = std::min(last < 0 ? last + count : last, count - 1);
  if (first > last) {
    return {};
  }
  return {static_cast<size_t>(first), static_cast<size_t>(last - first + 1)};
}

}  // namespace

Result<Range> parse_range(RangeBy by, std::string_view low, std::string_view high) {
  GYRE_TRY_LET(from, parse_end(by, low, false));
  GYRE_TRY_LET(to, parse_end(by, high, true));
  return Range{by, from, to};
}

RankSpan Range::find(const data::SortedSet& set, bool is_reverse) const {
  if (by == RangeBy::rank) {
    RankSpan span = clip(low.rank, high.rank, set.size());
    if (is_reverse) {
      span.first = set.size() - span.first - span.count;
    }
    return span;
  }
  const size_t first = low.find(set);
  const size_t end = high.find(set);
  return {first, end > first ? end - first : 0};
}

}  // namespace gyre::commands
