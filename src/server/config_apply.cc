#include "server/config_apply.h"

#include <sys/resource.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstring>

#include "base/log.h"
#include "server/config_rewrite.h"

namespace gyre::server {
namespace {

// Descriptors beside those of clients: rings, listeners, files.
constexpr int64_t kOtherFiles = 64;

std::string raise_file_limit(int64_t clients) {
  rlimit limit = {};
  getrlimit(RLIMIT_NOFILE, &limit);
  const auto wanted = static_cast<rlim_t>(clients + kOtherFiles);
  if (limit.rlim_cur >= wanted) {
    return "";
  }
  const rlim_t before = limit.rlim_cur;
  limit.rlim_cur = wanted;
  limit.rlim_max = std::max(limit.rlim_max, wanted);
  if (setrlimit(RLIMIT_NOFILE, &limit) == 0) {
    return "";
  }
  return "The operating system is not able to handle the specified number of clients, try with " +
         std::to_string(static_cast<int64_t>(before) - kOtherFiles);
}

// What one changed parameter does to the process; a sentence if it cannot.
std::string apply_row(Server& server, const Row& row, const Config& config,
                      const SetContext& context) {
  if (row.name == "loglevel") {
    log::set_level(config.loglevel);
  } else if (row.name == "maxclients") {
    return raise_file_limit(config.maxclients);
  } else if (row.name == "tcp-keepalive") {
    server.listeners().change_keepalive(static_cast<int>(config.tcp_keepalive));
  } else if (row.name == "port" || row.name == "bind") {
    const std::string problem = server.reopen_listeners(config);
    if (!problem.empty()) {
      log::warning("CONFIG SET {}: {}", row.name, problem);
      return row.name == "port" ? "Unable to listen on this port. Check server logs."
                                : "Failed to bind to specified addresses.";
    }
  } else if (row.name == "appendonly") {
    if (config.appendonly && !context.can_turn_on) {
      return "Unable to turn on AOF. Check server logs.";
    }
    server.durability().turn(config.appendonly);
  } else if (row.name == "dir" && chdir(config.dir.c_str()) != 0) {
    return std::strerror(errno);
  }
  return "";
}

}  // namespace

Checked<ConfigVersion> change_config(Server& server, std::span<const NameValue> pairs,
                                     const SetContext& context) {
  Config changed = server.config();
  const auto rows = config_set(changed, pairs, context);
  if (!rows) {
    return tl::unexpected(rows.error());
  }
  for (size_t i = 0; i < rows->size(); ++i) {
    const Row& row = *(*rows)[i];
    const std::string problem = apply_row(server, row, changed, context);
    if (!problem.empty()) {
      for (size_t done = 0; done <= i; ++done) {
        const std::string again = apply_row(server, *(*rows)[done], server.config(), context);
        if (!again.empty()) {
          log::warning("Cannot go back to the former value of {}: {}", (*rows)[done]->name, again);
        }
      }
      return tl::unexpected(config_set_error(row.name, problem));
    }
  }
  for (const Row* row : *rows) {
    if (!row->effect.empty()) {
      log::warning("CONFIG SET {}: {}", row->name, row->effect);
    }
  }
  server.mutable_config() = changed;
  return ConfigVersion{std::move(changed), server.next_config_version()};
}

Checked<void> rewrite_config(Server& server) {
  const LoadedConfig& loaded = server.loaded();
  if (loaded.file.empty()) {
    return tl::unexpected<std::string>("ERR The server is running without a config file");
  }
  const auto done = config_rewrite(loaded.config, loaded.file, loaded.form);
  if (!done) {
    log::warning("CONFIG REWRITE failed: {}", done.error());
    return tl::unexpected(done.error());
  }
  log::notice("CONFIG REWRITE executed with success.");
  return {};
}

}  // namespace gyre::server
