#include "journal/batch_line.h"

#include <charconv>
#include <cstdio>

#include "base/crc.h"
#include "base/number.h"

namespace gyre::journal {
namespace {

// The line up to the checksum.
size_t format_head(char* out, const BatchLine& line) {
  const int size =
      std::snprintf(out, kBatchLineMax, "%.*s%u:%llu:%llu:", static_cast<int>(kBatchMark.size()),
                    kBatchMark.data(), line.core, static_cast<unsigned long long>(line.number),
                    static_cast<unsigned long long>(line.size));
  return static_cast<size_t>(size);
}

size_t format_tail(char* out, const BatchLine& line) {
  const int size = std::snprintf(out, kBatchLineMax, "%llu/%u",
                                 static_cast<unsigned long long>(line.transaction), line.parts);
  return static_cast<size_t>(size);
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
  size_t size = format_head(out, line);
  size_t tail_size = 0;
  char tail[kBatchLineMax];
  tail_size = format_tail(tail, line);
  uint32_t crc = base::crc32c(seed, records);
  crc = base::crc32c(crc, {out, size});
  crc = base::crc32c(crc, {tail, tail_size});
  size += static_cast<size_t>(std::snprintf(out + size, kBatchLineMax - size, "%08x:%.*s\r\n", crc,
                                            static_cast<int>(tail_size), tail));
  return size;
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
