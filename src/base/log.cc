// spdlog makes the line and serialises the threads; the sink below owns the descriptor.
#include "base/log.h"

#include <fcntl.h>
#include <spdlog/logger.h>
#include <spdlog/pattern_formatter.h>
#include <spdlog/sinks/base_sink.h>
#include <sys/stat.h>
#include <syslog.h>
#include <unistd.h>

#include <atomic>
#include <cerrno>
#include <cstring>
#include <memory>
#include <mutex>

namespace gyre::log {
namespace {

constexpr spdlog::level::level_enum kSpdlogLevels[] = {spdlog::level::trace, spdlog::level::debug,
                                                       spdlog::level::info, spdlog::level::warn,
                                                       spdlog::level::off};

struct LevelMark {
  char mark;
  int syslog_priority;
};

LevelMark mark_of(spdlog::level::level_enum level) {
  switch (level) {
    case spdlog::level::trace:
      return {'.', LOG_DEBUG};
    case spdlog::level::debug:
      return {'-', LOG_INFO};
    case spdlog::level::info:
      return {'*', LOG_NOTICE};
    default:
      return {'#', LOG_WARNING};
  }
}

std::atomic<char>& role() {
  static std::atomic<char> value{'M'};
  return value;
}

class MarkFlag : public spdlog::custom_flag_formatter {
 public:
  void format(const spdlog::details::log_msg& message, const std::tm&,
              spdlog::memory_buf_t& out) override {
    out.push_back(mark_of(message.level).mark);
  }
  std::unique_ptr<custom_flag_formatter> clone() const override {
    return std::make_unique<MarkFlag>();
  }
};

class RoleFlag : public spdlog::custom_flag_formatter {
 public:
  void format(const spdlog::details::log_msg&, const std::tm&, spdlog::memory_buf_t& out) override {
    out.push_back(role().load(std::memory_order_relaxed));
  }
  std::unique_ptr<custom_flag_formatter> clone() const override {
    return std::make_unique<RoleFlag>();
  }
};

int open_for_append(const std::string& path) {
  return open(path.c_str(), O_WRONLY | O_APPEND | O_CREAT | O_CLOEXEC, 0644);
}

// All members are used under the mutex of base_sink, except in the constructor.
class Sink : public spdlog::sinks::base_sink<std::mutex> {
 public:
  Sink() {
    auto formatter = std::make_unique<spdlog::pattern_formatter>();
    formatter->add_flag<MarkFlag>('*').add_flag<RoleFlag>('~');
    formatter->set_pattern("%P:%~ %d %b %Y %H:%M:%S.%e %* %v");
    formatter_ = std::move(formatter);
  }
  ~Sink() override { close_file(); }

  // Returns 0 or an errno; then nothing has changed.
  int configure(const Options& options) {
    const std::lock_guard lock(mutex_);
    if (!options.file.empty()) {
      const int file = open_for_append(options.file);
      if (file < 0) {
        return errno;
      }
      close_file();
      file_ = file;
    } else {
      close_file();
    }
    path_ = options.file;
    if (options.syslog) {
      ident_ = options.syslog_ident;  // openlog() keeps the pointer
      openlog(ident_.c_str(), LOG_PID | LOG_NDELAY | LOG_NOWAIT, options.syslog_facility);
    }
    syslog_ = options.syslog;
    return 0;
  }

  void reopen() {
    const std::lock_guard lock(mutex_);
    reopen_locked();
  }

 private:
  void sink_it_(const spdlog::details::log_msg& message) override {
    follow_rotation(message);
    spdlog::memory_buf_t line;
    formatter_->format(message, line);
    write_all(line.data(), line.size());
    if (syslog_) {
      ::syslog(mark_of(message.level).syslog_priority, "%.*s",
               static_cast<int>(message.payload.size()), message.payload.data());
    }
  }

  void flush_() override {}  // nothing is kept back

  void close_file() {
    if (file_ != STDOUT_FILENO) {
      close(file_);
      file_ = STDOUT_FILENO;
    }
  }

  // The old file stays in use if the new one cannot be opened: better there than nowhere.
  void reopen_locked() {
    const int file = path_.empty() ? -1 : open_for_append(path_);
    if (file >= 0) {
      close_file();
      file_ = file;
    }
  }

  // Looks at most once a second whether the path still names the open file.
  void follow_rotation(const spdlog::details::log_msg& message) {
    if (path_.empty() || message.time - looked_ < std::chrono::seconds(1)) {
      return;
    }
    looked_ = message.time;
    struct stat by_path = {};
    struct stat by_file = {};
    if (stat(path_.c_str(), &by_path) != 0 || fstat(file_, &by_file) != 0 ||
        by_path.st_ino != by_file.st_ino || by_path.st_dev != by_file.st_dev) {
      reopen_locked();
    }
  }

  // Errors are dropped: there is no place left to report that the log does not work.
  void write_all(const char* data, size_t size) {
    while (size > 0) {
      const ssize_t written = ::write(file_, data, size);
      if (written < 0) {
        if (errno == EINTR) {
          continue;
        }
        return;
      }
      data += written;
      size -= static_cast<size_t>(written);
    }
  }

  int file_ = STDOUT_FILENO;
  std::string path_;
  std::string ident_;
  bool syslog_ = false;
  spdlog::log_clock::time_point looked_;
};

// Never destroyed: threads may still log while the process ends.
struct State {
  Sink* const sink = new Sink;
  spdlog::logger logger{"gyre", spdlog::sink_ptr(sink)};
  std::atomic<Level> level{Level::notice};

  State() { logger.set_level(spdlog::level::trace); }  // is_on() decides
};

State& state() {
  static State* const instance = new State;
  return *instance;
}

}  // namespace

tl::expected<void, std::string> start(const Options& options) {
  set_level(options.level);
  const int error = state().sink->configure(options);
  if (error != 0) {
    return tl::unexpected(
        fmt::format("Can't open the log file {}: {}", options.file, std::strerror(error)));
  }
  return {};
}

void set_level(Level level) { state().level.store(level, std::memory_order_relaxed); }

Level level() { return state().level.load(std::memory_order_relaxed); }

void set_role(char value) { role().store(value, std::memory_order_relaxed); }

void reopen() { state().sink->reopen(); }

bool is_on(Level level) { return level >= state().level.load(std::memory_order_relaxed); }

void write(Level level, fmt::string_view format, fmt::format_args args) {
  fmt::memory_buffer message;
  fmt::vformat_to(fmt::appender(message), format, args);
  state().logger.log(kSpdlogLevels[static_cast<int>(level)],
                     spdlog::string_view_t(message.data(), message.size()));
}

}  // namespace gyre::log
