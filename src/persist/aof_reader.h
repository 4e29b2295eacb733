// AofReader: one file of the append-only file as runs of whole commands, checked where it can be.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "journal/batch_line.h"

namespace gyre::persist {

// Looks at a window of the file: as much as has been read from where it stands. It owns nothing.
class AofReader {
 public:
  // A file of this server has batch lines, whose checksums begin with `seed`; in others whatever
  // comes as a comment is passed over.
  AofReader(bool has_lines, uint32_t seed) : has_lines_(has_lines), seed_(seed) {}

  struct Batch {
    std::string_view records;  // whole commands, without comments
    journal::BatchLine line;   // if the file has lines
  };
  enum class Result : uint8_t {
    batch,
    more,  // the window is too small, and there is more of the file
    end,
    bad,  // see reason()
  };

  // `is_rest`: the window reaches to the end of the file.
  Result next(std::string_view window, bool is_rest, Batch& batch, size_t& consumed);
  // Why nothing more can be read where it stands.
  const std::string& reason() const { return reason_; }
  // True if the window ends in the midst of something that is in order so far.
  bool is_cut() const { return is_cut_; }

  // The first whole batch of this file that has not been read, whatever precedes it in the window;
  // of files of others, what looks like a whole command at the begin of a line.
  struct Later {
    size_t begin = 0;     // in the window
    uint64_t number = 0;  // of the batch
  };
  std::optional<Later> find_later(std::string_view window) const;
  // Was what cannot be read torn by a crash, and is not damage with something whole behind it? The
  // window reaches to the end. A command of others that is cut off may hold what looks like others.
  bool is_torn_end(std::string_view window) const {
    return (!has_lines_ && is_cut_) || !find_later(window).has_value();
  }
  // Goes on with the batch of this number.
  void skip_to(uint64_t number) { number_ = number - 1; }
  // The last batch that was read.
  uint64_t batches() const { return number_; }
  // Of what was read last, by the comment "#TS:<seconds>" before it; Unix time, 0 if none came yet.
  int64_t time_s() const { return time_s_; }

 private:
  Result fail(const char* reason, bool is_cut);
  void note_time(std::string_view line);
  std::optional<Later> find_later_command(std::string_view window) const;
  Result end_batch(std::string_view window, size_t begin, size_t records_end, Batch& batch,
                   size_t& consumed);
  Result next_lined(std::string_view window, bool is_rest, Batch& batch, size_t& consumed);
  Result next_plain(std::string_view window, bool is_rest, Batch& batch, size_t& consumed);

  bool has_lines_;
  uint32_t seed_;
  uint64_t number_ = 0;  // of the last batch
  int64_t time_s_ = 0;
  bool is_cut_ = false;
  std::string reason_;
};

}  // namespace gyre::persist
