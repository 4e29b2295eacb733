// The command line: PART and `--name value`.
#include "options.h"

#include <fmt/core.h>

#include <charconv>
#include <string_view>

namespace gyre::consistency {

namespace {

struct Number {
  std::string_view name;
  int64_t Options::*field;
  int64_t least;
};

constexpr Number kNumbers[] = {
    {"--clients", &Options::clients, 2}, {"--count", &Options::count, 1},
    {"--seconds", &Options::seconds, 1}, {"--keys", &Options::keys, 8},
    {"--kills", &Options::kills, 0},     {"--pipeline", &Options::pipeline, 1},
    {"--seed", &Options::seed, 0},       {"--stall", &Options::stall, 1},
};

bool parse_number(std::string_view text, int64_t least, int64_t most, int64_t& number) {
  const auto result = std::from_chars(text.data(), text.data() + text.size(), number);
  return result.ec == std::errc() && result.ptr == text.data() + text.size() && number >= least &&
         number <= most;
}

bool parse_ports(std::string_view text, std::vector<uint16_t>& ports) {
  while (!text.empty()) {
    const size_t comma = std::min(text.find(','), text.size());
    int64_t port = 0;
    if (!parse_number(text.substr(0, comma), 1, 65535, port)) return false;
    ports.push_back(static_cast<uint16_t>(port));
    text.remove_prefix(std::min(comma + 1, text.size()));
  }
  return !ports.empty();
}

struct Flag {
  std::string_view name;
  bool Options::*field;
};

constexpr Flag kFlags[] = {{"--plain", &Options::plain},
                           {"--strict", &Options::strict},
                           {"--torn", &Options::torn},
                           {"--unblocked", &Options::unblocked}};

bool set_flag(std::string_view name, Options& options) {
  for (const Flag& row : kFlags) {
    if (row.name == name) return options.*row.field = true;
  }
  return false;
}

bool parse_option(std::string_view name, std::string_view value, Options& options) {
  if (name == "--ports") return parse_ports(value, options.ports);
  for (const Number& row : kNumbers) {
    if (row.name == name) return parse_number(value, row.least, 4'000'000'000, options.*row.field);
  }
  return false;
}

}  // namespace

bool parse_options(int count, char** words, Options& options) {
  if (count > 1) options.part = words[1];
  for (int i = 2; i < count; i++) {
    const std::string_view name = words[i];
    if (set_flag(name, options)) continue;
    const std::string_view value = i + 1 < count ? words[++i] : "";
    if (!parse_option(name, value, options)) {
      fmt::print(stderr, "gyre-consistency: bad option {} {}\n", name, value);
      return false;
    }
  }
  if (options.ports.empty() || options.clients > 60) {
    fmt::print(stderr, "gyre-consistency: --ports is missing, or more than 60 clients\n");
    return false;
  }
  return true;
}

}  // namespace gyre::consistency
