#include "persist/file_window.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstring>

namespace gyre::persist {

FileWindow::~FileWindow() {
  if (fd_ >= 0) {
    ::close(fd_);
  }
}

ring::Task<int> FileWindow::open(std::string path) {
  const int fd = co_await ring::open_file(path.c_str(), O_RDONLY);
  if (fd < 0) {
    co_return -fd;
  }
  fd_ = fd;
  struct stat info = {};
  if (::fstat(fd_, &info) != 0) {
    co_return errno;
  }
  if (!S_ISREG(info.st_mode)) {
    co_return EINVAL;
  }
  size_ = static_cast<uint64_t>(info.st_size);
  co_return 0;
}

FileBuffer FileWindow::make_buffer(size_t size) {
  const size_t capacity = std::max(size, 2 * kStretch);
  return {.bytes = std::make_unique_for_overwrite<char[]>(capacity), .capacity = capacity};
}

void FileWindow::change_memory(FileBuffer& other) {
  const size_t have = end_ - begin_;
  // What one large item took is given back.
  const bool is_too_large = other.capacity > kKept && have < kKept / 2;
  if (other.capacity < have || other.bytes == nullptr || is_too_large) {
    other = make_buffer(have);
  }
  std::copy_n(memory_.bytes.get() + begin_, have, other.bytes.get());
  std::swap(memory_, other);
  begin_ = 0;
  end_ = have;
}

ring::Task<int> FileWindow::read_more() {
  const size_t have = end_ - begin_;
  const size_t wanted =
      static_cast<size_t>(std::min<uint64_t>(std::max(kStretch, have * 2), size_ - offset_));
  if (wanted > memory_.capacity) {
    FileBuffer larger = make_buffer(wanted);
    std::copy_n(memory_.bytes.get() + begin_, have, larger.bytes.get());
    memory_ = std::move(larger);
  } else if (have > 0) {
    std::memmove(memory_.bytes.get(), memory_.bytes.get() + begin_, have);
  }
  begin_ = 0;
  end_ = have;
  while (end_ < wanted) {
    const auto size = static_cast<uint32_t>(std::min<size_t>(wanted - end_, size_t{1} << 30));
    const int result =
        co_await ring::read_file(fd_, memory_.bytes.get() + end_, size, offset_ + end_);
    if (result == -EINTR || result == -EAGAIN) {
      continue;
    }
    if (result <= 0) {
      co_return result < 0 ? -result : EIO;
    }
    end_ += static_cast<size_t>(result);
  }
  co_return 0;
}

}  // namespace gyre::persist
