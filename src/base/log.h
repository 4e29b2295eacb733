// The log: log::notice("{} clients", n) writes one line, in the form of Redis's log:
//   1234:M 21 Nov 2025 07:01:02.123 * 17 clients
// process id, role, local time, one of . - * # for the level, message.
//
// Any thread may log and change the level at any time. Each line is one write(2) to a file opened
// for appending, so lines are whole and survive a crash; a file that was moved or deleted is
// opened again under its name within a second, as log rotation wants. Before start() the log goes
// to standard output from level notice on.
#pragma once

#include <fmt/core.h>

#include <cstdint>
#include <string>

#include <tl/expected.hpp>

namespace gyre::log {

enum class Level : uint8_t { debug, verbose, notice, warning, nothing };

struct Options {
  Level level = Level::notice;
  std::string file;  // empty: standard output
  bool syslog = false;
  std::string syslog_ident = "gyre";
  int syslog_facility = 0;  // LOG_LOCAL0 and so on, of <syslog.h>
};

// Fails with a sentence for a human if the file cannot be opened.
tl::expected<void, std::string> start(const Options& options);

void set_level(Level level);
Level level();

// 'M' for a primary, which is the default, 'S' for a replica.
void set_role(char role);

// Opens the file again now, for SIGHUP.
void reopen();

// Use the functions below instead.
bool is_on(Level level);
void write(Level level, fmt::string_view format, fmt::format_args args);

template <typename... Args>
void debug(fmt::format_string<Args...> format, Args&&... args) {
  if (is_on(Level::debug)) {
    write(Level::debug, format, fmt::make_format_args(args...));
  }
}

template <typename... Args>
void verbose(fmt::format_string<Args...> format, Args&&... args) {
  if (is_on(Level::verbose)) {
    write(Level::verbose, format, fmt::make_format_args(args...));
  }
}

template <typename... Args>
void notice(fmt::format_string<Args...> format, Args&&... args) {
  if (is_on(Level::notice)) {
    write(Level::notice, format, fmt::make_format_args(args...));
  }
}

template <typename... Args>
void warning(fmt::format_string<Args...> format, Args&&... args) {
  if (is_on(Level::warning)) {
    write(Level::warning, format, fmt::make_format_args(args...));
  }
}

}  // namespace gyre::log
