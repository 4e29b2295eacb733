// DataLoading: what a start finds on the disk, brought into memory.
#pragma once

#include <cstdint>
#include <string>

#include "persist/aof_directory.h"
#include "persist/aof_loader.h"
#include "persist/load_progress.h"
#include "ring/task.h"

namespace gyre::server {

class Server;

// Lives on the first core. Clients are told that data is being loaded, until the cores are told
// that it is there.
class DataLoading {
 public:
  explicit DataLoading(Server& server) : server_(server) {}

  // The snapshot, if there is one. False if it cannot be loaded; error() says why.
  ring::Task<bool> load_snapshot();
  // What the manifest names; the ends of files that are not whole are cut off. If there is none, an
  // append-only file in one piece as Redis wrote it before 7.0, or the snapshot: that becomes the
  // base of the new manifest.
  ring::Task<bool> load_append_only(persist::AofDirectory& aof);
  const std::string& error() const { return error_; }

  // Between these two a stop of the server ends the process at once: nothing can be lost.
  void begin();
  void end(bool is_good);
  bool is_active() const { return is_active_; }
  // Of the last loading.
  const persist::LoadProgress& progress() const { return progress_; }
  // The base is a file that somebody else wrote for other ends.
  bool has_adopted() const { return !adopted_.empty(); }

 private:
  bool refuse(const std::string& what) {
    error_ = what;
    return false;
  }
  persist::AofLoadOptions options(const std::string& directory) const;
  ring::Task<bool> load_manifest(persist::AofDirectory& aof);
  ring::Task<bool> load_alone(persist::AofDirectory& aof, const std::string& name, bool is_moved);
  void log_end(const char* from) const;

  Server& server_;
  bool is_active_ = false;
  persist::LoadProgress progress_;
  std::string adopted_;    // path of a file that became the base
  bool is_moved_ = false;  // it is wanted no more at its old place
  std::string error_;
};

}  // namespace gyre::server
