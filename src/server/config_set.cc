// CONFIG GET walks the rows; CONFIG SET works on a copy and swaps it in when every pair was good.
#include "server/config_set.h"

#include <fmt/core.h>

#include <algorithm>
#include <set>

#include "base/glob.h"
#include "base/text.h"
#include "server/config_value.h"
#include "server/config_words.h"

namespace gyre::server {
namespace {

tl::unexpected<std::string> refuse(std::string text) { return tl::unexpected(std::move(text)); }

class Matches {
 public:
  explicit Matches(const Config& config) : config_(config) {}

  void add(std::string_view name, const Row& row) {
    if (seen_.insert(base::to_lower(name)).second) {
      result_.push_back({std::string(name), value_text(config_, row)});
    }
  }

  std::vector<NameValue> take() { return std::move(result_); }

 private:
  const Config& config_;
  std::set<std::string> seen_;
  std::vector<NameValue> result_;
};

// Everything CONFIG SET checks before it looks at values.
Checked<std::vector<const Row*>> rows_of(const Config& config, std::span<const NameValue> pairs,
                                         const SetContext& context) {
  std::vector<const Row*> rows;
  for (const NameValue& pair : pairs) {
    const Row* row = find_row(pair.name);
    if (row == nullptr) {
      return refuse(fmt::format("ERR Unknown option or number of arguments for CONFIG SET - '{}'",
                                pair.name));
    }
    if (row->immutable && !row->takes_same) {
      return refuse(config_set_error(pair.name, "can't set immutable config"));
    }
    if (row->protected_config &&
        !is_allowed(config.enable_protected_configs, context.local_client)) {
      return refuse(config_set_error(pair.name, "can't set protected config"));
    }
    if (std::find(rows.begin(), rows.end(), row) != rows.end()) {
      return refuse(config_set_error(pair.name, "duplicate parameter"));
    }
    rows.push_back(row);
  }
  return rows;
}

}  // namespace

std::vector<NameValue> config_get(const Config& config,
                                  std::span<const std::string_view> patterns) {
  Matches matches(config);
  for (const std::string_view pattern : patterns) {
    if (pattern.find_first_of("[*?") == std::string_view::npos) {
      if (const Row* row = find_row(pattern); row != nullptr) {
        matches.add(pattern, *row);
      }
      continue;
    }
    for (const Table& table : config_tables()) {
      for (const Row& row : table.rows) {
        for (const std::string_view name : {row.name, row.alias}) {
          if (!row.hidden && !name.empty() && base::glob_match(pattern, name, true)) {
            matches.add(name, row);
          }
        }
      }
    }
  }
  return matches.take();
}

Checked<std::vector<const Row*>> config_set(Config& config, std::span<const NameValue> pairs,
                                            const SetContext& context) {
  const Checked<std::vector<const Row*>> rows = rows_of(config, pairs, context);
  if (!rows) {
    return rows;
  }
  Config changed = config;
  for (size_t i = 0; i < pairs.size(); ++i) {
    const Row& row = *(*rows)[i];
    Words words = row.kind == Kind::list ? split_spaces(pairs[i].value) : Words{pairs[i].value};
    if ((row.kind == Kind::memory || row.kind == Kind::memory_or_percent) && words[0].empty()) {
      words[0] = "0";  // as in Redis, but only here: in a file it is a mistake
    }
    if (const Checked<void> outcome = set_value(changed, row, words); !outcome) {
      return refuse(config_set_error(base::to_lower(pairs[i].name), outcome.error()));
    }
  }
  normalize(changed);
  std::vector<const Row*> changes;
  for (const Row* row : *rows) {
    if (same_value(config, changed, *row)) {
      continue;
    }
    if (row->immutable) {
      return refuse(config_set_error(row->name, "can't set immutable config"));
    }
    changes.push_back(row);
  }
  config = std::move(changed);
  return changes;
}

std::string config_set_error(std::string_view argument, std::string_view reason) {
  std::string text =
      fmt::format("ERR CONFIG SET failed (possibly related to argument '{}')", argument);
  if (!reason.empty()) {
    text += " - ";
    text += reason;
  }
  return text;
}

bool is_allowed(ProtectedAction setting, bool local_client) {
  return setting == ProtectedAction::yes || (setting == ProtectedAction::local && local_client);
}

}  // namespace gyre::server
