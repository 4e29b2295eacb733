// One row per parameter: what CONFIG, the TOML file, redis.conf import, --NAME flags and the
// documentation know about it. Everything in config_*.cc is a walk over these rows.
//
// To add a parameter: a field with its default in config.h, a row in config_rows_<table>.cc, then
// `gyre-server --print-config-toml > config/gyre.toml` and `--print-config-docs > docs/config.md`.
#pragma once

#include <climits>
#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "server/config.h"
#include "tl/expected.hpp"

namespace gyre::server {

// A value, or a sentence for a human that says what is wrong.
template <typename T>
using Checked = tl::expected<T, std::string>;

using Words = std::vector<std::string>;

enum class Kind : uint8_t {
  yes_no,             // bool
  integer,            // int64_t
  memory,             // int64_t; "64mb" or bytes
  memory_or_percent,  // int64_t; as memory, or "5%" kept as -5
  octal,              // int64_t; file permissions
  text,               // std::string
  choice,             // an enumeration
  list,               // several words
};

// Access to a field of an enumeration type by the index into the names of its row.
struct ChoiceField {
  int (*get)(const Config&);
  void (*set)(Config&, int index);
};

// How a list is written in TOML: elements as strings, elements as numbers, or one string.
enum class ListForm : uint8_t { strings, numbers, text };

struct ListField {
  // Replaces the value; `append` adds to it instead (repeated lines of a redis.conf).
  Checked<void> (*set)(Config&, std::span<const std::string> words, bool append);
  Words (*get)(const Config&);
  std::string_view expected;    // what a human should write
  int group = 1;                // words per element of the TOML array, or per redis.conf line
  bool line_per_group = false;  // a redis.conf has one line per group
  bool adds_up = false;         // further lines of a redis.conf add to the first
  ListForm form = ListForm::strings;
  Words (*shown)(const Config&) = nullptr;  // as CONFIG GET has it, where files differ
};

using Field = std::variant<bool Config::*, int64_t Config::*, std::string Config::*, ChoiceField,
                           const ListField*>;

struct Row {
  std::string_view name;
  Kind kind;
  Field field;
  std::string_view doc;  // one sentence, with the unit
  int64_t min = 0;
  int64_t max = 0;
  std::span<const std::string_view> choices = {};
  // Older spellings that CONFIG and redis.conf also accept.
  std::string_view alias = {};
  // Not empty: why setting it changes nothing, or from when on it does.
  std::string_view effect = {};
  std::string_view toml_key = {};  // empty: the name
  Checked<void> (*check)(const std::string&) = nullptr;
  bool immutable = false;         // CONFIG SET refuses it
  bool takes_same = false;        // ... unless it is the value that it has
  bool protected_config = false;  // CONFIG SET needs enable-protected-configs
  bool secret = false;            // never shown in logs
  bool hidden = false;            // for test suites: matched by its full name only, not documented

  // Builders, so that a row reads as one line.
  constexpr Row fixed() const {
    Row row = *this;
    row.immutable = true;
    return row;
  }
  // For what not every Redis knows under this name: tools set what CONFIG GET has told them.
  constexpr Row pinned() const {
    Row row = fixed();
    row.takes_same = true;
    return row;
  }
  constexpr Row guarded() const {
    Row row = *this;
    row.protected_config = true;
    return row;
  }
  constexpr Row kept_secret() const {
    Row row = *this;
    row.secret = true;
    return row;
  }
  constexpr Row unlisted() const {
    Row row = *this;
    row.hidden = true;
    return row;
  }
  constexpr Row also(std::string_view other) const {
    Row row = *this;
    row.alias = other;
    return row;
  }
  constexpr Row key(std::string_view other) const {
    Row row = *this;
    row.toml_key = other;
    return row;
  }
  constexpr Row later(std::string_view why) const {
    Row row = *this;
    row.effect = why;
    return row;
  }
  constexpr Row checked(Checked<void> (*function)(const std::string&)) const {
    Row row = *this;
    row.check = function;
    return row;
  }

  constexpr std::string_view key_in_table() const { return toml_key.empty() ? name : toml_key; }
};

struct Table {
  std::string_view name;  // of the TOML table
  std::string_view doc;
  std::span<const Row> rows;
};

// All tables in the order of the documentation.
std::span<const Table> config_tables();

// Row of a name or alias, without regard to case; null if there is none.
const Row* find_row(std::string_view name);

// Table of a row that find_row() or config_tables() returned.
const Table& table_of(const Row& row);

inline constexpr int64_t kIntMax = INT_MAX;
inline constexpr int64_t kUintMax = UINT_MAX;
inline constexpr int64_t kLongMax = LLONG_MAX;

constexpr Row yes_no(std::string_view name, bool Config::*field, std::string_view doc) {
  return {.name = name, .kind = Kind::yes_no, .field = field, .doc = doc};
}
constexpr Row number(Kind kind, std::string_view name, int64_t Config::*field, int64_t min,
                     int64_t max, std::string_view doc) {
  return {.name = name, .kind = kind, .field = field, .doc = doc, .min = min, .max = max};
}
constexpr Row integer(std::string_view name, int64_t Config::*field, int64_t min, int64_t max,
                      std::string_view doc) {
  return number(Kind::integer, name, field, min, max, doc);
}
constexpr Row memory(std::string_view name, int64_t Config::*field, int64_t min, int64_t max,
                     std::string_view doc) {
  return number(Kind::memory, name, field, min, max, doc);
}
constexpr Row text(std::string_view name, std::string Config::*field, std::string_view doc) {
  return {.name = name, .kind = Kind::text, .field = field, .doc = doc};
}
constexpr Row list(std::string_view name, const ListField& field, std::string_view doc) {
  return {.name = name, .kind = Kind::list, .field = &field, .doc = doc};
}

// `Member` is a pointer to a field whose enumerators count from 0 in the order of `names`.
template <auto Member>
constexpr Row choice(std::string_view name, std::span<const std::string_view> names,
                     std::string_view doc) {
  constexpr ChoiceField field = {
      .get = [](const Config& config) { return static_cast<int>(config.*Member); },
      .set =
          [](Config& config, int index) {
            using Enum = std::remove_reference_t<decltype(config.*Member)>;
            config.*Member = static_cast<Enum>(index);
          }};
  return {.name = name, .kind = Kind::choice, .field = field, .doc = doc, .choices = names};
}

// Reasons for `later`.
inline constexpr std::string_view kWithPersistence =
    "Accepted without effect: this version lacks persistence.";
inline constexpr std::string_view kWithEviction =
    "Accepted without effect: this version lacks eviction.";
inline constexpr std::string_view kWithReplication =
    "Accepted without effect: this version lacks replication.";
inline constexpr std::string_view kWithCluster =
    "Accepted without effect: this version lacks cluster mode.";
inline constexpr std::string_view kWithTls = "Accepted without effect: this version lacks TLS.";
inline constexpr std::string_view kWithAcl =
    "Accepted without effect: this version lacks access control lists.";
inline constexpr std::string_view kWithScripts =
    "Accepted without effect: this version lacks scripting.";
inline constexpr std::string_view kNotYet = "Accepted without effect in this version.";

}  // namespace gyre::server
