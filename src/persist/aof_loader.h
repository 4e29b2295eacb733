// AofLoader: the data that an append-only file holds, loaded.
#pragma once

#include <cstdint>
#include <map>
#include <set>
#include <span>
#include <string>
#include <unordered_map>
#include <unordered_set>
#include <vector>

#include "exec/engine.h"
#include "persist/aof_groups.h"
#include "persist/aof_manifest.h"
#include "persist/aof_reader.h"
#include "persist/file_window.h"
#include "persist/load_progress.h"
#include "persist/losses.h"
#include "ring/task.h"

namespace gyre::persist {

struct AofLoadOptions {
  std::string directory;
  bool cuts_torn_end = true;  // else a file whose last batch is not whole is an error
  bool checks_sum = true;     // of an RDB file that others wrote
  // What is damaged is passed over, and noted here; null: it refuses the data.
  Losses* losses = nullptr;
  bool is_holding = false;  // all cores are locked for it
};

// First the base: an RDB file, commands, or an RDB file and commands behind it, as its first bytes
// tell. Then two looks at the files of this server: the first finds where each one ends, and which
// groups are not whole; the second runs the commands, those of one generation side by side if all
// of them count. Files of others are read once.
//
// With losses a file of this server is read on behind damage, at the next batch that is whole; of a
// file of others nothing behind damage counts, because nothing says where a command begins. A group
// of which a part is lost is dropped alone: what followed on its keys has been acknowledged.
class AofLoader {
 public:
  AofLoader(exec::Engine& engine, const AofManifest& manifest, AofLoadOptions options,
            LoadProgress& progress)
      : engine_(engine), manifest_(manifest), options_(std::move(options)), progress_(progress) {}

  // False if the data cannot be loaded; error() says why, in a sentence.
  ring::Task<bool> load();
  // One file of the directory that is in no manifest; may be a base.
  ring::Task<bool> load_alone(const std::string& name);
  const std::string& error() const { return error_; }

  uint64_t commands() const { return commands_; }
  uint64_t bytes_read() const { return bytes_read_; }
  size_t dropped_groups() const { return groups_.dropped(); }
  // Has a file an end that is not whole? How long is it without that?
  bool is_torn(const AofFile& file) const { return torn_.contains(file.name); }
  uint64_t valid_size(const AofFile& file) const { return torn_.at(file.name); }

 private:
  enum class Pass : uint8_t { scan, look };
  ring::Task<bool> open(FileWindow& window, const AofFile& file);
  // What AofGroups has to see of a file of this server, before anything is run.
  ring::Task<bool> show(const AofFile& file, Pass pass);
  ring::Task<bool> find_groups();
  void drop_end(const FileWindow& window, const AofReader& reader, const AofFile& file);
  ring::Task<bool> judge_end(FileWindow& window, AofReader& reader, const AofFile& file);
  // Behind damage that is known already; false if none is at this place.
  bool pass_gap(FileWindow& window, AofReader& reader, const AofFile& file);
  void lose(const AofFile& file, uint64_t offset, uint64_t size, const std::string& reason);
  void note_gap(const FileWindow& window, const AofReader& reader, const AofFile& file,
                const AofReader::Later& later);
  ring::Task<bool> load_base(const AofFile& file, bool is_last);
  // The commands from an offset on.
  ring::Task<bool> run(const AofFile& file, uint64_t offset, bool is_last);
  // Files of one generation, side by side on all cores.
  using Files = std::span<const AofFile* const>;
  bool may_run_together(Files files) const;
  ring::Task<bool> run_together(Files files);
  ring::Task<bool> read_more(FileWindow& window, const AofFile& file);
  bool may_be_cut(const FileWindow& window, const AofReader& reader, bool is_last);
  bool end_plain(FileWindow& window, const AofReader& reader, const AofFile& file, bool is_last);
  bool refuse(const AofFile& file, uint64_t offset, const std::string& what,
              const std::string& kind = "Bad file format");

  exec::Engine& engine_;
  const AofManifest& manifest_;
  AofLoadOptions options_;
  LoadProgress& progress_;
  AofGroups groups_{engine_.commands()};
  std::set<std::string> filled_;  // names of files of this server that hold records
  std::unordered_map<std::string, uint64_t> torn_;  // sizes of what is whole
  // Generations that begin with a command about all keys, before which nothing else may run.
  std::unordered_set<uint64_t> ordered_;
  // Of each file: where reading stops because of damage, and where it goes on.
  std::unordered_map<std::string, std::map<uint64_t, AofReader::Later>> gaps_;
  std::string error_;
  uint64_t commands_ = 0;
  uint64_t bytes_read_ = 0;
};

}  // namespace gyre::persist
