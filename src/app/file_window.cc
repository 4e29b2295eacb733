#include "app/file_window.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstring>

#include "base/crc.h"

namespace gyre::app {

FileWindow::FileWindow(const std::string& path) : fd_(::open(path.c_str(), O_RDONLY | O_CLOEXEC)) {
  struct stat status {};
  if (fd_ < 0 || ::fstat(fd_, &status) != 0) {
    problem_ = std::strerror(errno);
  } else if (!S_ISREG(status.st_mode)) {
    problem_ = "it is no regular file";
  } else {
    size_ = static_cast<uint64_t>(status.st_size);
    return;
  }
  if (fd_ >= 0) {
    ::close(fd_);
    fd_ = -1;
  }
}

FileWindow::~FileWindow() {
  if (fd_ >= 0) {
    ::close(fd_);
  }
}

size_t FileWindow::read(char* out, size_t size, uint64_t offset) {
  size_t done = 0;
  while (done < size) {
    const ssize_t got = ::pread(fd_, out + done, size - done, static_cast<off_t>(offset + done));
    if (got < 0 && errno == EINTR) {
      continue;
    }
    if (got <= 0) {
      problem_ = got < 0 ? std::strerror(errno) : "it has become shorter";
      break;
    }
    done += static_cast<size_t>(got);
  }
  return done;
}

std::string_view FileWindow::fill(size_t wanted) {
  const uint64_t rest = size_ - position_;
  if (end_ - begin_ < std::min<uint64_t>(wanted, rest) && problem_.empty()) {
    std::copy(buffer_.begin() + static_cast<ptrdiff_t>(begin_),
              buffer_.begin() + static_cast<ptrdiff_t>(end_), buffer_.begin());
    end_ -= begin_;
    begin_ = 0;
    // Doubled, because who wants more walks over it again.
    const size_t room = std::max(kStep, wanted + std::min(wanted, size_t{1} << 30));
    buffer_.resize(std::max(buffer_.size(), room));
    const uint64_t size = std::min<uint64_t>(buffer_.size(), rest) - end_;
    end_ += read(buffer_.data() + end_, size, position_ + end_);
  }
  return {buffer_.data() + begin_, end_ - begin_};
}

void FileWindow::take(uint64_t bytes) {
  while (bytes > 0) {
    const std::string_view view = fill(1).substr(0, bytes);
    if (view.empty()) {
      return;
    }
    crc64_ = base::crc64(crc64_, view);
    crc32c_ = base::crc32c(crc32c_, view);
    begin_ += view.size();
    position_ += view.size();
    bytes -= view.size();
  }
}

std::string FileWindow::read_at(uint64_t offset, size_t size) {
  std::string bytes(std::min<uint64_t>(size, size_ - std::min(offset, size_)), '\0');
  bytes.resize(read(bytes.data(), bytes.size(), offset));
  return bytes;
}

}  // namespace gyre::app
