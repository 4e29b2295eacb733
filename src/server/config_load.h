// From a command line's wishes to a Config: files first, then single settings, in order.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "server/config_rows.h"

namespace gyre::server {

enum class ConfigForm : uint8_t { toml, redis_conf };

// One setting given outside a file.
struct Override {
  std::string name;
  Words words;
  bool replace = false;  // lists never add to what was given before
};

struct LoadRequest {
  std::string file;  // empty: none
  ConfigForm form = ConfigForm::toml;
  bool from_stdin = false;  // more redis.conf lines, after the file
  std::vector<Override> overrides;
  bool strict = false;  // an unknown directive of a redis.conf is an error
};

// A `rename-command` line; an empty new name takes the command away.
struct CommandRename {
  std::string from;
  std::string to;
};

struct LoadedConfig {
  Config config;
  std::string file;  // absolute; where CONFIG REWRITE writes, empty if nowhere
  ConfigForm form = ConfigForm::toml;
  // Sentences with their place, to be logged at start.
  std::vector<std::string> warnings;
  std::vector<CommandRename> renames;
  std::vector<Words> users;  // words of `user` lines, without "user"
};

// The error is one sentence, or a line of the file and what is wrong with it, with its place.
Checked<LoadedConfig> load_config(const LoadRequest& request);

// The form of a file by its name: a redis.conf if it ends with .conf, TOML if with .toml.
std::optional<ConfigForm> form_of_file(std::string_view path);

}  // namespace gyre::server
