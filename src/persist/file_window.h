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

// Memory that a window lies in.
struct FileBuffer {
  std::unique_ptr<char[]> bytes;
  size_t capacity = 0;
};

class FileWindow {
 public:
  FileWindow() = default;
  FileWindow(const FileWindow&) = delete;
  FileWindow& operator=(const FileWindow&) = delete;
  ~FileWindow();

  // 0, or an errno. The file is read up to the size it has now.
  ring::Task<int> open(std::string path);

  int fd() const { return fd_; }
  uint64_t size() const { return size_; }
  // Nothing behind `size` counts.
  void limit(uint64_t size) { size_ = size < size_ ? size : size_; }
  // Where the view begins.
  uint64_t offset() const { return offset_; }
  // What has been read and not been consumed yet.
  std::string_view view() const { return {memory_.bytes.get() + begin_, end_ - begin_}; }
  // The view reaches to the end of the file.
  bool is_rest() const { return offset_ + view().size() >= size_; }
  void consume(size_t count) {
    begin_ += count;
    offset_ += count;
  }
  // The view goes on in other memory, and what it lay in is exchanged for that: it stays as it is
  // for whoever looks at it.
  void change_memory(FileBuffer& other);
  // Begins anew at another place.
  void seek(uint64_t offset) {
    begin_ = end_ = 0;
    offset_ = offset;
  }
  // Reads on; the view grows to twice its size at least, but for the end of the file. 0, or an
  // errno; EIO if the file ends early.
  ring::Task<int> read_more();

 private:
  static constexpr size_t kStretch = size_t{1} << 20;
  static constexpr size_t kKept = 16 * kStretch;

  static FileBuffer make_buffer(size_t size);

  int fd_ = -1;
  uint64_t size_ = 0;
  uint64_t offset_ = 0;
  FileBuffer memory_;
  size_t begin_ = 0;
  size_t end_ = 0;
};

}  // namespace gyre::persist
