// The TOML side of the configuration: where values stand in a file, and how they are written.
#pragma once

#include <cstddef>
#include <string>
#include <vector>

#include "server/config_rows.h"

namespace gyre::server {

// Bytes [begin, end) of the file hold the value of the row.
struct TomlValue {
  const Row* row;
  size_t begin;
  size_t end;
};

struct TomlSection {
  enum class Form {
    block,        // [table], a new key goes on a line of its own at insert_at
    inline_form,  // table = { ... }, a new key goes before the brace at insert_at
    dotted,       // table.key = value, a new such line goes at insert_at
  };
  const Table* table;
  Form form;
  size_t insert_at;
};

struct TomlLayout {
  std::vector<TomlValue> values;
  std::vector<TomlSection> sections;
};

// Of a text that load_toml() accepts.
Checked<TomlLayout> toml_layout(const std::string& text);

// The value as TOML: 6379, true, "64mb", ["60 1"].
std::string toml_text(const Config& config, const Row& row);

// Bytes with the greatest unit that divides them, "64mb"; plain below 1 kb.
std::string memory_text(int64_t bytes);

}  // namespace gyre::server
