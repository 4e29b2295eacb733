#include "base/text.h"

#include <cstdint>
#include <cstring>

namespace gyre::base {
namespace {

// Lower-cases the eight bytes of a word at once.
uint64_t lower_word(uint64_t word) {
  constexpr uint64_t kOnes = 0x0101010101010101;
  const uint64_t low = word & (kOnes * 0x7f);
  // The top bit of a byte says: at least 'A', resp. above 'Z'.
  const uint64_t from_a = low + kOnes * (0x80 - 'A');
  const uint64_t past_z = low + kOnes * (0x80 - 'Z' - 1);
  const uint64_t upper = (from_a & ~past_z & ~word) & (kOnes * 0x80);
  return word | upper >> 2;
}

uint64_t load_word(const char* bytes) {
  uint64_t word;
  std::memcpy(&word, bytes, sizeof word);
  return word;
}

int hex_digit(char c) {
  if (c >= '0' && c <= '9') {
    return c - '0';
  }
  const char lower = to_lower(c);
  return lower >= 'a' && lower <= 'f' ? lower - 'a' + 10 : -1;
}

void append_hex(std::string& out, uint8_t byte) {
  static constexpr char kDigits[] = "0123456789abcdef";
  out.push_back(kDigits[byte >> 4]);
  out.push_back(kDigits[byte & 15]);
}

char unescape(char c) {
  switch (c) {
    case 'n':
      return '\n';
    case 'r':
      return '\r';
    case 't':
      return '\t';
    case 'b':
      return '\b';
    case 'a':
      return '\a';
    default:
      return c;
  }
}

// Reads one argument after another off a line; a read past the end gives NUL.
class Splitter {
 public:
  explicit Splitter(std::string_view line) : line_(line.substr(0, line.find('\0'))) {}

  bool skip_blanks() {
    while (at_ < line_.size() && is_space(line_[at_])) {
      ++at_;
    }
    return at_ < line_.size();
  }

  // False for unbalanced quotes.
  bool take(std::string& argument) {
    for (; at_ < line_.size(); ++at_) {
      const char c = line_[at_];
      if (c == ' ' || c == '\n' || c == '\r' || c == '\t') {
        return true;
      }
      if (c == '"' || c == '\'') {
        ++at_;
        return c == '"' ? take_double(argument) : take_single(argument);
      }
      argument.push_back(c);
    }
    return true;
  }

 private:
  char peek(size_t offset) const {
    return at_ + offset < line_.size() ? line_[at_ + offset] : '\0';
  }

  // A closing quote must end the argument.
  bool close() {
    ++at_;
    return at_ == line_.size() || is_space(line_[at_]);
  }

  bool take_double(std::string& argument) {
    for (; at_ < line_.size(); ++at_) {
      const char c = line_[at_];
      if (c == '"') {
        return close();
      }
      if (c != '\\' || at_ + 1 == line_.size()) {
        argument.push_back(c);
      } else if (peek(1) == 'x' && hex_digit(peek(2)) >= 0 && hex_digit(peek(3)) >= 0) {
        argument.push_back(static_cast<char>(hex_digit(peek(2)) * 16 + hex_digit(peek(3))));
        at_ += 3;
      } else {
        argument.push_back(unescape(peek(1)));
        ++at_;
      }
    }
    return false;
  }

  bool take_single(std::string& argument) {
    for (; at_ < line_.size(); ++at_) {
      if (line_[at_] == '\'') {
        return close();
      }
      if (line_[at_] == '\\' && peek(1) == '\'') {
        ++at_;
      }
      argument.push_back(line_[at_]);
    }
    return false;
  }

  std::string_view line_;
  size_t at_ = 0;
};

}  // namespace

std::string to_lower(std::string_view text) {
  std::string lower(text);
  for (char& c : lower) {
    c = to_lower(c);
  }
  return lower;
}

std::string to_upper(std::string_view text) {
  std::string upper(text);
  for (char& c : upper) {
    c = to_upper(c);
  }
  return upper;
}

bool equals_ignore_case(std::string_view left, std::string_view right) {
  const size_t size = left.size();
  if (size != right.size()) {
    return false;
  }
  if (size >= 8) {
    // The last word overlaps the one before it.
    for (size_t at = 0; at + 8 < size; at += 8) {
      if (lower_word(load_word(left.data() + at)) != lower_word(load_word(right.data() + at))) {
        return false;
      }
    }
    return lower_word(load_word(left.data() + size - 8)) ==
           lower_word(load_word(right.data() + size - 8));
  }
  for (size_t at = 0; at < size; ++at) {
    if (to_lower(left[at]) != to_lower(right[at])) {
      return false;
    }
  }
  return true;
}

std::string escape_quoted(std::string_view text) {
  static constexpr std::string_view kPlain = "\\\"\n\r\t\a\b";
  static constexpr std::string_view kLetters = "\\\"nrtab";
  std::string out;
  out.reserve(text.size() + 2);
  out.push_back('"');
  for (const char c : text) {
    if (const size_t index = kPlain.find(c); index != std::string_view::npos) {
      out.push_back('\\');
      out.push_back(kLetters[index]);
    } else if (c >= ' ' && c <= '~') {
      out.push_back(c);
    } else {
      out.append("\\x");
      append_hex(out, static_cast<uint8_t>(c));
    }
  }
  out.push_back('"');
  return out;
}

std::string to_hex(std::span<const uint8_t> bytes) {
  std::string out;
  out.reserve(bytes.size() * 2);
  for (const uint8_t byte : bytes) {
    append_hex(out, byte);
  }
  return out;
}

std::optional<std::vector<std::string>> split_args(std::string_view line) {
  std::vector<std::string> arguments;
  Splitter splitter(line);
  while (splitter.skip_blanks()) {
    if (!splitter.take(arguments.emplace_back())) {
      return std::nullopt;
    }
  }
  return arguments;
}

}  // namespace gyre::base
