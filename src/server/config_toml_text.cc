// Prints values as TOML.
#include <fmt/core.h>

#include "server/config_toml.h"
#include "server/config_value.h"

namespace gyre::server {
namespace {

// A TOML basic string. Bytes that are not UTF-8 pass as they are; no TOML file can hold them.
std::string string_text(std::string_view text) {
  std::string result = "\"";
  for (const char c : text) {
    if (c == '"' || c == '\\') {
      result += '\\';
      result += c;
    } else if (static_cast<unsigned char>(c) < ' ' || c == '\x7f') {
      result += fmt::format("\\u{:04x}", static_cast<unsigned char>(c));
    } else {
      result += c;
    }
  }
  return result + '"';
}

// Words of one element joined by spaces.
std::vector<std::string> elements_of(const Words& words, int group) {
  std::vector<std::string> elements;
  for (size_t i = 0; i < words.size(); ++i) {
    if (i % static_cast<size_t>(group) == 0) {
      elements.emplace_back();
    } else {
      elements.back() += ' ';
    }
    elements.back() += words[i];
  }
  return elements;
}

std::string list_text(const ListField& field, const Words& words) {
  const std::vector<std::string> elements = elements_of(words, field.group);
  if (field.form == ListForm::text) {
    return string_text(elements.empty() ? std::string_view() : elements.front());
  }
  std::string text = "[";
  for (const std::string& element : elements) {
    text += text.size() > 1 ? ", " : "";
    text += field.form == ListForm::numbers ? element : string_text(element);
  }
  return text + ']';
}

}  // namespace

std::string memory_text(int64_t bytes) {
  struct Unit {
    int64_t bytes;
    const char* name;
  };
  for (const Unit& unit : {Unit{kGib, "gb"}, Unit{kMib, "mb"}, Unit{kKib, "kb"}}) {
    if (bytes >= unit.bytes && bytes % unit.bytes == 0) {
      return fmt::format("{}{}", bytes / unit.bytes, unit.name);
    }
  }
  return std::to_string(bytes);
}

std::string toml_text(const Config& config, const Row& row) {
  const Words words = value_words(config, row);
  switch (row.kind) {
    case Kind::yes_no:
      return words[0] == "yes" ? "true" : "false";
    case Kind::integer:
      return words[0];
    case Kind::memory:
    case Kind::memory_or_percent: {
      const int64_t bytes = config.*std::get<int64_t Config::*>(row.field);
      const std::string text = bytes < 0 ? words[0] : memory_text(bytes);
      return bytes < 0 || text != words[0] ? string_text(text) : text;
    }
    case Kind::list:
      return list_text(*std::get<const ListField*>(row.field), words);
    case Kind::octal:
    case Kind::text:
    case Kind::choice:
      break;
  }
  return string_text(words[0]);
}

}  // namespace gyre::server
