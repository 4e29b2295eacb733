// Journal: the records of one core that are not in its file yet.
#pragma once

#include <cstddef>
#include <cstdint>
#include <deque>
#include <initializer_list>
#include <memory>
#include <span>
#include <string_view>
#include <utility>

#include "journal/file_names.h"

namespace gyre::journal {

// Positions count the bytes of all records since the start of the process, and only grow: they say
// how far something must be written before somebody may hear of it.
using Position = uint64_t;

// Records are appended as commands in RESP. The writer takes all of them at a time as one batch,
// writes it, and says when it is safe.
//
// What must be repeated whole or not at all on several cores, a part of a transaction, is a batch
// of its own: begin_part() and end_part() put a line before and behind it.
class Journal {
 public:
  Journal() = default;
  Journal(const Journal&) = delete;
  Journal& operator=(const Journal&) = delete;

  bool is_on() const { return is_on_; }
  // Records are taken down from now on, by this core, for the first generation.
  void start(uint16_t core, const FileNames& names);
  // What is not taken yet is dropped.
  void stop();
  // Between these two nothing is taken down, because it comes from the files.
  void pause() { is_paused_ = std::exchange(is_on_, false); }
  void resume() { is_on_ = std::exchange(is_paused_, false) || is_on_; }
  // Records belong to the next generation from here on.
  void cut();
  // Of the next record.
  uint64_t generation() const { return generation_; }

  // Unix time, told to the file when it has changed; 0: the file is told no times.
  void set_time(int64_t time_s) { time_s_ = time_s; }

  // A command in database `db`.
  void append(uint16_t db, std::span<const std::string_view> args);
  void append(uint16_t db, std::initializer_list<std::string_view> args) {
    append(db, std::span<const std::string_view>(args.begin(), args.size()));
  }

  // Between these two: the part of this core of a transaction with `parts` of them. It has a batch
  // even if nothing was appended.
  void begin_part();
  void end_part(uint64_t transaction, uint32_t parts);

  // Behind the last record.
  Position end() const { return end_; }
  // Up to where everything is as safe as it has to be.
  Position safe() const { return safe_; }
  bool is_safe() const { return safe_ == end_; }
  void set_safe(Position position) { safe_ = position; }

  // What has been appended and not been taken, in lines and batches as it goes to a file: of one
  // generation, the oldest first.
  struct Stretch {
    std::string_view bytes;
    uint64_t generation = 0;
    Position end = 0;
  };
  bool has_stretch() const { return !sealed_.empty() || size_ > 0; }
  // Of the stretch that take() would give, or of the next record.
  uint64_t next_generation() const {
    return sealed_.empty() ? generation_ : sealed_.front().generation;
  }
  // Good until the next take().
  Stretch take();
  // What belongs to generations before this one, which has begun, is not to be written any more: it
  // is safe elsewhere.
  void drop_before(uint64_t generation);
  // Bytes of memory that wait to be taken.
  size_t size() const;

 private:
  struct Memory {
    std::unique_ptr<char[]> bytes;
    size_t capacity = 0;
  };

  // What was appended before a cut.
  struct Sealed {
    Memory memory;
    size_t size = 0;
    uint64_t generation = 0;
    Position begin = 0;
    Position end = 0;
  };

  char* reserve(size_t size);
  void put_time();
  void close_batch(uint64_t transaction, uint32_t parts);

  bool is_on_ = false;
  bool is_paused_ = false;
  uint16_t core_ = 0;
  FileNames names_;
  uint64_t generation_ = 0;
  uint32_t seed_ = 0;
  int32_t db_ = -1;  // that the last record of the batch was in; -1: none yet
  int64_t time_s_ = 0;
  int64_t told_s_ = 0;      // that stands in the file
  uint64_t batch_ = 0;      // number of the last batch
  size_t batch_begin_ = 0;  // of the batch that is open
  size_t size_ = 0;
  Position begin_ = 0;  // of what is in filling_
  Position end_ = 0;
  Position safe_ = 0;
  std::deque<Sealed> sealed_;
  Memory filling_;
  Memory taken_;
};

}  // namespace gyre::journal
