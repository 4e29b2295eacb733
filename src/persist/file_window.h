// FileWindow: a file read from its beginning to its end, a stretch at a time.
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>
#include <string_view>

#include "ring/file.h"
#include "ring/task.h"

namespace gyre::persist {

class FileWindow {
 public:
  FileWindow() = default;
  FileWindow(const FileWindow&) = delete;
  FileWindow& operator=(const FileWindow&) = delete;
  ~FileWindow();

  // 0, or an errno. The file is read up to the size it has now.
  ring::Task<int> open(std::string path);

  uint64_t size() const { return size_; }
  // Nothing behind `size` counts.
  void limit(uint64_t size) { size_ = size < size_ ? size : size_; }
  // Where the view begins.
  uint64_t offset() const { return offset_; }
  // What has been read and not been consumed yet.
  std::string_view view() const { return {bytes_.get() + begin_, end_ - begin_}; }
  // The view reaches to the end of the file.
  bool is_rest() const { return offset_ + view().size() >= size_; }
  void consume(size_t count) {
    begin_ += count;
    offset_ += count;
  }
  // Reads on; the view grows to twice its size at least, but for the end of the file. 0, or an
  // errno; EIO if the file ends early.
  ring::Task<int> read_more();

 private:
  static constexpr size_t kStretch = 1024 * 1024;

  int fd_ = -1;
  uint64_t size_ = 0;
  uint64_t offset_ = 0;
  std::unique_ptr<char[]> bytes_;
  size_t capacity_ = 0;
  size_t begin_ = 0;
  size_t end_ = 0;
};

}  // namespace gyre::persist
