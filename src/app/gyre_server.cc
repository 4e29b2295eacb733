// gyre-server: reads flags and configuration, serves.
#include <cerrno>
#include <cstdio>
#include <cstring>
#include <string_view>
#include <vector>

#include "app/daemonize.h"
#include "app/flags.h"
#include "base/log.h"
#include "commands/rows.h"
#include "exec/table.h"
#include "server/server.h"

int main(int argc, char** argv) {
  using namespace gyre;
  const std::vector<std::string_view> arguments(argv + 1, argv + argc);
  const auto flags = app::parse_flags(arguments);
  if (!flags) {
    std::fputs(app::fatal_text(flags.error()).c_str(), stderr);
    return 1;
  }
  if (const auto status = app::finish_without_serving(*flags)) {
    return *status;
  }
  auto loaded = server::load_config(flags->load);
  if (!loaded) {
    std::fputs(app::fatal_text(loaded.error()).c_str(), stderr);
    return 1;
  }
  const server::Config& config = loaded->config;
  const bool is_supervised =
      server::Supervisor::detect(config.supervised) != server::Supervised::no;
  if (config.daemonize && !is_supervised && !app::daemonize()) {
    std::fprintf(stderr, "gyre-server: cannot go on in the background: %s\n", std::strerror(errno));
    return 1;
  }
  log::Options options;
  options.level = config.loglevel;
  options.file = config.logfile;
  options.syslog = config.syslog_enabled;
  options.syslog_ident = config.syslog_ident;
  if (const auto started = log::start(options); !started) {
    std::fputs(app::fatal_text(started.error()).c_str(), stderr);
    return 1;
  }
  const exec::CommandTable table(commands::all_rows());
  server::Server server(std::move(*loaded), table);
  return server.run();
}
