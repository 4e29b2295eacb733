// Numbers from and to text by the exact rules of Redis, so that values survive in both directions.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string_view>

namespace gyre::base {

// Room a caller must give to the format functions. Nothing writes a terminating NUL.
inline constexpr size_t kIntCharsMax = 21;
inline constexpr size_t kDoubleCharsMax = 32;
inline constexpr size_t kLongDoubleCharsMax = 5 * 1024;

// The canonical form only, which is what an integer-encoded value must print back as: no '+', no
// space, no leading zero, no "-0", within int64_t.
std::optional<int64_t> parse_int64(std::string_view text);

// One or more digits, nothing else, within uint64_t; leading zeros are allowed ("007" is 7), as
// for a SCAN cursor or a stream ID. Redis goes through strtoul() here and so also lets a sign pass
// ("+5", "-05"); that accident is not repeated.
std::optional<uint64_t> parse_uint64(std::string_view text);

// What strtod() takes in the C locale ("1.5", "+1", ".5", "1e5", "0x1p3", "inf", "-Infinity") if it
// consumes all of the text. Refused: leading space, NaN, overflow, and underflow to zero.
std::optional<double> parse_double(std::string_view text);

// The same where Redis reads with less care, the bounds of scores: leading space, overflow (to
// infinity), underflow (to zero) are let pass, no text is 0, and a NUL byte ends the text.
std::optional<double> parse_bound(std::string_view text);

// Same for INCRBYFLOAT's type; a text of kLongDoubleCharsMax bytes or more is refused as well.
std::optional<long double> parse_long_double(std::string_view text);

// A byte count with an optional unit in any case: b, k, kb, m, mb, g, gb (k = 1000, kb = 1024).
// Redis wraps on overflow; here that is refused, like a sign or a missing number.
std::optional<int64_t> parse_memory(std::string_view text);

// Number of decimal digits; 1 for zero.
int digits10(uint64_t value);

// Each writes to `out` and returns the number of bytes written.
size_t format_int64(char* out, int64_t value);    // at most kIntCharsMax
size_t format_uint64(char* out, uint64_t value);  // at most kIntCharsMax

// As a double travels in replies and files: "inf", "-inf", "nan", "-0", whole numbers up to 2^62
// without an exponent, else the shortest digits that read back as the same double. At most
// kDoubleCharsMax bytes.
size_t format_double(char* out, double value);

// The result of INCRBYFLOAT: never an exponent, 17 decimals with the trailing zeros cut off. At
// most kLongDoubleCharsMax bytes.
size_t format_long_double_human(char* out, long double value);

}  // namespace gyre::base
