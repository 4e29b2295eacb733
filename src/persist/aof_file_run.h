// AofFileRun: the commands of one append-only file, run by one core beside those of others.
#pragma once

#include <cstdint>
#include <string>

#include "exec/part.h"
#include "persist/aof_manifest.h"
#include "persist/load_progress.h"
#include "ring/mailbox.h"
#include "ring/scope.h"
#include "ring/task.h"

namespace gyre::persist {

// A file of this server that has been looked at before, whose batches all count. Files of one
// generation are about different keys, so they may be run side by side. Made on the first core,
// where it outlives the wait; the other core works on it meanwhile.
struct AofFileRun : ring::Message {
  AofFile file;
  std::string path;
  uint64_t size = UINT64_MAX;  // nothing counts behind it
  LoadProgress* progress = nullptr;
  exec::Join* join = nullptr;

  // What came of it. An error is empty if there was none.
  std::string error;
  uint64_t error_at = 0;
  uint64_t commands = 0;
  uint64_t bytes = 0;

  // On the first core.
  void start(uint16_t core);

 private:
  static ring::Task<> work(AofFileRun* self);
  ring::Task<> run_file();
  ring::Task<> tell_progress(uint64_t fresh);

  ring::Scope scope_;  // of the core that works
};

}  // namespace gyre::persist
