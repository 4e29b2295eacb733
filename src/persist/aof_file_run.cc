#include "persist/aof_file_run.h"

#include <cstring>

#include "base/clock.h"
#include "exec/engine.h"
#include "persist/aof_reader.h"
#include "persist/file_window.h"
#include "persist/replayer.h"
#include "ring/hop.h"

namespace gyre::persist {

void AofFileRun::start(uint16_t core) {
  join->expect(1);
  run = [](ring::Message& message, ring::Core&) {
    auto& self = static_cast<AofFileRun&>(message);
    self.scope_.spawn(&AofFileRun::work, &self);
  };
  ring::Core::current().post(core, *this);
}

// The message leaves at the end of the turn, when nothing of the task is left on this core.
ring::Task<> AofFileRun::work(AofFileRun* self) {
  co_await self->run_file();
  self->run = [](ring::Message& message, ring::Core&) {
    static_cast<AofFileRun&>(message).join->arrived();
  };
  ring::Core::current().post(0, *self);
}

ring::Task<> AofFileRun::tell_progress(uint64_t fresh) {
  co_await ring::hop(0, [this, fresh](ring::Core&) {
    progress->loaded_bytes += fresh;
    progress->log_some(base::unix_ms());
  });
}

ring::Task<> AofFileRun::run_file() {
  FileWindow window;
  if (const int failed = co_await window.open(path); failed != 0) {
    error = std::strerror(failed);
    co_return;
  }
  window.limit(size);
  AofReader reader(true, file.seed());
  Replayer replayer(exec::Engine::current(), {});
  uint64_t told = 0;
  for (auto result = AofReader::Result::more; error.empty();) {
    AofReader::Batch batch;
    size_t consumed = 0;
    result = reader.next(window.view(), window.is_rest(), batch, consumed);
    error_at = window.offset();
    if (result == AofReader::Result::batch && !co_await replayer.run(batch.records)) {
      error = replayer.error();
      break;
    }
    window.consume(consumed);
    bytes += consumed;
    if (result == AofReader::Result::end) {
      break;
    }
    if (result == AofReader::Result::bad) {
      error = reader.reason();
    } else if (result == AofReader::Result::more) {
      co_await tell_progress(bytes - told);
      told = bytes;
      if (const int failed = co_await window.read_more(); failed != 0) {
        error = std::strerror(failed);
      }
    }
  }
  co_await tell_progress(bytes - told);
  commands = replayer.commands();
}

}  // namespace gyre::persist
