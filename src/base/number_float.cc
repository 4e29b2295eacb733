// The floating-point half of base/number.h.
#include <locale.h>

#include <cerrno>
#include <charconv>
#include <cmath>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <string>

#include "base/number.h"
#include "base/text.h"

namespace gyre::base {
namespace {

// An embedding program may have set a locale with another decimal point.
locale_t c_locale() {
  static const locale_t locale = newlocale(LC_ALL_MASK, "C", nullptr);
  return locale;
}

// `text` is not empty and followed by a NUL; `convert` is strtod_l or strtold_l.
template <typename Float>
std::optional<Float> convert_all(const char* text, size_t size,
                                 Float (*convert)(const char*, char**, locale_t)) {
  if (is_space(text[0])) {
    return std::nullopt;
  }
  errno = 0;
  char* end = nullptr;
  const Float value = convert(text, &end, c_locale());
  const bool out_of_range = errno == ERANGE && (std::isinf(value) || value == 0);
  if (end != text + size || out_of_range || std::isnan(value)) {
    return std::nullopt;
  }
  return value;
}

// Lays out `count` digits whose first one weighs 10^exponent, the way replies of Redis 7.2 do.
size_t lay_out(char* out, const char* digits, int count, int exponent) {
  const int last = exponent - count + 1;  // the weight of the last digit
  const auto size = static_cast<size_t>(count);
  if (last >= 0 && exponent < count + 7) {
    std::memcpy(out, digits, size);
    std::memset(out + count, '0', static_cast<size_t>(last));
    return size + static_cast<size_t>(last);
  }
  if (last < 0 && (last > -7 || std::abs(exponent) < 4)) {
    if (exponent < 0) {
      const auto zeros = static_cast<size_t>(-exponent - 1);
      std::memcpy(out, "0.", 2);
      std::memset(out + 2, '0', zeros);
      std::memcpy(out + 2 + zeros, digits, size);
      return 2 + zeros + size;
    }
    const auto whole = static_cast<size_t>(exponent + 1);
    std::memcpy(out, digits, whole);
    out[whole] = '.';
    std::memcpy(out + whole + 1, digits + whole, size - whole);
    return size + 1;
  }
  char* at = out;
  *at++ = digits[0];
  if (count > 1) {
    *at++ = '.';
    std::memcpy(at, digits + 1, size - 1);
    at += size - 1;
  }
  *at++ = 'e';
  *at++ = exponent < 0 ? '-' : '+';
  at += format_uint64(at, static_cast<uint64_t>(std::abs(exponent)));
  return static_cast<size_t>(at - out);
}

}  // namespace

std::optional<double> parse_double(std::string_view text) {
  if (text.empty()) {
    return std::nullopt;
  }
  constexpr int64_t kExactMax = int64_t{1} << 53;
  if (const auto whole = parse_int64(text); whole && *whole >= -kExactMax && *whole <= kExactMax) {
    return static_cast<double>(*whole);
  }
  // from_chars is several times faster, but knows neither '+' nor hex and has its own opinion on
  // underflow: it decides only the plain cases.
  double value = 0;
  const char* const end = text.data() + text.size();
  const auto [stop, error] = std::from_chars(text.data(), end, value);
  if (error == std::errc{} && stop == end && value != 0 && std::isfinite(value)) {
    return value;
  }
  char small[128];
  if (text.size() < sizeof small) {
    std::memcpy(small, text.data(), text.size());
    small[text.size()] = '\0';
    return convert_all<double>(small, text.size(), strtod_l);
  }
  const std::string large(text);
  return convert_all<double>(large.c_str(), large.size(), strtod_l);
}

std::optional<double> parse_bound(std::string_view text) {
  if (const auto value = parse_double(text)) {
    return value;
  }
  const std::string copy(text);
  char* end = nullptr;
  const double value = strtod_l(copy.c_str(), &end, c_locale());
  if (*end != '\0' || std::isnan(value)) {
    return std::nullopt;
  }
  return value;
}

std::optional<long double> parse_long_double(std::string_view text) {
  if (text.empty() || text.size() >= kLongDoubleCharsMax) {
    return std::nullopt;
  }
  char buffer[kLongDoubleCharsMax];
  std::memcpy(buffer, text.data(), text.size());
  buffer[text.size()] = '\0';
  return convert_all<long double>(buffer, text.size(), strtold_l);
}

size_t format_double(char* out, double value) {
  if (std::isnan(value)) {
    std::memcpy(out, "nan", 3);
    return 3;
  }
  size_t sign = 0;
  if (std::signbit(value)) {
    *out++ = '-';
    sign = 1;
    value = -value;
  }
  if (std::isinf(value)) {
    std::memcpy(out, "inf", 3);
    return sign + 3;
  }
  constexpr double kWholeMax = 0x1p62;
  if (value <= kWholeMax && std::trunc(value) == value) {
    return sign + format_uint64(out, static_cast<uint64_t>(value));
  }
  // "d.ddde[+-]xx" gives the shortest digits and their exponent, from which the text is laid out.
  char scientific[32];
  const auto shortest = std::to_chars(scientific, scientific + sizeof scientific, value,
                                      std::chars_format::scientific);
  char digits[20];
  int count = 0;
  const char* at = scientific;
  for (; *at != 'e'; ++at) {
    if (*at != '.') {
      digits[count++] = *at;
    }
  }
  int exponent = 0;
  std::from_chars(at[1] == '+' ? at + 2 : at + 1, shortest.ptr, exponent);
  return sign + lay_out(out, digits, count, exponent);
}

size_t format_long_double_human(char* out, long double value) {
  if (std::isnan(value)) {
    std::memcpy(out, "nan", 3);
    return 3;
  }
  if (std::isinf(value)) {
    const std::string_view text = value > 0 ? "inf" : "-inf";
    std::memcpy(out, text.data(), text.size());
    return text.size();
  }
  const locale_t before = uselocale(c_locale());
  auto size = static_cast<size_t>(std::snprintf(out, kLongDoubleCharsMax, "%.17Lf", value));
  uselocale(before);
  while (out[size - 1] == '0') {
    --size;
  }
  if (out[size - 1] == '.') {
    --size;
  }
  if (size == 2 && out[0] == '-' && out[1] == '0') {
    out[0] = '0';
    size = 1;
  }
  return size;
}

}  // namespace gyre::base
