// One switch per direction over the kinds of values.
#include "server/config_value.h"

#include <fmt/core.h>
#include <stdlib.h>
#include <syslog.h>

#include <algorithm>
#include <charconv>
#include <climits>
#include <memory>

#include "base/assert.h"
#include "base/number.h"
#include "base/text.h"

namespace gyre::server {
namespace {

constexpr int64_t kHzMax = 500;

tl::unexpected<std::string> refuse(std::string text) { return tl::unexpected(std::move(text)); }

std::optional<int64_t> parse_octal(std::string_view text) {
  int64_t value = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value, 8);
  if (text.empty() || error != std::errc() || end != text.data() + text.size()) {
    return std::nullopt;
  }
  return value;
}

// "5%" as -5.
std::optional<int64_t> parse_percent(std::string_view text) {
  if (text.size() < 2 || !text.ends_with('%')) {
    return std::nullopt;
  }
  const auto value = base::parse_int64(text.substr(0, text.size() - 1));
  return value && *value >= 0 ? std::optional(-*value) : std::nullopt;
}

Checked<int64_t> parse_number(const Row& row, const std::string& word) {
  std::optional<int64_t> value;
  const char* fault = "argument couldn't be parsed into an integer";
  switch (row.kind) {
    case Kind::memory:
      value = base::parse_memory(word);
      fault = "argument must be a memory value";
      break;
    case Kind::memory_or_percent:
      value = base::parse_memory(word);
      value = value ? value : parse_percent(word);
      fault = "argument must be a memory or percent value";
      break;
    case Kind::octal:
      value = parse_octal(word);
      fault = "argument couldn't be parsed as an octal number";
      break;
    default:
      value = base::parse_int64(word);
  }
  if (!value) {
    return refuse(fault);
  }
  if (row.kind == Kind::memory_or_percent && *value < row.min) {
    return refuse(fmt::format("percentage argument must be less or equal to {}", -row.min));
  }
  if (*value < row.min || *value > row.max) {
    return refuse(
        row.kind == Kind::octal
            ? fmt::format("argument must be between {:o} and {:o} inclusive", row.min, row.max)
            : fmt::format("argument must be between {} and {} inclusive", row.min, row.max));
  }
  return *value;
}

std::string joined(std::span<const std::string_view> names) {
  std::string text;
  for (const std::string_view name : names) {
    text += text.empty() ? "" : ", ";
    text += name;
  }
  return text;
}

Checked<int> parse_choice(const Row& row, const std::string& word) {
  for (size_t i = 0; i < row.choices.size(); ++i) {
    if (base::equals_ignore_case(row.choices[i], word)) {
      return static_cast<int>(i);
    }
  }
  return refuse("argument(s) must be one of the following: " + joined(row.choices));
}

Checked<void> set_one_word(Config& config, const Row& row, const std::string& word) {
  switch (row.kind) {
    case Kind::yes_no: {
      const bool yes = base::equals_ignore_case(word, "yes");
      if (!yes && !base::equals_ignore_case(word, "no")) {
        return refuse("argument must be 'yes' or 'no'");
      }
      config.*std::get<bool Config::*>(row.field) = yes;
      return {};
    }
    case Kind::choice: {
      const Checked<int> value = parse_choice(row, word);
      if (!value) {
        return refuse(value.error());
      }
      std::get<ChoiceField>(row.field).set(config, *value);
      return {};
    }
    case Kind::text:
      if (row.check != nullptr) {
        if (Checked<void> outcome = row.check(word); !outcome) {
          return outcome;
        }
      }
      config.*std::get<std::string Config::*>(row.field) = word;
      return {};
    default: {
      const Checked<int64_t> value = parse_number(row, word);
      if (!value) {
        return refuse(value.error());
      }
      config.*std::get<int64_t Config::*>(row.field) = *value;
      return {};
    }
  }
}

std::string number_text(const Row& row, int64_t value) {
  if (row.kind == Kind::octal) {
    return fmt::format("{:o}", value);
  }
  return row.kind == Kind::memory_or_percent && value < 0 ? fmt::format("{}%", -value)
                                                          : std::to_string(value);
}

// "between 0 and 65535", without the ends that only mean "anything".
std::string range_text(const Row& row) {
  if (row.max >= kUintMax || (row.max == kIntMax && row.kind == Kind::integer)) {
    return row.min == INT_MIN ? "" : fmt::format(" of at least {}", row.min);
  }
  return fmt::format(" between {} and {}", row.min, row.max);
}

}  // namespace

