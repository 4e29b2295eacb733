// What the readers of TOML and of redis.conf share while they fill one LoadedConfig.
#pragma once

#include <set>
#include <string>
#include <string_view>

#include "server/config_load.h"

namespace gyre::server {

struct Loader {
  LoadedConfig& result;
  bool strict = false;
  // Lists that add up over lines of redis.conf, and got their first line.
  std::set<const Row*> begun = {};
};

// Both take the text of a file and the name to use in messages.
Checked<void> load_toml(Loader& loader, const std::string& text, const std::string& file);
Checked<void> load_redis_conf(Loader& loader, const std::string& text, const std::string& file,
                              int depth = 0);

// One setting as words, from redis.conf or a flag. `as_written` goes into the message.
Checked<void> load_words(Loader& loader, const std::string& place, const std::string& as_written,
                         const Row& row, Words words);

// Warns if the row got a value other than its default that does not do what one expects.
void warn_if_without_effect(Loader& loader, const std::string& place, const Row& row);

// The name of a table or parameter that looks most like the given one; empty if none does.
std::string_view similar_name(std::string_view name, const std::vector<std::string_view>& names);

Checked<std::string> read_file(const std::string& path);

}  // namespace gyre::server
