// CONFIG REWRITE: brings a configuration file up to date with the values in force.
#pragma once

#include <string>

#include "server/config_load.h"

namespace gyre::server {

// Changes only what differs from what the file says: values are replaced where they stand, new
// parameters are added at the end of their table (TOML) or of the file (redis.conf), comments and
// order stay. The file is replaced atomically. The error is the text of the reply.
Checked<void> config_rewrite(const Config& current, const std::string& file, ConfigForm form);

// The new text of the file; `name` is for messages and for includes of a redis.conf.
Checked<std::string> rewritten_toml(const Config& current, const std::string& text,
                                    const std::string& name);
Checked<std::string> rewritten_redis_conf(const Config& current, const std::string& text,
                                          const std::string& name);

}  // namespace gyre::server
