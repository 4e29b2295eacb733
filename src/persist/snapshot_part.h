// SnapshotPart: what one core writes of a snapshot.
#pragma once

#include <cstdint>
#include <memory>
#include <vector>

#include "persist/rdb_chunks.h"
#include "persist/rdb_file_writer.h"
#include "persist/rdb_writer.h"
#include "persist/sink.h"
#include "ring/task.h"
#include "store/cut.h"
#include "store/shard.h"

namespace gyre::persist {

// Bytes of one chunk, in one stretch of memory that grows.
class ChunkSink final : public Sink {
 public:
  ChunkSink() { restart(); }
  std::string_view bytes() const { return {memory_.get(), size()}; }
  size_t size() const { return static_cast<size_t>(at() - memory_.get()); }
  void restart();
  // The bytes of each become those of the other.
  void exchange(ChunkSink& other);

 private:
  static constexpr size_t kFirst = size_t{320} << 10;  // a chunk, and what goes beyond its end
  void more(size_t wanted) override;

  std::unique_ptr<char[]> memory_;
  size_t capacity_ = 0;
};

// Places in the file are handed out by one core, in the order in which they are asked for.
class SnapshotFile {
 public:
  explicit SnapshotFile(int fd) : fd_(fd) {}
  int fd() const { return fd_; }
  uint64_t claim(uint64_t size) {
    const uint64_t at = end_;
    end_ += size;
    return at;
  }
  uint64_t end() const { return end_; }

 private:
  int fd_;
  uint64_t end_ = 0;
};

struct SnapshotOptions {
  bool compresses = true;
  bool has_crc64 = true;
};

// Lives on its core from the moment of the cut. Two chunks are written side by side: one of the
// keys in their turn, and one of those that are about to change and cannot wait. A chunk goes to
// the file when it is large; meanwhile the next one grows.
class SnapshotPart final : public store::Saver {
 public:
  SnapshotPart(store::Shard& shard, const SnapshotOptions& options);

  // Writes everything; `file` belongs to core `home`. 0, or an errno; ECANCELED if the databases
  // were emptied meanwhile, or if the snapshot was given up.
  ring::Task<int> write(SnapshotFile& file, uint16_t home);
  void give_up() { is_given_up_ = true; }

  const std::vector<RdbChunk>& chunks() const { return chunks_; }
  // That a reader has to know.
  uint16_t version() const;
  uint64_t keys() const;

  bool save(uint16_t db, const store::Entry& entry) override;
  bool save_more() override;
  void save_ahead(uint16_t db, const store::Entry& entry) override;

 private:
  struct Stream {
    ChunkSink sink;
    RdbWriter values;
    RdbChunkWriter writer;
    explicit Stream(bool compresses) : values(sink, compresses), writer(values) {}
  };

  KeyUse use_of(const store::Entry& entry) const;
  bool is_full(const Stream& stream) const;
  ring::Task<int> flush(Stream& stream, SnapshotFile& file, uint16_t home);

  store::Shard& shard_;
  SnapshotOptions options_;
  Stream in_turn_;
  Stream ahead_;
  // What is written while the streams go on.
  ChunkSink leaving_;
  bool is_partial_ = false;
  bool is_given_up_ = false;
  std::vector<RdbChunk> chunks_;
  uint64_t keys_ = 0;
  store::Cut cut_;
};

}  // namespace gyre::persist
