// AofDirectory: the directory of the append-only file: its manifest, and new files in it.
#pragma once

#include <string>
#include <vector>

#include "persist/aof_manifest.h"
#include "ring/sync.h"
#include "ring/task.h"

namespace gyre::persist {

// An error is a sentence in error(). First core only.
class AofDirectory {
 public:
  // `prefix` is appendfilename.
  AofDirectory(std::string path, std::string prefix)
      : path_(std::move(path)), prefix_(std::move(prefix)) {}

  const std::string& path() const { return path_; }
  const AofManifest& manifest() const { return manifest_; }
  const std::string& error() const { return error_; }
  // errno of what failed last; 0 if it was none of the system's.
  int error_number() const { return error_number_; }

  // Makes the directory, if there is none.
  bool make();
  // Reads the manifest, if there is one.
  ring::Task<bool> read();
  // A file from elsewhere becomes the base of an empty manifest, which begin_generation() writes;
  // the file stays. It is the same one if `is_linked`, so nobody may write to it; else a copy.
  ring::Task<bool> adopt(const std::string& path, const std::string& name, bool is_linked);
  // Cuts a file off.
  ring::Task<bool> cut(const AofFile& file, uint64_t size);
  // All files once more in a directory that is made for them, as they are: nobody writes to them.
  ring::Task<bool> keep_aside(const std::string& to);
  // New files count only when there is a base that holds what came before them: until the next
  // set_base() the manifest on the disk stays as it is.
  ring::Task<bool> begin_apart();
  // Gives that up: removes the new files.
  ring::Task<> end_apart();
  // Makes a file for each core and notes them in the manifest; `fds` are theirs, to be closed by
  // the caller.
  ring::Task<bool> begin_generation(uint16_t cores, std::vector<AofFile>& files,
                                    std::vector<int>& fds);
  // What the next base is called, and where it has to be put.
  AofFile next_base() const { return manifest_.next_base(prefix_, last_base_); }
  std::string path_of(const std::string& name) const { return path_ + "/" + name; }
  // Files that a crash has left: of bases and generations before those that the manifest names, and
  // what was never finished.
  ring::Task<> remove_leftovers();
  // The base is there, and holds all that came before a generation: removes the files of that, or
  // the base if that fails.
  ring::Task<bool> set_base(const AofFile& base, uint64_t generation);

 private:
  ring::Task<bool> write_base(const AofFile& base, uint64_t generation);
  ring::Task<bool> write_generation(uint16_t cores, std::vector<AofFile>& files,
                                    std::vector<int>& fds);
  bool refuse(const std::string& what, int error);
  bool check_strays();
  ring::Task<bool> mark();
  std::string fresh_path() const { return path_of("temp_" + prefix_ + ".manifest"); }
  bool is_leftover(const std::string& name) const;
  ring::Task<bool> write_manifest(const AofManifest& manifest);

  std::string path_;
  std::string prefix_;
  AofManifest manifest_;
  bool is_on_disk_ = false;  // there is a manifest
  bool is_apart_ = false;
  std::vector<std::string> apart_;  // new files that no manifest on the disk names
  ring::Semaphore is_free_{1};      // one change of the manifest follows the other
  // The highest number that a base may have on the disk, whatever became of its manifest.
  uint64_t last_base_ = 0;
  bool is_replaced_ = false;  // the manifest on the disk may be the one that was written last
  std::string error_;
  int error_number_ = 0;
};

}  // namespace gyre::persist
