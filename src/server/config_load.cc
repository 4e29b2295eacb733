// Opens the files, applies single settings, and holds what both readers need.
#include "server/config_load.h"
#include "base/text.h"

#include <fcntl.h>
#include <fmt/core.h>
#include <stdlib.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <memory>
#include <numeric>

#include "server/config_loader.h"
#include "server/config_value.h"
#include "server/config_words.h"

namespace gyre::server {
namespace {

constexpr size_t kFileMax = 64 * kMib;

tl::unexpected<std::string> refuse(std::string text) { return tl::unexpected(std::move(text)); }

Checked<std::string> read_descriptor(int fd, const std::string& name) {
  std::string text;
  char buffer[16384];
  while (true) {
    const ssize_t count = read(fd, buffer, sizeof(buffer));
    if (count == 0) {
      return text;
    }
    if (count < 0 && errno != EINTR) {
      return refuse(fmt::format("can't read {}: {}", name, std::strerror(errno)));
    }
    if (count > 0) {
      text.append(buffer, static_cast<size_t>(count));
    }
    if (text.size() > kFileMax) {
      return refuse(fmt::format("{} is too large for a configuration", name));
    }
  }
}

// Letters to insert, delete or change to get from one word to the other.
size_t edit_distance(std::string_view a, std::string_view b) {
  std::vector<size_t> row(b.size() + 1);
  std::iota(row.begin(), row.end(), size_t{0});
  for (size_t i = 0; i < a.size(); ++i) {
    size_t diagonal = row[0];
    row[0] = i + 1;
    for (size_t j = 0; j < b.size(); ++j) {
      const size_t changed = diagonal + (a[i] == b[j] ? 0 : 1);
      diagonal = row[j + 1];
      row[j + 1] = std::min({changed, row[j] + 1, diagonal + 1});
    }
  }
  return row[b.size()];
}

Checked<void> load_override(Loader& loader, const Override& given) {
  std::string as_written = given.name;
  for (const std::string& word : given.words) {
    as_written += ' ' + base::escape_quoted(word);
  }
  const Row* row = find_row(given.name);
  if (row == nullptr) {
    return refuse(
        fmt::format("command line: '{}': Bad directive or wrong number of arguments", as_written));
  }
  if (given.replace) {
    loader.begun.erase(row);
  }
  return load_words(loader, "command line", as_written, *row, given.words);
}

Checked<void> load_files(Loader& loader, const LoadRequest& request) {
  if (!request.file.empty()) {
    const Checked<std::string> text = read_file(request.file);
    if (!text) {
      return refuse(text.error());
    }
    Checked<void> outcome = request.form == ConfigForm::toml
                                ? load_toml(loader, *text, request.file)
                                : load_redis_conf(loader, *text, request.file);
    if (!outcome) {
      return outcome;
    }
    const std::unique_ptr<char, decltype(&free)> path(realpath(request.file.c_str(), nullptr),
                                                      &free);
    loader.result.file = path == nullptr ? request.file : path.get();
    loader.result.form = request.form;
  }
  if (request.from_stdin) {
    const Checked<std::string> text = read_descriptor(STDIN_FILENO, "the standard input");
    return text ? load_redis_conf(loader, *text, "<stdin>") : refuse(text.error());
  }
  return {};
}

}  // namespace

Checked<std::string> read_file(const std::string& path) {
  const int fd = open(path.c_str(), O_RDONLY | O_CLOEXEC);
  if (fd < 0) {
    return refuse(fmt::format("can't open config file '{}': {}", path, std::strerror(errno)));
  }
  Checked<std::string> text = read_descriptor(fd, "config file '" + path + "'");
  close(fd);
  return text;
}

std::optional<ConfigForm> form_of_file(std::string_view path) {
  if (path.ends_with(".conf")) {
    return ConfigForm::redis_conf;
  }
  return path.ends_with(".toml") ? std::optional(ConfigForm::toml) : std::nullopt;
}

Checked<void> load_words(Loader& loader, const std::string& place, const std::string& as_written,
                         const Row& row, Words words) {
  bool append = false;
  if (row.kind == Kind::list) {
    // The first line replaces the default, further lines may add to it.
    append = !loader.begun.insert(&row).second && std::get<const ListField*>(row.field)->adds_up;
    if (words.size() == 1 && !words[0].empty()) {
      if (auto parts = base::split_args(words[0]); parts) {
        words = std::move(*parts);
      }
    }
  }
  const Checked<void> outcome = set_value(loader.result.config, row, words, append);
  if (!outcome) {
    return refuse(fmt::format("{}: '{}': {}", place, as_written, outcome.error()));
  }
  warn_if_without_effect(loader, place, row);
  return {};
}

void warn_if_without_effect(Loader& loader, const std::string& place, const Row& row) {
  if (!row.effect.empty() && !same_value(loader.result.config, Config(), row)) {
    loader.result.warnings.push_back(fmt::format("{}: {}: {}", place, row.name, row.effect));
  }
}

std::string_view similar_name(std::string_view name, const std::vector<std::string_view>& names) {
  std::string_view best;
  size_t best_distance = name.size() / 3 + 2;
  for (const std::string_view candidate : names) {
    const size_t distance = edit_distance(name, candidate);
    if (distance < best_distance) {
      best = candidate;
      best_distance = distance;
    }
  }
  return best;
}

Checked<LoadedConfig> load_config(const LoadRequest& request) {
  LoadedConfig result;
  Loader loader{.result = result, .strict = request.strict};
  if (Checked<void> outcome = load_files(loader, request); !outcome) {
    return refuse(outcome.error());
  }
  for (const Override& given : request.overrides) {
    if (Checked<void> outcome = load_override(loader, given); !outcome) {
      return refuse(outcome.error());
    }
  }
  normalize(result.config);
  return result;
}

}  // namespace gyre::server
