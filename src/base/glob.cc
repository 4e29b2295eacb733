#include "base/glob.h"

#include <utility>

#include "base/text.h"

namespace gyre::base {
namespace {

class Matcher {
 public:
  Matcher(std::string_view pattern, bool ignore_case)
      : pattern_(pattern), ignore_case_(ignore_case) {}

  bool run(std::string_view text);

 private:
  bool same(char left, char right) const {
    return left == right || (ignore_case_ && to_lower(left) == to_lower(right));
  }

  // Matches one byte against the element at `at`, and moves `at` behind that element.
  bool take(size_t& at, char c) const;
  bool take_class(size_t& at, char c) const;
  bool in_range(char from, char to, char c) const;

  std::string_view pattern_;
  bool ignore_case_;
};

// Every element but '*' takes exactly one byte, so a match exists if and only if one exists in
// which each star but the last took as little as it could: on a mismatch only the last star is
// extended.
bool Matcher::run(std::string_view text) {
  constexpr size_t kNone = std::string_view::npos;
  size_t at = 0;
  size_t next = 0;
  size_t star_at = kNone;
  size_t star_next = 0;
  while (next < text.size()) {
    if (at < pattern_.size() && pattern_[at] == '*') {
      star_at = ++at;
      star_next = next;
      if (at == pattern_.size()) {
        return true;
      }
    } else if (at < pattern_.size() && take(at, text[next])) {
      ++next;
    } else if (star_at != kNone) {
      at = star_at;
      next = ++star_next;
    } else {
      return false;
    }
  }
  while (at < pattern_.size() && pattern_[at] == '*') {
    ++at;
  }
  return at == pattern_.size();
}

bool Matcher::take(size_t& at, char c) const {
  switch (pattern_[at]) {
    case '?':
      ++at;
      return true;
    case '[':
      ++at;
      return take_class(at, c);
    case '\\':
      if (at + 1 < pattern_.size()) {
        ++at;
      }
      [[fallthrough]];
    default:
      return same(pattern_[at++], c);
  }
}

bool Matcher::take_class(size_t& at, char c) const {
  const size_t size = pattern_.size();
  const bool negated = at < size && pattern_[at] == '^';
  if (negated) {
    ++at;
  }
  bool found = false;
  while (at < size && pattern_[at] != ']') {
    if (pattern_[at] == '\\' && at + 1 < size) {
      found |= pattern_[at + 1] == c;
      at += 2;
    } else if (at + 2 < size && pattern_[at + 1] == '-') {
      // Even a ']' can be the upper bound.
      found |= in_range(pattern_[at], pattern_[at + 2], c);
      at += 3;
    } else {
      found |= same(pattern_[at], c);
      ++at;
    }
  }
  if (at < size) {
    ++at;  // the ']'
  }
  return found != negated;
}

// Bytes are ordered as signed ones, and bounds are swapped before their case is folded: so does
// Redis on x86, and [Z-a] or a range that ends above 0x7f shows it.
bool Matcher::in_range(char from, char to, char c) const {
  auto low = static_cast<signed char>(from);
  auto high = static_cast<signed char>(to);
  if (low > high) {
    std::swap(low, high);
  }
  if (ignore_case_) {
    low = static_cast<signed char>(to_lower(static_cast<char>(low)));
    high = static_cast<signed char>(to_lower(static_cast<char>(high)));
    c = to_lower(c);
  }
  const auto value = static_cast<signed char>(c);
  return low <= value && value <= high;
}

}  // namespace

bool glob_match(std::string_view pattern, std::string_view text, bool ignore_case) {
  if (text.empty()) {
    return pattern.empty();
  }
  return Matcher(pattern, ignore_case).run(text);
}

}  // namespace gyre::base
