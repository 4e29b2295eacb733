#include "persist/aof_loader.h"

#include <cstring>

#include "base/log.h"
#include "persist/replayer.h"

namespace gyre::persist {

bool AofLoader::refuse(const AofFile& file, uint64_t offset, const std::string& what) {
  error_ = "Bad file format reading the append only file " + options_.directory + "/" + file.name +
           " at byte " + std::to_string(offset) +
           (file.is_own ? ", of core " + std::to_string(file.core) : std::string()) + ": " + what;
  return false;
}

ring::Task<bool> AofLoader::open(FileWindow& window, const AofFile& file) {
  const std::string path = options_.directory + "/" + file.name;
  const int failed = co_await window.open(path);
  if (failed == 0) {
    co_return true;
  }
  error_ = "The append only file " + path +
           ", which the manifest names, cannot be opened: " + std::strerror(failed);
  co_return false;
}

void AofLoader::note_group(const journal::BatchLine& line) {
  if (line.transaction == 0) {
    return;
  }
  Parts& parts = groups_[line.transaction];
  if (line.parts > 0) {
    ++parts.found;
    parts.wanted = line.parts;
  }
}

void AofLoader::find_broken_groups() {
  for (const auto& [id, parts] : groups_) {
    if (parts.found != parts.wanted || parts.wanted == 0) {
      dropped_.insert(id);
    }
  }
}

void AofLoader::drop_end(const FileWindow& window, const AofReader& reader, const AofFile& file) {
  log::warning("The end of {}/{} is not whole ({}): {} bytes from {} on are dropped",
               options_.directory, file.name, reader.reason(), window.size() - window.offset(),
               window.offset());
  torn_[file.name] = window.offset();
}

// Nothing more can be read of the file: was it torn, or damaged?
ring::Task<bool> AofLoader::judge_end(FileWindow& window, const AofReader& reader,
                                      const AofFile& file) {
  while (!window.is_rest()) {
    if (const int failed = co_await window.read_more(); failed != 0) {
      co_return refuse(file, window.offset(), std::strerror(failed));
    }
  }
  const uint64_t offset = window.offset();
  if (reader.has_later_batch(window.view())) {
    co_return refuse(file, offset,
                     reader.reason() + " in batch " + std::to_string(reader.batches() + 1) +
                         ", and good ones follow");
  }
  if (!options_.cuts_torn_end) {
    co_return refuse(file, offset, reader.reason() + "; see aof-load-truncated");
  }
  drop_end(window, reader, file);
  co_return true;
}

ring::Task<bool> AofLoader::scan(const AofFile& file) {
  FileWindow window;
  if (!co_await open(window, file)) {
    co_return false;
  }
  bytes_total_ += window.size();
  AofReader reader(true, file.seed());
  for (;;) {
    AofReader::Batch batch;
    size_t consumed = 0;
    const AofReader::Result result = reader.next(window.view(), window.is_rest(), batch, consumed);
    window.consume(consumed);
    if (result == AofReader::Result::batch) {
      note_group(batch.line);
    } else if (result == AofReader::Result::end) {
      co_return true;
    } else if (result == AofReader::Result::bad) {
      co_return co_await judge_end(window, reader, file);
    } else if (const int failed = co_await window.read_more(); failed != 0) {
      co_return refuse(file, window.offset(), std::strerror(failed));
    }
  }
}

ring::Task<bool> AofLoader::run(const AofFile& file) {
  FileWindow window;
  if (!co_await open(window, file)) {
    co_return false;
  }
  if (is_torn(file)) {
    window.limit(valid_size(file));
  } else if (!file.is_own) {
    bytes_total_ += window.size();
  }
  AofReader reader(file.is_own, file.seed());
  Replayer replayer(engine_);
  for (;;) {
    AofReader::Batch batch;
    size_t consumed = 0;
    const AofReader::Result result = reader.next(window.view(), window.is_rest(), batch, consumed);
    if (result == AofReader::Result::batch && !dropped_.contains(batch.line.transaction)) {
      if (!co_await replayer.run(batch.records)) {
        co_return refuse(file, window.offset(), replayer.error());
      }
    }
    window.consume(consumed);
    bytes_read_ += consumed;
    if (result == AofReader::Result::end) {
      break;
    }
    if (result == AofReader::Result::bad) {
      if (!reader.is_cut() || !options_.cuts_torn_end) {
        co_return refuse(file, window.offset(), reader.reason());
      }
      drop_end(window, reader, file);
      break;
    }
    if (result == AofReader::Result::more) {
      if (const int failed = co_await window.read_more(); failed != 0) {
        co_return refuse(file, window.offset(), std::strerror(failed));
      }
    }
  }
  commands_ += replayer.commands();
  co_return true;
}

ring::Task<bool> AofLoader::load() {
  const std::vector<const AofFile*> files = manifest_.incremental();
  for (const AofFile* file : files) {
    if (file->is_own && !co_await scan(*file)) {
      co_return false;
    }
  }
  find_broken_groups();
  for (const AofFile* file : files) {
    if (!co_await run(*file)) {
      co_return false;
    }
  }
  co_return true;
}

}  // namespace gyre::persist
