// DataLoading: what a start finds on the disk, brought into memory.
#pragma once

#include <cstdint>
#include <string>

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
  const std::string& error() const { return error_; }

  // Between these two a stop of the server ends the process at once: nothing can be lost.
  void begin();
  void end() { is_active_ = false; }
  bool is_active() const { return is_active_; }
  // Of the last loading.
  const persist::LoadProgress& progress() const { return progress_; }

 private:
  Server& server_;
  bool is_active_ = false;
  persist::LoadProgress progress_;
  std::string error_;
};

}  // namespace gyre::server
