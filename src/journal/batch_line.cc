#include "journal/batch_line.h"

#include <algorithm>
#include <charconv>

#include "base/crc.h"
#include "base/number.h"

namespace gyre::journal {
namespace {

char* put_number(char* out, uint64_t number, char behind) {
  out += base::format_uint64(out, number);
  *out++ = behind;
  return out;
}

// The line up to the checksum.
size_t format_head(char* out, const BatchLine& line) {
  char* const begin = out;
  out = std::copy(kBatchMark.begin(), kBatchMark.end(), out);
  out = put_number(out, line.core, ':');
  out = put_number(out, line.number, ':');
  out = put_number(out, line.size, ':');
  return static_cast<size_t>(out - begin);
}

size_t format_tail(char* out, const BatchLine& line) {
  char* const begin = out;
  out = put_number(out, line.transaction, '/');
  out += base::format_uint64(out, line.parts);
  return static_cast<size_t>(out - begin);
}

char* put_checksum(char* out, uint32_t crc) {
  constexpr std::string_view kDigits = "0123456789abcdef";
  for (int shift = 28; shift >= 0; shift -= 4) {
    *out++ = kDigits[crc >> shift & 0xf];
  }
  return out;
}

// Takes a number and what must follow it off the text.
bool take_number(std::string_view& text, char end, uint64_t& value) {
  const size_t at = end == '\0' ? text.size() : text.find(end);
  if (at == std::string_view::npos) {
    return false;
  }
  const std::string_view digits = text.substr(0, at);
  const auto number = base::parse_uint64(digits);
  if (!number || (digits.size() > 1 && digits[0] == '0')) {
    return false;
  }
  value = *number;
  text.remove_prefix(end == '\0' ? at : at + 1);
  return true;
}

bool take_checksum(std::string_view& text, uint32_t& value) {
  constexpr size_t kDigits = 8;
  if (text.size() <= kDigits || text[kDigits] != ':') {
    return false;
  }
  const char* end = text.data() + kDigits;
  const bool is_lower = text.substr(0, kDigits).find_first_of("ABCDEF") == std::string_view::npos;
  const auto result = std::from_chars(text.data(), end, value, 16);
  text.remove_prefix(kDigits + 1);
  return is_lower && result.ec == std::errc() && result.ptr == end;
}

}  // namespace

uint32_t checksum(const BatchLine& line, std::string_view records, uint32_t seed) {
  char text[kBatchLineMax];
  uint32_t crc = base::crc32c(seed, records);
  crc = base::crc32c(crc, {text, format_head(text, line)});
  return base::crc32c(crc, {text, format_tail(text, line)});
}

size_t format_batch_line(char* out, const BatchLine& line, std::string_view records,
                         uint32_t seed) {
  const size_t head_size = format_head(out, line);
  char tail[kBatchLineMax];
  const size_t tail_size = format_tail(tail, line);
  uint32_t crc = base::crc32c(seed, records);
  crc = base::crc32c(crc, {out, head_size});
  crc = base::crc32c(crc, {tail, tail_size});
  char* end = put_checksum(out + head_size, crc);
  *end++ = ':';
  end = std::copy_n(tail, tail_size, end);
  *end++ = '\r';
  *end++ = '\n';
  return static_cast<size_t>(end - out);
}

std::optional<BatchLine> parse_batch_line(std::string_view text) {
  BatchLine line;
  uint64_t core = 0;
  uint64_t parts = 0;
  if (!text.starts_with(kBatchMark) || text.size() >= kBatchLineMax) {
    return std::nullopt;
  }
  text.remove_prefix(kBatchMark.size());
  const bool is_whole = take_number(text, ':', core) && take_number(text, ':', line.number) &&
                        take_number(text, ':', line.size) && take_checksum(text, line.crc) &&
                        take_number(text, '/', line.transaction) && take_number(text, '\0', parts);
  if (!is_whole || core > UINT16_MAX || parts > UINT16_MAX) {
    return std::nullopt;
  }
  line.core = static_cast<uint32_t>(core);
  line.parts = static_cast<uint32_t>(parts);
  return line;
}

}  // namespace gyre::journal
