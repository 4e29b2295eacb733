// Snapshot: one RDB file of all cores, as they were at one moment.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "exec/part.h"
#include "journal/journal.h"
#include "persist/snapshot_part.h"
#include "ring/task.h"

namespace gyre::server {

class Server;

struct SnapshotOrder {
  // The journals go on to a new generation at the cut; those that are not on yet are opened with
  // these names, if there are any.
  bool is_aof_base = false;
  const journal::FileNames* opens = nullptr;
  // On behalf of somebody who has locked all cores; null: it does so itself.
  const exec::Request* held = nullptr;
  const bool* is_given_up = nullptr;  // it may be while all cores are not locked yet
};

// All cores are locked for the moment of the cut, and then write side by side, each through its own
// ring, while they serve. The file gets its name when it is whole and on the disk.
class Snapshot {
 public:
  Snapshot(Server& server, std::string path, const SnapshotOrder& order)
      : server_(server), path_(std::move(path)), order_(order) {}
  Snapshot(const Snapshot&) = delete;
  Snapshot& operator=(const Snapshot&) = delete;

  // On the first core. 0, or an errno; see SnapshotPart::write().
  ring::Task<int> run();
  // At the cut: changes of all cores since the start, and the generation that began.
  uint64_t dirty() const { return dirty_; }
  uint64_t generation() const { return generation_; }
  bool has_cut() const { return has_cut_; }
  uint64_t keys() const { return keys_; }
  uint64_t size() const { return size_; }

 private:
  struct Trip : ring::Message {
    Snapshot* of = nullptr;
    uint16_t core = 0;
    int result = 0;
    uint16_t version = 0;
    uint64_t keys = 0;
    std::vector<persist::RdbChunk> chunks;
  };

  ring::Task<> cut();
  void begin_generation(journal::Journal& journal);
  ring::Task<int> write_parts(persist::SnapshotFile& file);
  static ring::Task<> write_part(Trip* trip);  // the trip outlives the task
  std::string header() const;
  ring::Task<int> write_file(int fd);
  ring::Task<int> write_all(int fd, std::string_view bytes, uint64_t offset);
  ring::Task<int> put_in_place(const std::string& temporary);

  Server& server_;
  std::string path_;
  const SnapshotOrder order_;
  int64_t created_s_ = 0;
  uint16_t version_ = persist::kVersion;
  persist::SnapshotFile* file_ = nullptr;
  exec::Join join_;
  std::vector<Trip> trips_;
  std::vector<persist::RdbChunk> chunks_;
  uint64_t dirty_ = 0;
  uint64_t generation_ = 0;
  bool has_cut_ = false;
  uint64_t keys_ = 0;
  uint64_t size_ = 0;
};

}  // namespace gyre::server
