#include "commands/generic/sort_options.h"

#include <algorithm>

#include "base/number.h"
#include "base/text.h"

namespace gyre::commands {

SortPattern::SortPattern(std::string_view text) {
  constexpr std::string_view kArrow = "->";
  const std::string_view head = text.substr(0, text.find('\0'));  // as Redis looks at it
  is_element = head == "#";
  const size_t star = head.find('*');
  if (star == std::string_view::npos) {
    return;
  }
  has_place = true;
  before = text.substr(0, star);
  behind = text.substr(star + 1);
  const size_t arrow = head.find(kArrow, star + 1);
  if (arrow != std::string_view::npos && arrow + kArrow.size() < head.size()) {
    behind = text.substr(star + 1, arrow - star - 1);
    field = text.substr(arrow + kArrow.size());
  }
}

bool SortOptions::has_patterns() const {
  return (is_sorted && by) || std::any_of(gets.begin(), gets.end(),
                                          [](const SortPattern& get) { return get.has_place; });
}

Result<SortOptions> parse_sort(const exec::Request& request) {
  SortOptions options;
  const bool may_store = request.command->is_write();
  for (size_t i = 2; i < request.size(); ++i) {
    const std::string_view word = request.arg(i);
    const size_t behind = request.size() - i - 1;
    if (base::equals_ignore_case(word, "ASC")) {
      options.is_descending = false;
    } else if (base::equals_ignore_case(word, "DESC")) {
      options.is_descending = true;
    } else if (base::equals_ignore_case(word, "ALPHA")) {
      options.is_alpha = true;
    } else if (base::equals_ignore_case(word, "LIMIT") && behind >= 2) {
      const auto offset = base::parse_int64(request.arg(++i));
      const auto count = base::parse_int64(request.arg(++i));
      if (!offset || !count) {
        return fail(exec::errors::not_integer);
      }
      options.offset = *offset;
      options.count = *count;
    } else if (may_store && base::equals_ignore_case(word, "STORE") && behind >= 1) {
      options.store = static_cast<uint32_t>(++i);
    } else if (base::equals_ignore_case(word, "BY") && behind >= 1) {
      options.by = SortPattern(request.arg(++i));
      options.is_sorted &= options.by->has_place;
    } else if (base::equals_ignore_case(word, "GET") && behind >= 1) {
      options.gets.emplace_back(request.arg(++i));
    } else {
      return fail(exec::errors::syntax);
    }
  }
  return options;
}

}  // namespace gyre::commands
