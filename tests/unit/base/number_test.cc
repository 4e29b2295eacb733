// Tests of base/number.h against the rules and outputs of Redis.
#include "base/number.h"

#include <clocale>
#include <cmath>
#include <cstdint>
#include <limits>
#include <string>

#include <gtest/gtest.h>

namespace gyre::base {
namespace {

constexpr int64_t kMin = std::numeric_limits<int64_t>::min();
constexpr int64_t kMax = std::numeric_limits<int64_t>::max();

std::string text_of(int64_t value) {
  char out[kIntCharsMax];
  return {out, format_int64(out, value)};
}

std::string text_of(double value) {
  char out[kDoubleCharsMax];
  return {out, format_double(out, value)};
}

std::string human(long double value) {
  char out[kLongDoubleCharsMax];
  return {out, format_long_double_human(out, value)};
}

TEST(Number, parses_canonical_integers) {
  EXPECT_EQ(parse_int64("0"), 0);
  EXPECT_EQ(parse_int64("7"), 7);
  EXPECT_EQ(parse_int64("-7"), -7);
  EXPECT_EQ(parse_int64("1234567890"), 1234567890);
  EXPECT_EQ(parse_int64("9223372036854775807"), kMax);
  EXPECT_EQ(parse_int64("-9223372036854775807"), kMin + 1);
  EXPECT_EQ(parse_int64("-9223372036854775808"), kMin);
}

TEST(Number, refuses_integers_that_would_not_print_back) {
  for (const char* text : {"",
                           "-",
                           "+1",
                           "-0",
                           "00",
                           "01",
                           "-01",
                           " 1",
                           "1 ",
                           "1a",
                           "a",
                           "--1",
                           "1-",
                           "1.0",
                           "0x1",
                           "9223372036854775808",
                           "-9223372036854775809",
                           "9999999999999999999",
                           "-9999999999999999999",
                           "10000000000000000000",
                           "18446744073709551616",
                           "-10000000000000000000",
                           "100000000000000000000000000",
                           "/",
                           ":",
                           "1:",
                           "1/"}) {
    EXPECT_EQ(parse_int64(text), std::nullopt) << text;
  }
  EXPECT_EQ(parse_int64(std::string_view("1\0", 2)), std::nullopt);
  EXPECT_EQ(parse_int64(std::string_view("\0", 1)), std::nullopt);
}

TEST(Number, parses_unsigned_digits_only) {
  EXPECT_EQ(parse_uint64("0"), 0u);
  EXPECT_EQ(parse_uint64("007"), 7u);
  EXPECT_EQ(parse_uint64("18446744073709551615"), UINT64_MAX);
  EXPECT_EQ(parse_uint64("00000000000000000000000018446744073709551615"), UINT64_MAX);
  for (const char* text : {"", "-1", "+1", " 1", "1 ", "-0", "0x1", "18446744073709551616",
                           "18446744073709551620", "99999999999999999999999"}) {
    EXPECT_EQ(parse_uint64(text), std::nullopt) << text;
  }
}

TEST(Number, integers_survive_both_ways) {
  const auto check = [](int64_t value) {
    const std::string text = text_of(value);
    EXPECT_EQ(text, std::to_string(value));
    EXPECT_EQ(parse_int64(text), value);
  };
  check(0);
  check(kMin);
  check(kMax);
  for (uint64_t power = 1; power < 10'000'000'000'000'000'000u; power *= 10) {
    for (const int64_t off : {-1, 0, 1}) {
      check(static_cast<int64_t>(power) + off);
      check(-static_cast<int64_t>(power) + off);
    }
  }
  for (int bit = 0; bit < 63; ++bit) {
    for (const int64_t off : {-1, 0, 1}) {
      check((int64_t{1} << bit) + off);
      check(-(int64_t{1} << bit) + off);
    }
  }
}

TEST(Number, counts_and_formats_unsigned_digits) {
  EXPECT_EQ(digits10(0), 1);
  EXPECT_EQ(digits10(UINT64_MAX), 20);
  char out[kIntCharsMax];
  EXPECT_EQ(std::string(out, format_uint64(out, UINT64_MAX)), "18446744073709551615");
  uint64_t power = 1;
  for (int digits = 1; digits <= 20; ++digits, power *= 10) {
    EXPECT_EQ(digits10(power), digits);
    if (power > 1) {
      EXPECT_EQ(digits10(power - 1), digits - 1);
    }
    EXPECT_EQ(std::string(out, format_uint64(out, power)), std::to_string(power));
  }
}

TEST(Number, parses_doubles_as_strtod_does) {
  EXPECT_EQ(parse_double("0"), 0.0);
  EXPECT_EQ(parse_double("0.0"), 0.0);
  EXPECT_TRUE(std::signbit(*parse_double("-0")));
  EXPECT_EQ(parse_double("3.0"), 3.0);
  EXPECT_EQ(parse_double("+1.5"), 1.5);
  EXPECT_EQ(parse_double("007"), 7.0);
  EXPECT_EQ(parse_double(".5"), 0.5);
  EXPECT_EQ(parse_double("5."), 5.0);
  EXPECT_EQ(parse_double("1e5"), 1e5);
  EXPECT_EQ(parse_double("1E+5"), 1e5);
  EXPECT_EQ(parse_double("0x10"), 16.0);
  EXPECT_EQ(parse_double("-0x1p-1"), -0.5);
  EXPECT_EQ(parse_double("9007199254740993"), 9007199254740992.0);
  EXPECT_EQ(parse_double("9223372036854775807"), 9223372036854775808.0);
  EXPECT_EQ(parse_double("4.9406564584124654e-324"), 4.9406564584124654e-324);
  EXPECT_EQ(parse_double("1e-320"), 1e-320);
  EXPECT_EQ(parse_double("1" + std::string(200, '0')), 1e200);
  EXPECT_EQ(parse_double("0." + std::string(6000, '0')), 0.0);
  for (const char* text : {"inf", "+inf", "Inf", "INFINITY", "infinity"}) {
    EXPECT_EQ(parse_double(text), HUGE_VAL) << text;
  }
  EXPECT_EQ(parse_double("-inf"), -HUGE_VAL);
}

TEST(Number, bounds_are_read_with_less_care) {
  EXPECT_EQ(parse_bound("1.5"), 1.5);
  EXPECT_EQ(parse_bound(""), 0.0);
  EXPECT_EQ(parse_bound(" 2"), 2.0);
  EXPECT_EQ(parse_bound("1e400"), std::numeric_limits<double>::infinity());
  EXPECT_EQ(parse_bound("-1e400"), -std::numeric_limits<double>::infinity());
  EXPECT_EQ(parse_bound("1e-400"), 0.0);
  EXPECT_EQ(parse_bound(std::string_view("3\0x", 3)), 3.0);
  for (const char* text : {"x", "1x", "1 ", "nan", "--1", "1.5.5"}) {
    EXPECT_FALSE(parse_bound(text).has_value()) << text;
  }
}

TEST(Number, refuses_what_is_not_wholly_a_double) {
  for (const char* text :
       {"",     " 1",     "\t1",   "1 ",     "1x",     "x",       "nan", "-nan",
        "NAN",  "nan(1)", "1e400", "-1e400", "1e-400", "-1e-400", "0x",  "1e",
        "infx", "in",     "--1",   "+-1",    "+ 1",    ".",       "1,5", "1.5.5"}) {
    EXPECT_EQ(parse_double(text), std::nullopt) << text;
    if (std::string_view(text).find("400") == std::string_view::npos) {
      EXPECT_EQ(parse_long_double(text), std::nullopt) << text;
    }
  }
  EXPECT_EQ(parse_double(std::string_view("1\0", 2)), std::nullopt);
  EXPECT_EQ(parse_double(std::string_view("1.5\0", 4)), std::nullopt);
  EXPECT_EQ(parse_long_double(std::string_view("1.5\0", 4)), std::nullopt);
}

TEST(Number, parses_long_doubles_up_to_their_own_limits) {
  EXPECT_EQ(parse_long_double("10.5"), 10.5L);
  EXPECT_EQ(parse_long_double("1e400"), 1e400L);
  EXPECT_EQ(parse_long_double("1e-400"), 1e-400L);
  EXPECT_EQ(parse_long_double("inf"), HUGE_VALL);
  EXPECT_EQ(parse_long_double("1e5000"), std::nullopt);
  EXPECT_EQ(parse_long_double("1e-5000"), std::nullopt);
  EXPECT_TRUE(parse_long_double("1." + std::string(kLongDoubleCharsMax - 3, '0')));
  EXPECT_FALSE(parse_long_double("1." + std::string(kLongDoubleCharsMax - 2, '0')));
}

TEST(Number, formats_doubles_as_replies) {
  struct Case {
    double value;
    const char* text;
  };
  for (const Case& c : {Case{0.0, "0"},
                        {-0.0, "-0"},
                        {1.0, "1"},
                        {-17.0, "-17"},
                        {3.1, "3.1"},
                        {-0.1, "-0.1"},
                        {0.30000000000000004, "0.30000000000000004"},
                        {1e15, "1000000000000000"},
                        {4611686018427387904.0, "4611686018427387904"},
                        {-4611686018427387904.0, "-4611686018427387904"},
                        {9223372036854775808.0, "9223372036854776000"},
                        {1e19, "1e+19"},
                        {1.5e19, "1.5e+19"},
                        {1e300, "1e+300"},
                        {-1.25e-300, "-1.25e-300"},
                        {0.001, "0.001"},
                        {0.0001, "0.0001"},
                        {0.000001, "0.000001"},
                        {0.0000001, "1e-7"},
                        {0.0012345678901234567, "0.0012345678901234567"},
                        {0.00012345678901234567, "1.2345678901234567e-4"},
                        {123456.789, "123456.789"},
                        {1.7976931348623157e308, "1.7976931348623157e+308"},
                        {5e-324, "5e-324"},
                        {HUGE_VAL, "inf"},
                        {-HUGE_VAL, "-inf"},
                        {std::nan(""), "nan"},
                        {-std::nan(""), "nan"}}) {
    EXPECT_EQ(text_of(c.value), c.text);
  }
}

TEST(Number, doubles_survive_both_ways_within_their_buffer) {
  uint64_t bits = 1;
  for (int i = 0; i < 200'000; ++i) {
    bits = bits * 6364136223846793005u + 1442695040888963407u;
    const uint64_t mixed = bits ^ bits >> 29;
    double value;
    static_assert(sizeof value == sizeof mixed);
    __builtin_memcpy(&value, &mixed, sizeof value);
    if (std::isnan(value)) {
      continue;
    }
    if (i % 2 != 0) {
      value = std::fmod(value, 1e6);  // the range of everyday scores
    }
    char out[kDoubleCharsMax + 1];
    out[kDoubleCharsMax - 2] = '#';
    const size_t size = format_double(out, value);
    ASSERT_LT(size, kDoubleCharsMax - 2);
    ASSERT_EQ(out[kDoubleCharsMax - 2], '#');
    ASSERT_EQ(parse_double({out, size}), value) << std::string(out, size);
  }
}

TEST(Number, formats_long_doubles_without_exponent) {
  EXPECT_EQ(human(0), "0");
  EXPECT_EQ(human(-0.0L), "0");
  EXPECT_EQ(human(-1e-30L), "0");
  EXPECT_EQ(human(3.0L), "3");
  EXPECT_EQ(human(10.6L), "10.6");
  EXPECT_EQ(human(-10.25L), "-10.25");
  EXPECT_EQ(human(5.0e3L), "5000");
  EXPECT_EQ(human(100L), "100");
  EXPECT_EQ(human(0.00000000000000001L), "0.00000000000000001");
  EXPECT_EQ(human(1e30L), "1000000000000000000024696061952");
  EXPECT_EQ(human(HUGE_VALL), "inf");
  EXPECT_EQ(human(-HUGE_VALL), "-inf");
  EXPECT_EQ(human(std::nanl("")), "nan");
  const std::string largest = human(-std::numeric_limits<long double>::max());
  EXPECT_GT(largest.size(), 4000u);
  EXPECT_LT(largest.size(), kLongDoubleCharsMax);
}

TEST(Number, a_view_of_nothing_is_no_number) {
  const std::string_view nothing;  // its data() is a null pointer
  EXPECT_EQ(parse_int64(nothing), std::nullopt);
  EXPECT_EQ(parse_uint64(nothing), std::nullopt);
  EXPECT_EQ(parse_double(nothing), std::nullopt);
  EXPECT_EQ(parse_long_double(nothing), std::nullopt);
  EXPECT_EQ(parse_memory(nothing), std::nullopt);
}

TEST(Number, does_not_follow_the_locale) {
  if (std::setlocale(LC_ALL, "de_DE.UTF-8") == nullptr) {
    GTEST_SKIP() << "no locale with a decimal comma is installed";
  }
  EXPECT_EQ(parse_double("+1.5"), 1.5);
  EXPECT_EQ(parse_long_double("1.5"), 1.5L);
  EXPECT_EQ(parse_double("1,5"), std::nullopt);
  EXPECT_EQ(human(1.5L), "1.5");
  EXPECT_EQ(text_of(1.5), "1.5");
  std::setlocale(LC_ALL, "C");
}

TEST(Number, parses_amounts_of_memory) {
  EXPECT_EQ(parse_memory("0"), 0);
  EXPECT_EQ(parse_memory("100"), 100);
  EXPECT_EQ(parse_memory("100b"), 100);
  EXPECT_EQ(parse_memory("1k"), 1000);
  EXPECT_EQ(parse_memory("1KB"), 1024);
  EXPECT_EQ(parse_memory("2m"), 2'000'000);
  EXPECT_EQ(parse_memory("100mb"), 100 * 1024 * 1024);
  EXPECT_EQ(parse_memory("1g"), 1'000'000'000);
  EXPECT_EQ(parse_memory("3Gb"), int64_t{3} << 30);
  EXPECT_EQ(parse_memory("9223372036854775807"), kMax);
  for (const char* text : {"", "-1", "+1", "mb", "1tb", "1 mb", "1.5gb", "1mbx", "1kk", " 1",
                           "9223372036854775808", "99999999999gb", "18446744073709551617"}) {
    EXPECT_EQ(parse_memory(text), std::nullopt) << text;
  }
}

}  // namespace
}  // namespace gyre::base
