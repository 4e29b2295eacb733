// BITCOUNT, BITPOS: counting and searching bits in a part of a string.
#include <algorithm>
#include <bit>

#include "base/number.h"
#include "base/text.h"
#include "commands/bitmap/bitmap.h"
#include "data/bits.h"

namespace gyre::commands {
namespace {

// The part of a string that a command looks at, as it was asked for.
struct Span {
  int64_t first = 0;
  int64_t last = -1;
  bool has_last = false;
  bool in_bits = false;
};

// The part in bits, both ends included; empty if first > last.
struct BitRange {
  int64_t first = 0;
  int64_t last = -1;
};

Status parse_unit(std::string_view word, Span& span) {
  if (base::equals_ignore_case(word, "BIT")) {
    span.in_bits = true;
  } else if (!base::equals_ignore_case(word, "BYTE")) {
    return fail(exec::errors::syntax);
  }
  return {};
}

// "[first [last [BYTE|BIT]]]" from argument `at` on. Of two mistakes, BITPOS tells that in the unit
// before that in `last`, BITCOUNT the other way round.
Result<Span> parse_span(const exec::Request& request, size_t at, bool unit_first) {
  Span span;
  if (request.size() > at + 3) {
    return fail(exec::errors::syntax);
  }
  if (request.size() > at) {
    const auto first = base::parse_int64(request.arg(at));
    if (!first) {
      return fail(exec::errors::not_integer);
    }
    span.first = *first;
  }
  if (unit_first && request.size() > at + 2) {
    GYRE_TRY(parse_unit(request.arg(at + 2), span));
  }
  if (request.size() > at + 1) {
    const auto last = base::parse_int64(request.arg(at + 1));
    if (!last) {
      return fail(exec::errors::not_integer);
    }
    span.last = *last;
    span.has_last = true;
  }
  if (!unit_first && request.size() > at + 2) {
    GYRE_TRY(parse_unit(request.arg(at + 2), span));
  }
  return span;
}

// Negative ends count from the end of the string.
BitRange bits_of(const Span& span, size_t bytes) {
  const auto total = static_cast<int64_t>(span.in_bits ? bytes * 8 : bytes);
  int64_t first = span.first < 0 ? std::max<int64_t>(span.first + total, 0) : span.first;
  int64_t last = span.last < 0 ? std::max<int64_t>(span.last + total, 0) : span.last;
  last = std::min(last, total - 1);
  if (first > last) {
    return {};
  }
  return span.in_bits ? BitRange{first, last} : BitRange{first * 8, last * 8 + 7};
}

Status bitcount(exec::Request& request, store::Shard& shard, resp::Reply& reply) {
  if (request.size() == 3) {
    return fail(exec::errors::syntax);
  }
  GYRE_TRY_LET(span, parse_span(request, 2, false));
  GYRE_TRY_LET(entry, find_string(request, shard));
  if (entry == nullptr || (span.first < 0 && span.last < 0 && span.first > span.last)) {
    reply.integer(0);
    return {};
  }
  Scratch scratch;
  const std::string_view text = string_bytes(*entry, scratch);
  const BitRange range = bits_of(span, text.size());
  uint64_t count = 0;
  if (range.first <= range.last) {
    const auto first = static_cast<uint64_t>(range.first);
    const auto last = static_cast<uint64_t>(range.last);
    count = data::count_bits(text.substr(first / 8, last / 8 - first / 8 + 1));
    // Bits of the outer bytes that lie outside were counted too.
    const auto before = static_cast<unsigned>(first % 8);
    const auto behind = static_cast<unsigned>(7 - last % 8);
    count -= static_cast<uint64_t>(std::popcount(data::read_bits(text, first - before, before)) +
                                   std::popcount(data::read_bits(text, last + 1, behind)));
  }
  reply.integer(static_cast<int64_t>(count));
  return {};
}

// The first bit of this value within the range; one behind its end if there is none.
int64_t search(std::string_view text, BitRange range, bool bit) {
  int64_t at = range.first;
  for (; at <= range.last && at % 8 != 0; ++at) {
    if ((data::read_bits(text, static_cast<uint64_t>(at), 1) != 0) == bit) {
      return at;
    }
  }
  if (at > range.last) {
    return range.last + 1;
  }
  const auto from = static_cast<size_t>(at / 8);
  const auto to = static_cast<size_t>(range.last / 8);
  const uint64_t found = data::find_bit(text.substr(from, to - from + 1), bit);
  return std::min(at + static_cast<int64_t>(found), range.last + 1);
}

Status bitpos(exec::Request& request, store::Shard& shard, resp::Reply& reply) {
  const auto number = base::parse_int64(request.arg(2));
  if (!number) {
    return fail(exec::errors::not_integer);
  }
  if (*number != 0 && *number != 1) {
    return fail("ERR The bit argument must be 1 or 0.");
  }
  const bool bit = *number == 1;
  GYRE_TRY_LET(span, parse_span(request, 3, true));
  GYRE_TRY_LET(entry, find_string(request, shard));
  if (entry == nullptr) {
    reply.integer(bit ? -1 : 0);
    return {};
  }
  Scratch scratch;
  const std::string_view text = string_bytes(*entry, scratch);
  const BitRange range = bits_of(span, text.size());
  int64_t at = range.first > range.last ? -1 : search(text, range, bit);
  // A string without an explicit end goes on with zeros for ever.
  if (at > range.last && (bit || span.has_last)) {
    at = -1;
  }
  reply.integer(at);
  return {};
}

constexpr exec::Change kBitcountHistory[] = {{"7.0.0", "Added the BYTE and BIT options."}};

constexpr exec::Command kRows[] = {
    {.name = "BITCOUNT",
     .since = "2.6.0",
     .group = exec::Group::bitmap,
     .complexity = "O(N) where N is the size of the part",
     .summary = "Counts the set bits in the string at a key, or in a part of it.",
     .syntax = "key [start end [BYTE|BIT]]",
     .history = kBitcountHistory,
     .flags = exec::kReadonly,
     .keys = exec::kReadKey,
     .shape = exec::owner(bitcount)},
    {.name = "BITPOS",
     .since = "2.8.7",
     .group = exec::Group::bitmap,
     .complexity = "O(N) where N is the size of the part",
     .summary = "Finds the first set or clear bit in the string at a key.",
     .syntax = "key bit:integer [start [end [BYTE|BIT]]]",
     .history = kBitcountHistory,
     .flags = exec::kReadonly,
     .keys = exec::kReadKey,
     .shape = exec::owner(bitpos)},
};

}  // namespace

extern const exec::Rows bitmap_bitcount{kRows};

}  // namespace gyre::commands
