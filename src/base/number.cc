#include "base/number.h"

#include <bit>
#include <cstring>

#include "base/text.h"

namespace gyre::base {
namespace {

constexpr char kDigitPairs[] =
    "00010203040506070809101112131415161718192021222324252627282930313233343536373839404142434445"
    "46474849505152535455565758596061626364656667686970717273747576777879808182838485868788899091"
    "9293949596979899";

constexpr uint64_t kPowersOf10[] = {1u,
                                    10u,
                                    100u,
                                    1'000u,
                                    10'000u,
                                    100'000u,
                                    1'000'000u,
                                    10'000'000u,
                                    100'000'000u,
                                    1'000'000'000u,
                                    10'000'000'000u,
                                    100'000'000'000u,
                                    1'000'000'000'000u,
                                    10'000'000'000'000u,
                                    100'000'000'000'000u,
                                    1'000'000'000'000'000u,
                                    10'000'000'000'000'000u,
                                    100'000'000'000'000'000u,
                                    1'000'000'000'000'000'000u,
                                    10'000'000'000'000'000'000u};

unsigned digit_of(char c) { return static_cast<unsigned>(static_cast<unsigned char>(c)) - '0'; }

}  // namespace

std::optional<int64_t> parse_int64(std::string_view text) {
  const size_t negative = !text.empty() && text[0] == '-' ? 1 : 0;
  const size_t digits = text.size() - negative;
  // Twenty digits without a leading zero are beyond int64_t; nineteen cannot overflow uint64_t.
  if (digits == 0 || digits > 19) {
    return std::nullopt;
  }
  const char* const begin = text.data() + negative;
  uint64_t value = digit_of(begin[0]);
  if (value - 1 > 8) [[unlikely]] {
    if (value == 0 && text.size() == 1) {
      return 0;
    }
    return std::nullopt;
  }
  for (size_t i = 1; i < digits; ++i) {
    const unsigned digit = digit_of(begin[i]);
    if (digit > 9) [[unlikely]] {
      return std::nullopt;
    }
    value = value * 10 + digit;
  }
  if (value > static_cast<uint64_t>(INT64_MAX) + negative) [[unlikely]] {
    return std::nullopt;
  }
  return static_cast<int64_t>(negative != 0 ? 0 - value : value);
}

std::optional<uint64_t> parse_uint64(std::string_view text) {
  if (text.empty()) {
    return std::nullopt;
  }
  uint64_t value = 0;
  for (const char c : text) {
    const unsigned digit = digit_of(c);
    if (digit > 9 || __builtin_mul_overflow(value, uint64_t{10}, &value) ||
        __builtin_add_overflow(value, uint64_t{digit}, &value)) [[unlikely]] {
      return std::nullopt;
    }
  }
  return value;
}

std::optional<int64_t> parse_memory(std::string_view text) {
  size_t digits = 0;
  while (digits < text.size() && digit_of(text[digits]) <= 9) {
    ++digits;
  }
  const auto count = parse_uint64(text.substr(0, digits));
  if (!count) {
    return std::nullopt;
  }
  struct Unit {
    std::string_view name;
    uint64_t bytes;
  };
  static constexpr Unit kUnits[] = {
      {"", 1},          {"b", 1},         {"k", 1'000},         {"kb", 1u << 10},
      {"m", 1'000'000}, {"mb", 1u << 20}, {"g", 1'000'000'000}, {"gb", 1u << 30}};
  for (const Unit& unit : kUnits) {
    if (equals_ignore_case(text.substr(digits), unit.name)) {
      int64_t bytes = 0;
      if (__builtin_mul_overflow(*count, unit.bytes, &bytes)) {
        return std::nullopt;
      }
      return bytes;
    }
  }
  return std::nullopt;
}

int digits10(uint64_t value) {
  // 1233 / 4096 is log10(2), so the guess is right or one too high.
  const int guess = static_cast<int>(std::bit_width(value | 1)) * 1233 >> 12;
  return guess + (value >= kPowersOf10[guess] ? 1 : 0) + (value == 0 ? 1 : 0);
}

size_t format_uint64(char* out, uint64_t value) {
  const auto size = static_cast<size_t>(digits10(value));
  size_t at = size;
  while (value >= 100) {
    at -= 2;
    std::memcpy(out + at, kDigitPairs + value % 100 * 2, 2);
    value /= 100;
  }
  if (value >= 10) {
    std::memcpy(out, kDigitPairs + value * 2, 2);
  } else {
    out[0] = static_cast<char>('0' + value);
  }
  return size;
}

size_t format_int64(char* out, int64_t value) {
  if (value >= 0) {
    return format_uint64(out, static_cast<uint64_t>(value));
  }
  out[0] = '-';
  return 1 + format_uint64(out + 1, 0 - static_cast<uint64_t>(value));
}

}  // namespace gyre::base
