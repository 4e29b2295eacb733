// FileWindow: a file that is read once from its beginning to its end, and summed up on the way.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace gyre::app {

// For tools that have no reactor. What cannot be read is the end, and problem() says why.
class FileWindow {
 public:
  explicit FileWindow(const std::string& path);
  FileWindow(const FileWindow&) = delete;
  FileWindow& operator=(const FileWindow&) = delete;
  ~FileWindow();

  bool is_open() const { return fd_ >= 0; }
  // Of opening or of reading; empty if there was none.
  const std::string& problem() const { return problem_; }
  uint64_t size() const { return size_; }
  // Bytes that were taken.
  uint64_t position() const { return position_; }

  // The bytes from position() on: as many as are wanted or more, or all there are. Good until the
  // next call.
  std::string_view fill(size_t wanted);
  // Goes on by so many bytes, at most to the end.
  void take(uint64_t bytes);
  // Bytes from anywhere, fewer at the end.
  std::string read_at(uint64_t offset, size_t size);

  // Of all bytes that were taken.
  uint64_t crc64() const { return crc64_; }
  // Of those that were taken since begin_sum().
  uint32_t crc32c() const { return crc32c_; }
  void begin_sum() { crc32c_ = 0; }

 private:
  static constexpr size_t kStep = size_t{1} << 20;

  size_t read(char* out, size_t size, uint64_t offset);

  int fd_ = -1;
  uint64_t size_ = 0;
  uint64_t position_ = 0;
  std::vector<char> buffer_;
  size_t begin_ = 0;  // of what is left in the buffer
  size_t end_ = 0;
  std::string problem_;
  uint64_t crc64_ = 0;
  uint32_t crc32c_ = 0;
};

}  // namespace gyre::app
