// LPOS.
#include <algorithm>
#include <limits>
#include <vector>

#include "base/number.h"
#include "base/text.h"
#include "commands/list/lists.h"

namespace gyre::commands {
namespace {

using data::List;
using data::ListItem;
using data::Side;

struct Search {
  size_t rank = 1;  // of the first match that counts
  Side from = Side::front;
  std::optional<size_t> count;   // of matches; 0 for all
  size_t looked_max = SIZE_MAX;  // elements to compare
};

Status parse_rank(std::string_view text, Search& search) {
  constexpr int64_t kMax = std::numeric_limits<int64_t>::max();
  const auto rank = base::parse_int64(text);
  if (!rank) {
    return fail(exec::errors::not_integer);
  }
  if (*rank == 0) {
    return fail(
        "ERR RANK can't be zero: use 1 to start from the first match, 2 from the second ... or use "
        "negative to start from the end of the list");
  }
  if (*rank < -kMax) {
    return exec::format_error("ERR value is out of range, value must between %ld and %ld", -kMax,
                              kMax);
  }
  search.from = *rank < 0 ? Side::back : Side::front;
  search.rank = static_cast<size_t>(*rank < 0 ? -*rank : *rank);
  return {};
}

Result<Search> parse_search(const exec::Request& request) {
  Search search;
  for (size_t i = 3; i < request.size(); i += 2) {
    const std::string_view option = request.arg(i);
    const bool is_count = base::equals_ignore_case(option, "COUNT");
    if (i + 1 == request.size()) {
      return fail(exec::errors::syntax);
    }
    if (base::equals_ignore_case(option, "RANK")) {
      GYRE_TRY(parse_rank(request.arg(i + 1), search));
    } else if (is_count || base::equals_ignore_case(option, "MAXLEN")) {
      const auto number = base::parse_int64(request.arg(i + 1));
      if (!number || *number < 0) {
        return fail(is_count ? "ERR COUNT can't be negative" : "ERR MAXLEN can't be negative");
      }
      const auto size = static_cast<size_t>(*number);
      if (is_count) {
        search.count = size;
      } else {
        search.looked_max = size == 0 ? SIZE_MAX : size;
      }
    } else {
      return fail(exec::errors::syntax);
    }
  }
  return search;
}

std::vector<size_t> find_all(const List& list, const Search& search, std::string_view text) {
  const data::Wanted wanted(data::Element::of(text));
  std::vector<size_t> found;
  const size_t count_max = search.count.value_or(1) == 0 ? SIZE_MAX : search.count.value_or(1);
  const bool is_forward = search.from == Side::front;
  size_t index = is_forward ? 0 : list.size() - 1;
  size_t matches = 0;
  size_t left = std::min(search.looked_max, list.size());
  list.visit(index, search.from, [&](const ListItem& item) {
    if (item.is(wanted) && ++matches >= search.rank) {
      found.push_back(index);
    }
    is_forward ? ++index : --index;
    return --left > 0 && found.size() < count_max;
  });
  return found;
}

Status lpos(exec::Request& request, store::Shard& shard, resp::Reply& reply) {
  GYRE_TRY_LET(search, parse_search(request));
  GYRE_TRY_LET(list, find_value<List>(request, shard));
  std::vector<size_t> found;
  if (list != nullptr) {
    found = find_all(*list, search, request.arg(2));
  }
  if (search.count) {
    reply.array(found.size());
  } else if (found.empty()) {
    reply.null();
  }
  for (const size_t index : found) {
    reply.integer(static_cast<int64_t>(index));
  }
  return {};
}

constexpr exec::Command kRows[] = {
    {.name = "LPOS",
     .since = "6.0.6",
     .group = exec::Group::list,
     .complexity = "O(N) where N is the number of elements compared",
     .summary = "Returns the indexes of elements that are equal to one.",
     .syntax = "key element [RANK rank] [COUNT num-matches] [MAXLEN len]",
     .flags = exec::kReadonly,
     .keys = exec::kReadKey,
     .shape = exec::owner(lpos)},
};

}  // namespace

extern const exec::Rows list_lpos{kRows};

}  // namespace gyre::commands