Checked<void> set_value(Config& config, const Row& row, std::span<const std::string> words,
                        bool append) {
  if (row.kind == Kind::list) {
    return std::get<const ListField*>(row.field)->set(config, words, append);
  }
  if (words.size() != 1) {
    return refuse("wrong number of arguments");
  }
  return set_one_word(config, row, words[0]);
}

Words value_words(const Config& config, const Row& row) {
  switch (row.kind) {
    case Kind::yes_no:
      return {config.*std::get<bool Config::*>(row.field) ? "yes" : "no"};
    case Kind::choice: {
      const int index = std::get<ChoiceField>(row.field).get(config);
      GYRE_ASSERT(index >= 0 && static_cast<size_t>(index) < row.choices.size());
      return {std::string(row.choices[static_cast<size_t>(index)])};
    }
    case Kind::text:
      return {config.*std::get<std::string Config::*>(row.field)};
    case Kind::list:
      return std::get<const ListField*>(row.field)->get(config);
    default:
      return {number_text(row, config.*std::get<int64_t Config::*>(row.field))};
  }
}

std::string value_text(const Config& config, const Row& row) {
  const auto* const* list = std::get_if<const ListField*>(&row.field);
  const bool shown = list != nullptr && (*list)->shown != nullptr;
  std::string text;
  for (const std::string& word : shown ? (*list)->shown(config) : value_words(config, row)) {
    text += text.empty() ? "" : " ";
    text += word;
  }
  return text;
}

std::string expected_text(const Row& row) {
  switch (row.kind) {
    case Kind::yes_no:
      return "true or false";
    case Kind::choice:
      return "one of " + joined(row.choices);
    case Kind::text:
      return "a string";
    case Kind::list:
      return std::string(std::get<const ListField*>(row.field)->expected);
    case Kind::memory:
      return "a size in bytes or such as \"64mb\"" + range_text(row);
    case Kind::memory_or_percent:
      return "a size in bytes, such as \"64mb\", or up to \"100%\"";
    case Kind::octal:
      return fmt::format("a string holding an octal number from {:o} to {:o}", row.min, row.max);
    case Kind::integer:
      return "an integer" + range_text(row);
  }
  GYRE_UNREACHABLE();
}

bool same_value(const Config& a, const Config& b, const Row& row) {
  return value_words(a, row) == value_words(b, row);
}

log::Options log_options(const Config& config) {
  constexpr int kFacilities[] = {LOG_USER,   LOG_LOCAL0, LOG_LOCAL1, LOG_LOCAL2, LOG_LOCAL3,
                                 LOG_LOCAL4, LOG_LOCAL5, LOG_LOCAL6, LOG_LOCAL7};
  return {.level = config.loglevel,
          .file = config.logfile,
          .syslog = config.syslog_enabled,
          .syslog_ident = config.syslog_ident,
          .syslog_facility = kFacilities[static_cast<int>(config.syslog_facility)]};
}

void normalize(Config& config) {
  config.hz = std::clamp<int64_t>(config.hz, 1, kHzMax);
  if (config.oom_score_adj == OomScoreAdj::relative) {
    config.oom_score_adj = OomScoreAdj::yes;  // "relative" is another word for it
  }
  const std::unique_ptr<char, decltype(&free)> absolute(realpath(config.dir.c_str(), nullptr),
                                                        &free);
  if (absolute != nullptr) {
    config.dir = absolute.get();
  }
}

}  // namespace gyre::server
