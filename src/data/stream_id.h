// StreamId: what names an entry of a stream and gives it its place: a time and a number within it.
#pragma once

#include <compare>
#include <cstddef>
#include <cstdint>
#include <optional>

#include "base/number.h"

namespace gyre::data {

struct StreamId {
  // Room to print one in.
  static constexpr size_t kCharsMax = 2 * base::kIntCharsMax + 1;

  uint64_t ms = 0;
  uint64_t seq = 0;

  static constexpr StreamId max() { return {UINT64_MAX, UINT64_MAX}; }

  friend constexpr auto operator<=>(const StreamId&, const StreamId&) = default;
  constexpr bool is_zero() const { return ms == 0 && seq == 0; }
  // The neighbours in order; nothing beyond the first and the last.
  constexpr std::optional<StreamId> next() const {
    if (seq != UINT64_MAX) {
      return StreamId{ms, seq + 1};
    }
    return ms != UINT64_MAX ? std::optional(StreamId{ms + 1, 0}) : std::nullopt;
  }
  constexpr std::optional<StreamId> previous() const {
    if (seq != 0) {
      return StreamId{ms, seq - 1};
    }
    return ms != 0 ? std::optional(StreamId{ms - 1, UINT64_MAX}) : std::nullopt;
  }
  // "ms-seq"; returns the number of bytes written.
  size_t format(char* out) const {
    const size_t size = base::format_uint64(out, ms);
    out[size] = '-';
    return size + 1 + base::format_uint64(out + size + 1, seq);
  }
};
static_assert(sizeof(StreamId) == 16);

}  // namespace gyre::data
