// Reads the lines of a redis.conf.
#include <fmt/core.h>
#include <glob.h>

#include <algorithm>

#include "base/text.h"
#include "server/config_loader.h"
#include "server/config_value.h"
#include "server/config_words.h"

namespace gyre::server {
namespace {

constexpr int kIncludeDepthMax = 16;

// Once known to Redis, without any effect there for years.
constexpr std::string_view kRetired[] = {"list-max-ziplist-entries", "list-max-ziplist-value",
                                         "lua-replicate-commands"};

tl::unexpected<std::string> refuse(const std::string& place, std::string_view line,
                                   std::string_view fault) {
  return tl::unexpected(fmt::format("{}: '{}': {}", place, line, fault));
}

// A pattern includes every file it matches, and may match none; a plain name must exist.
Checked<void> include(Loader& loader, const std::string& place, const std::string& pattern,
                      int depth) {
  if (depth >= kIncludeDepthMax) {
    return tl::unexpected(
        fmt::format("{}: include '{}': files include each other too deeply", place, pattern));
  }
  std::vector<std::string> paths = {pattern};
  if (pattern.find_first_of("*?[") != std::string::npos) {
    glob_t found = {};
    paths.clear();
    if (glob(pattern.c_str(), 0, nullptr, &found) == 0) {
      paths.assign(found.gl_pathv, found.gl_pathv + found.gl_pathc);
    }
    globfree(&found);
  }
  for (const std::string& path : paths) {
    const Checked<std::string> text = read_file(path);
    if (!text) {
      return tl::unexpected(fmt::format("{}: include: {}", place, text.error()));
    }
    if (Checked<void> outcome = load_redis_conf(loader, *text, path, depth + 1); !outcome) {
      return outcome;
    }
  }
  return {};
}

Checked<void> unknown(Loader& loader, const std::string& place, std::string_view line,
                      std::string_view name) {
  if (loader.strict) {
    return refuse(place, line, "Bad directive or wrong number of arguments");
  }
  loader.result.warnings.push_back(
      fmt::format("{}: unknown directive '{}' is ignored", place, name));
  return {};
}

Checked<void> load_line(Loader& loader, const std::string& place, std::string_view line,
                        int depth) {
  std::optional<Words> split = base::split_args(line);
  if (!split) {
    return refuse(place, line, "Unbalanced quotes in configuration line");
  }
  if (split->empty()) {
    return {};
  }
  const std::string name = split->front();
  Words words(split->begin() + 1, split->end());
  if (const Row* row = find_row(name); row != nullptr) {
    return load_words(loader, place, std::string(line), *row, std::move(words));
  }
  if (base::equals_ignore_case(name, "include") && words.size() == 1) {
    return include(loader, place, words[0], depth);
  }
  if (base::equals_ignore_case(name, "rename-command") && words.size() == 2) {
    loader.result.renames.push_back({words[0], words[1]});
    return {};
  }
  if (base::equals_ignore_case(name, "user") && !words.empty()) {
    loader.result.users.push_back(std::move(words));
    return {};
  }
  const bool retired =
      std::any_of(std::begin(kRetired), std::end(kRetired),
                  [&](std::string_view old) { return base::equals_ignore_case(old, name); });
  return retired && words.size() == 1 ? Checked<void>() : unknown(loader, place, line, name);
}

std::string_view trimmed(std::string_view line) {
  constexpr std::string_view kBlank = " \t\r\n";
  const size_t begin = line.find_first_not_of(kBlank);
  if (begin == std::string_view::npos) {
    return {};
  }
  return line.substr(begin, line.find_last_not_of(kBlank) - begin + 1);
}

}  // namespace

Checked<void> load_redis_conf(Loader& loader, const std::string& text, const std::string& file,
                              int depth) {
  std::string_view rest = text;
  for (int number = 1; !rest.empty(); ++number) {
    const size_t end = std::min(rest.find('\n'), rest.size());
    const std::string_view line = trimmed(rest.substr(0, end));
    rest.remove_prefix(std::min(end + 1, rest.size()));
    if (line.empty() || line.front() == '#') {
      continue;
    }
    const std::string place = fmt::format("{}:{}", file, number);
    if (Checked<void> outcome = load_line(loader, place, line, depth); !outcome) {
      return outcome;
    }
  }
  return {};
}

}  // namespace gyre::server
