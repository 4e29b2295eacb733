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

  // The snapshot, if there is one. False if it cannot be loaded; error() says why. The options are
  // those of persist::RdbLoadOptions.
  ring::Task<bool> load_snapshot(bool drops_expired = true, bool replaces = false);
  // What the manifest names; the ends of files that are not whole are cut off. If there is none, an
  // append-only file in one piece as Redis wrote it before 7.0, or the snapshot: that becomes the
  // base of the new manifest.
  ring::Task<bool> load_append_only(persist::AofDirectory& aof);
  // What the manifest names, once more, while all cores are locked.
  ring::Task<bool> load_again(persist::AofDirectory& aof) { return load_manifest(aof); }
  const std::string& error() const { return error_; }

  // Between these two a stop of the server ends the process at once: nothing can be lost.
  // `is_holding`: all cores are locked by the caller.
  void begin(bool is_holding = false);
  void end(bool is_good);
  bool is_active() const { return is_active_; }
  // Of the last loading.
  const persist::LoadProgress& progress() const { return progress_; }
  // The base is a file that somebody else wrote for other ends.
  bool has_adopted() const { return !adopted_.empty(); }
  // Where damaged files were kept of which all that is whole was loaded; empty if none was damaged.
  const std::string& kept_aside() const { return kept_aside_; }

 private:
  bool refuse(const std::string& what) {
    error_ = what;
    return false;
  }
  persist::AofLoadOptions options(const std::string& directory);
  // Forgets what was loaded of a file that was refused with this error; from now on all that is
  // whole counts. False if the configuration does not want that. The second one keeps a file aside,
  // too.
  ring::Task<bool> begin_salvage(std::string error);
  ring::Task<bool> salvage_file(std::string error, std::string path);
  persist::Losses* losses() { return is_salvaging_ ? &losses_ : nullptr; }
  ring::Task<bool> load_manifest(persist::AofDirectory& aof);
  ring::Task<bool> load_alone(persist::AofDirectory& aof, const std::string& name, bool is_moved);
  std::string name_aside(const std::string& path) const;
  void log_end(const char* from) const;

  Server& server_;
  bool is_active_ = false;
  bool is_holding_ = false;
  persist::LoadProgress progress_;
  std::string adopted_;    // path of a file that became the base
  bool is_moved_ = false;  // it is wanted no more at its old place
  bool is_salvaging_ = false;
  persist::Losses losses_;
  std::string kept_aside_;
  std::string error_;
};

}  // namespace gyre::server
