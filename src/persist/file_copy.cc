#include "persist/file_copy.h"

#include <fcntl.h>
#include <linux/fs.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include <cerrno>

#include "persist/file_window.h"
#include "ring/file.h"

namespace gyre::persist {
namespace {

constexpr uint32_t kMode = 0644;

ring::Task<int> write_all(int fd, FileWindow& window) {  // which outlives the task
  while (!window.is_rest() || !window.view().empty()) {
    if (window.view().empty()) {
      if (const int failed = co_await window.read_more(); failed != 0) {
        co_return failed;
      }
    }
    const std::string_view bytes = window.view();
    const int result = co_await ring::write_file(
        fd, bytes.data(), static_cast<uint32_t>(bytes.size()), window.offset());
    if (result <= 0) {
      co_return result < 0 ? -result : ENOSPC;
    }
    window.consume(static_cast<size_t>(result));
  }
  co_return 0;
}

}  // namespace

ring::Task<int> copy_file(std::string from, std::string to) {
  FileWindow window;
  if (const int failed = co_await window.open(std::move(from)); failed != 0) {
    co_return failed;
  }
  const int fd = co_await ring::open_file(to.c_str(), O_WRONLY | O_CREAT | O_TRUNC, kMode);
  if (fd < 0) {
    co_return -fd;
  }
  int failed = 0;
  if (::ioctl(fd, FICLONE, window.fd()) != 0) {
    failed = co_await write_all(fd, window);
  }
  if (failed == 0) {
    failed = -co_await ring::sync_file(fd);
  }
  co_await ring::close_file(fd);
  co_return failed;
}

ring::Task<int> link_file(std::string from, std::string to) {
  if (::link(from.c_str(), to.c_str()) == 0) {
    co_return 0;
  }
  co_return co_await copy_file(std::move(from), std::move(to));
}

ring::Task<int> sync_directory(std::string path) {
  const int fd = co_await ring::open_file(path.c_str(), O_RDONLY | O_DIRECTORY);
  if (fd < 0) {
    co_return -fd;
  }
  const int result = co_await ring::sync_file(fd);
  co_await ring::close_file(fd);
  co_return -result;
}

}  // namespace gyre::persist
