// RdbLoader: the data that an RDB file holds, loaded by all cores.
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "exec/engine.h"
#include "persist/file_window.h"
#include "persist/load_progress.h"
#include "persist/losses.h"
#include "persist/rdb_file_reader.h"
#include "persist/rdb_group.h"
#include "persist/rdb_sums.h"
#include "ring/sync.h"
#include "ring/task.h"

namespace gyre::persist {

struct RdbLoadOptions {
  bool checks_sum = true;  // CRC64, if the file has one; CRC32C of chunks is checked anyway
  // Keys whose time has come are not loaded. Not of a file that commands follow: one of them may
  // have made the key stay.
  bool drops_expired = true;
  // What is damaged is passed over, and noted here; null: it refuses the file.
  Losses* losses = nullptr;
  // A key that is there already is given up for that of the file; else the file is refused.
  bool replaces = false;
};

// Does a file that begins so hold an RDB file, with commands behind it perhaps?
inline bool is_rdb_file(std::string_view begin) {
  return begin.starts_with("REDIS") || begin.starts_with("VALKEY");
}

// The calling core reads the file in windows and walks over what is in them, so that it knows where
// each key begins and ends and who owns it; the owners build the values from the window and put
// them into their tables, while the next window is read. The last core also makes the checksum, and
// what the file holds counts only if that is right: whoever is told false drops all data.
//
// With losses every chunk is checked before anybody builds from it. A file without an index of
// chunks is loaded up to the first place that is not in order.
class RdbLoader {
 public:
  RdbLoader(exec::Engine& engine, std::string path, const RdbLoadOptions& options,
            LoadProgress& progress);

  // False if the file cannot be loaded; error() says why, in a sentence.
  ring::Task<bool> load();
  const std::string& error() const { return error_; }
  // Where the bytes begin that do not belong to it.
  uint64_t end() const { return window_.offset(); }
  uint64_t file_size() const { return window_.size(); }

 private:
  struct Stretch;
  // What one core has to do for a window.
  struct Part : ring::Message {
    RdbLoader* loader = nullptr;
    Stretch* stretch = nullptr;
    RdbGroup group;
    std::string_view summed = "";  // bytes for the checksum
  };
  // A window that is being worked on.
  struct Stretch {
    std::string_view bytes = "";
    uint64_t offset = 0;
    std::vector<Part> parts;  // by core
    size_t open = 0;          // parts that are not done
  };

  // rdb_loader_salvage.cc
  ring::Task<> salvage();
  ring::Task<> salvage_whole();
  ring::Task<> salvage_chunk(const RdbChunk& chunk, uint16_t& version);
  ring::Task<> end_stretches();
  void lose(uint64_t offset, uint64_t size, std::string reason, const RdbChunk* chunk = nullptr);
  std::string take_error();

  ring::Task<bool> open();
  ring::Task<bool> read_index();
  ring::Task<bool> read_items();
  ring::Task<bool> go_on();
  ring::Task<> finish(Stretch& stretch);
  void report() const;
  bool take(const RdbItem& item);
  bool take_database(const RdbItem& item);
  void take_key(const RdbRecord& record);
  void take_aux(const RdbItem& item);
  void begin_stretch();
  void send(size_t unsummed);
  static void work(ring::Message& message, ring::Core& at);
  static void done(ring::Message& message, ring::Core& home);
  bool check_sums();
  bool refuse(const std::string& what);
  bool refuse_at(uint64_t offset, std::string_view what);

  exec::Engine& engine_;
  const std::string path_;
  const RdbLoadOptions options_;
  LoadProgress& progress_;
  uint64_t loaded_before_;  // of other files
  FileWindow window_;
  std::unique_ptr<RdbFileReader> reader_;
  std::unique_ptr<RdbSums> sums_;
  FileBuffer spare_;  // where the stretch in work lies, while the other is read
  Stretch stretches_[2];
  Stretch* current_ = &stretches_[0];
  ring::Event is_idle_;
  int64_t now_ms_ = 0;
  uint64_t sum_ = 0;  // that the file has at its end
  uint64_t empty_keys_ = 0;
  uint64_t functions_ = 0;
  uint64_t error_offset_ = UINT64_MAX;
  std::string error_;
};

}  // namespace gyre::persist
