// Splitting at single spaces, and quoting only where it is needed.
#include "server/config_words.h"

#include <algorithm>

#include "base/text.h"

namespace gyre::server {

std::vector<std::string> split_spaces(std::string_view line) {
  std::vector<std::string> words;
  while (!line.empty()) {
    const size_t end = std::min(line.find(' '), line.size());
    words.emplace_back(line.substr(0, end));
    if (end == line.size()) {
      break;
    }
    line.remove_prefix(end + 1);
    if (line.empty()) {
      words.emplace_back();
    }
  }
  return words;
}

std::string quoted_if_needed(std::string_view word) {
  const auto is_plain = [](char c) { return c > ' ' && c <= '~' && c != '"' && c != '\''; };
  // A line that starts with '#' would be a comment.
  if (!word.empty() && word[0] != '#' && std::all_of(word.begin(), word.end(), is_plain)) {
    return std::string(word);
  }
  return base::escape_quoted(word);
}

}  // namespace gyre::server
