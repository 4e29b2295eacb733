// AofWriter: brings the journal of one core into its file, and says how far it is safe.
#pragma once

#include <cstdint>
#include <utility>
#include <vector>

#include "journal/journal.h"
#include "ring/core.h"

namespace gyre::persist {

enum class Fsync : uint8_t { always, everysec, no };

// One write is under way at a time; what the core does meanwhile makes up the next one. With
// Fsync::always a write ends when the disk has it, else when the kernel has it. Flushes of
// Fsync::everysec go on beside the writes.
//
// A write or a flush that fails ends it: what the file holds then nobody knows, and nothing more is
// written to it (error()).
class AofWriter {
 public:
  AofWriter(ring::Core& core, journal::Journal& journal);
  AofWriter(const AofWriter&) = delete;
  AofWriter& operator=(const AofWriter&) = delete;
  ~AofWriter();

  bool is_open() const { return fd_ >= 0; }
  // Takes over the descriptor of the empty file of a generation. What is under way ends before that
  // is written to.
  void offer(uint64_t generation, int fd);
  void set_policy(Fsync policy);

  // Is there something to write, and nothing under way?
  bool may_push() const { return !is_writing_ && error_ == 0 && journal_.has_stretch(); }
  // At the end of a turn: writes what has come, if nothing is under way.
  void push();
  // The generation of which a file is needed; 0: of none. Says so once.
  uint64_t take_wanted() { return std::exchange(wanted_, 0); }
  // Of the file that is written.
  uint64_t generation() const { return generation_; }
  // Everything that was appended has been written, and nothing is under way.
  bool is_idle() const { return is_quiet() && !journal_.has_stretch(); }
  // Up to where the disk has everything.
  journal::Position synced() const { return synced_; }
  // Brings what has been written to the disk, unless that is under way.
  void flush();
  // Now and then: flushes if it is time.
  void tick();
  // The last bytes to the disk, in the calling thread, when the core has run its last turn.
  void finish();

  // Bytes written to all files since the start.
  uint64_t written_bytes() const { return written_bytes_; }
  // If there was an error, and nothing is under way any more (is_quiet()): what came before a
  // generation is safe elsewhere, and what came since goes to the file of that. False if the error
  // came in that file or a later one, so that a later generation is needed.
  bool restart(uint64_t generation);
  bool is_quiet() const { return !is_writing_ && !is_syncing_; }
  // The journal has stopped, and nothing is under way: gives its files back.
  void close();
  // Flushes what is written, if that has not begun yet.
  void begin_sync();
  // errno of the first operation that failed; 0: none has.
  int error() const { return error_; }
  bool is_synced() const { return synced_ == written_; }
  // Flushes that took longer than their second.
  uint64_t delayed() const { return delayed_; }

 private:
  struct Op : ring::FileOp {
    AofWriter* writer = nullptr;
  };

  bool go_on_to(uint64_t generation);
  void submit_write();
  void submit_sync();
  void wrote(int result);
  void synced(int result);

  ring::Core& core_;
  journal::Journal& journal_;
  Fsync policy_ = Fsync::everysec;
  int fd_ = -1;
  uint64_t generation_ = 0;
  uint64_t wanted_ = 0;
  uint64_t asked_for_ = 0;  // the last generation that was wanted
  struct Offer {
    uint64_t generation;
    int fd;
  };
  std::vector<Offer> offers_;
  uint64_t offset_ = 0;  // where the next byte goes
  const char* data_ = nullptr;
  size_t left_ = 0;              // of the write under way
  journal::Position taken_ = 0;  // by writes so far, one that is under way included
  journal::Position written_ = 0;
  journal::Position syncing_to_ = 0;
  journal::Position synced_ = 0;
  uint64_t sync_ms_ = 0;  // when the last flush began
  bool is_writing_ = false;
  bool is_flushing_ = false;  // the write under way brings its bytes to the disk
  bool is_syncing_ = false;
  bool is_late_ = false;
  int error_ = 0;
  uint64_t delayed_ = 0;
  uint64_t written_bytes_ = 0;
  Op write_;
  Op sync_;
};

}  // namespace gyre::persist
