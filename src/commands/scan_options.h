// The cursor and the options of SSCAN, HSCAN and ZSCAN.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string_view>

#include "data/element.h"
#include "exec/request.h"
#include "resp/reply.h"

namespace gyre::commands {

struct ScanOptions {
  std::string_view pattern = "*";
  size_t count = 10;
  bool has_no_values = false;

  // Is this one wanted?
  bool matches(const data::Element& element) const;
};

// The place in a table that a cursor names. Places are beginnings of hashes; written backwards they
// are numbers no larger than need be, because there are clients that keep cursors in floating
// point.
Result<uint64_t> parse_scan_cursor(std::string_view text);
// The options from argument 3 on. `values`: the elements have values that can be left out.
Result<ScanOptions> parse_scan_options(const exec::Request& request, bool values = false);

// The head of the reply; an array of what was found follows.
void reply_scan_cursor(resp::Reply& reply, uint64_t place);
// For a key that does not exist.
void reply_scan_nothing(resp::Reply& reply);

}  // namespace gyre::commands
