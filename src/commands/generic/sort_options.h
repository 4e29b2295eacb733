// The options of SORT.
#pragma once

#include <cstdint>
#include <optional>
#include <string_view>
#include <vector>

#include "exec/request.h"

namespace gyre::commands {

// The name of a key with a place for an element: "weight_*", "object_*->price".
struct SortPattern {
  explicit SortPattern(std::string_view text);

  std::string_view before;
  std::string_view behind;
  std::string_view field;   // of a hash; empty for a string
  bool has_place = false;   // without one it names nothing
  bool is_element = false;  // "#", the element itself
};

struct SortOptions {
  std::optional<SortPattern> by;
  bool is_sorted = true;  // false for BY a name without a place
  std::vector<SortPattern> gets;
  int64_t offset = 0;
  int64_t count = -1;
  bool is_descending = false;
  bool is_alpha = false;
  uint32_t store = 0;  // the argument that names the destination; 0 for none

  // Is a key to be read that the request does not name?
  bool has_patterns() const;
};

Result<SortOptions> parse_sort(const exec::Request& request);

}  // namespace gyre::commands
