// ASCII text: case-insensitive comparison, quoting, and the splitting of a line into arguments.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace gyre::base {

// ASCII only, whatever the locale; other bytes stay as they are.
inline char to_lower(char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c | 0x20) : c; }
inline char to_upper(char c) { return c >= 'a' && c <= 'z' ? static_cast<char>(c & ~0x20) : c; }
std::string to_lower(std::string_view text);
std::string to_upper(std::string_view text);

// The isspace() of the C locale.
inline bool is_space(char c) { return c == ' ' || (c >= '\t' && c <= '\r'); }

// ASCII letters match in either case, all other bytes exactly.
bool equals_ignore_case(std::string_view left, std::string_view right);

// The text in double quotes with \\ \" \n \r \t \a \b and \xhh escapes: split_args reads it back.
std::string escape_quoted(std::string_view text);

// Two lower-case hex digits a byte, as digests are shown.
std::string to_hex(std::span<const uint8_t> bytes);

// Splits a line as an inline command and redis.conf do: blanks separate, "..." knows the escapes of
// escape_quoted, '...' only \'. Nothing when quotes stay open or text follows a closing quote. A
// NUL byte ends the line.
std::optional<std::vector<std::string>> split_args(std::string_view line);

}  // namespace gyre::base
