#include "persist/aof_loader.h"

#include <algorithm>
#include <cstring>

#include "base/log.h"
#include "persist/aof_file_run.h"
#include "persist/rdb_loader.h"
#include "persist/replayer.h"

namespace gyre::persist {
namespace {

constexpr const char* kUnexpectedEnd = "Unexpected end of file";

}  // namespace

// The kinds are Redis's, which tools look for.
bool AofLoader::refuse(const AofFile& file, uint64_t offset, const std::string& what,
                       const std::string& kind) {
  error_ = kind + " reading the append only file " + options_.directory + "/" + file.name +
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
  if (options_.losses != nullptr) {
    lose(file, 0, 0, std::string("the file cannot be opened: ") + std::strerror(failed));
    co_return true;  // and is empty
  }
  error_ = "The append only file " + path +
           ", which the manifest names, cannot be opened: " + std::strerror(failed);
  co_return false;
}

void AofLoader::drop_end(const FileWindow& window, const AofReader& reader, const AofFile& file) {
  log::warning("The end of {}/{} is not whole ({}): {} bytes from {} on are dropped",
               options_.directory, file.name, reader.reason(), window.size() - window.offset(),
               window.offset());
  torn_[file.name] = window.offset();
}

void AofLoader::lose(const AofFile& file, uint64_t offset, uint64_t size,
                     const std::string& reason) {
  Loss loss{.file = options_.directory + "/" + file.name,
            .offset = offset,
            .size = size,
            .reason = reason};
  if (file.is_own) {
    loss.core = file.core;
  }
  options_.losses->add(std::move(loss));
}

void AofLoader::note_gap(const FileWindow& window, const AofReader& reader, const AofFile& file,
                         const AofReader::Later& later) {
  gaps_[file.name][window.offset()] = {window.offset() + later.begin, later.number};
  options_.losses->add({.file = options_.directory + "/" + file.name,
                        .offset = window.offset(),
                        .size = later.begin,
                        .reason = reader.reason(),
                        .core = file.core,
                        .first_batch = reader.batches() + 1,
                        .last_batch = later.number - 1});
}

bool AofLoader::pass_gap(FileWindow& window, AofReader& reader, const AofFile& file) {
  const auto of_file = gaps_.find(file.name);
  if (of_file == gaps_.end()) {
    return false;
  }
  const auto gap = of_file->second.find(window.offset());
  if (gap == of_file->second.end()) {
    return false;
  }
  window.seek(gap->second.begin);
  reader.skip_to(gap->second.number);
  return true;
}

// Nothing more can be read of the file: was it torn, or damaged?
ring::Task<bool> AofLoader::judge_end(FileWindow& window, AofReader& reader, const AofFile& file) {
  while (!window.is_rest()) {
    if (!co_await read_more(window, file)) {
      co_return false;
    }
  }
  const uint64_t offset = window.offset();
  if (const auto later = reader.find_later(window.view())) {
    if (options_.losses == nullptr) {
      co_return refuse(file, offset,
                       reader.reason() + " in batch " + std::to_string(reader.batches() + 1) +
                           ", and good ones follow; see recovery");
    }
    note_gap(window, reader, file, *later);
    co_return true;
  }
  if (!options_.cuts_torn_end) {
    co_return refuse(file, offset, reader.reason() + "; see aof-load-truncated", kUnexpectedEnd);
  }
  drop_end(window, reader, file);
  co_return true;
}

ring::Task<bool> AofLoader::read_more(FileWindow& window, const AofFile& file) {
  progress_.log_some(engine_.shard().wall_ms());
  const int failed = co_await window.read_more();
  if (failed == 0) {
    co_return true;
  }
  const uint64_t end = window.offset() + window.view().size();
  if (options_.losses != nullptr) {
    lose(file, end, window.size() - end, std::strerror(failed));
    window.limit(end);
    co_return true;
  }
  co_return refuse(file, end, std::strerror(failed));
}

ring::Task<bool> AofLoader::show(const AofFile& file, Pass pass) {
  FileWindow window;
  if (!co_await open(window, file)) {
    co_return false;
  }
  if (is_torn(file)) {
    window.limit(valid_size(file));
  }
  groups_.begin_file(file.generation);
  AofReader reader(true, file.seed());
  for (;;) {
    AofReader::Batch batch;
    size_t consumed = 0;
    const AofReader::Result result = reader.next(window.view(), window.is_rest(), batch, consumed);
    if (result == AofReader::Result::batch && pass == Pass::scan) {
      groups_.note(batch.line);
      if (!batch.records.empty()) {
        filled_.insert(file.name);
      }
      if (AofGroups::is_about_all(batch.records)) {
        ordered_.insert(file.generation);
      }
    } else if (result == AofReader::Result::batch) {
      groups_.look(batch.line, batch.records);
    }
    window.consume(consumed);
    if (result == AofReader::Result::batch) {
      continue;
    }
    if (result == AofReader::Result::end) {
      co_return true;
    }
    const bool is_bad = result == AofReader::Result::bad;
    if (is_bad && pass_gap(window, reader, file)) {
      continue;
    }
    const bool is_good =
        co_await (is_bad ? judge_end(window, reader, file) : read_more(window, file));
    if (!is_good || (is_bad && is_torn(file))) {
      co_return is_good;
    }
  }
}

ring::Task<bool> AofLoader::load_base(const AofFile& file, bool is_last) {
  FileWindow window;
  if (!co_await open(window, file) || (window.size() > 0 && !co_await read_more(window, file))) {
    co_return false;
  }
  if (!is_rdb_file(window.view())) {
    co_return co_await run(file, 0, is_last);
  }
  RdbLoader loader(
      engine_, options_.directory + "/" + file.name,
      {.checks_sum = options_.checks_sum, .drops_expired = false, .losses = options_.losses},
      progress_);
  if (!co_await loader.load()) {
    error_ = loader.error();
    co_return false;
  }
  bytes_read_ += loader.end();
  co_return loader.end() == loader.file_size() || co_await run(file, loader.end(), is_last);
}

// May what cannot be read be dropped? Only at the very end of all that others wrote.
bool AofLoader::may_be_cut(const FileWindow& window, const AofReader& reader, bool is_last) {
  return is_last && options_.cuts_torn_end && reader.is_torn_end(window.view());
}

// What cannot be read of a file of others, or of one of ours behind its last whole batch.
bool AofLoader::end_plain(FileWindow& window, const AofReader& reader, const AofFile& file,
                          bool is_last) {
  if (may_be_cut(window, reader, is_last)) {
    drop_end(window, reader, file);
    return true;
  }
  if (options_.losses != nullptr) {
    lose(file, window.offset(), window.size() - window.offset(), reader.reason());
    return true;
  }
  if (is_last && reader.is_torn_end(window.view())) {
    return refuse(file, window.offset(), reader.reason() + "; see aof-load-truncated",
                  kUnexpectedEnd);
  }
  return refuse(file, window.offset(), reader.reason());
}

ring::Task<bool> AofLoader::run(const AofFile& file, uint64_t offset, bool is_last) {
  FileWindow window;
  if (!co_await open(window, file)) {
    co_return false;
  }
  if (is_torn(file)) {
    window.limit(valid_size(file));
  }
  window.seek(offset);
  groups_.begin_file(file.generation);
  AofReader reader(file.is_own, file.seed());
  Replayer replayer(engine_,
                    {.passes_over = options_.losses != nullptr, .is_holding = options_.is_holding});
  for (;;) {
    AofReader::Batch batch;
    size_t consumed = 0;
    const AofReader::Result result = reader.next(window.view(), window.is_rest(), batch, consumed);
    if (result == AofReader::Result::batch) {
      const std::string_view records =
          file.is_own ? groups_.keep(batch.line, batch.records) : batch.records;
      if (!co_await replayer.run(records)) {
        co_return refuse(file, window.offset(), replayer.error(), replayer.kind_of_error());
      }
    }
    window.consume(consumed);
    bytes_read_ += consumed;
    progress_.loaded_bytes += consumed;
    if (result == AofReader::Result::end) {
      break;
    }
    if (result == AofReader::Result::bad) {
      if (pass_gap(window, reader, file)) {
        replayer.db = 0;  // of a batch that does not say where it is
        continue;
      }
      while (!window.is_rest()) {
        if (!co_await read_more(window, file)) {
          co_return false;
        }
      }
      if (!end_plain(window, reader, file, is_last)) {
        co_return false;
      }
      break;
    }
    if (result == AofReader::Result::more && !co_await read_more(window, file)) {
      co_return false;
    }
  }
  commands_ += replayer.commands();
  if (options_.losses != nullptr) {
    options_.losses->commands_failed += replayer.failed();
  }
  co_return true;
}

// Finds where each file ends, and which groups do not count. Files are looked at again only if a
// group is not whole.
ring::Task<bool> AofLoader::find_groups() {
  const std::vector<const AofFile*> files = manifest_.incremental();
  for (const AofFile* file : files) {
    if (file->is_own && !co_await show(*file, Pass::scan)) {
      co_return false;
    }
  }
  bool has_more = groups_.find_broken();
  if (!gaps_.empty()) {
    groups_.drop_alone();
  }
  while (has_more) {
    groups_.begin_look();
    for (const AofFile* file : files) {
      if (file->is_own && !co_await show(*file, Pass::look)) {
        co_return false;
      }
    }
    has_more = groups_.has_grown();
  }
  groups_.begin_look();
  co_return true;
}

bool AofLoader::may_run_together(Files files) const {
  return files.size() > 1 && options_.losses == nullptr && !options_.is_holding && !groups_.any() &&
         !ordered_.contains(files[0]->generation) &&
         std::all_of(files.begin(), files.end(), [](const AofFile* file) { return file->is_own; });
}

ring::Task<bool> AofLoader::run_together(Files files) {
  exec::Join join;
  std::vector<AofFileRun> runs(files.size());
  for (size_t i = 0; i < runs.size(); ++i) {
    runs[i].file = *files[i];
    runs[i].path = options_.directory + "/" + files[i]->name;
    runs[i].size = is_torn(*files[i]) ? valid_size(*files[i]) : UINT64_MAX;
    runs[i].progress = &progress_;
    runs[i].join = &join;
    runs[i].start(static_cast<uint16_t>(files[i]->core % engine_.all().count()));
  }
  co_await join.wait();
  for (const AofFileRun& run : runs) {
    if (!run.error.empty()) {
      co_return refuse(run.file, run.error_at, run.error);
    }
    commands_ += run.commands;
    bytes_read_ += run.bytes;
  }
  co_return true;
}

ring::Task<bool> AofLoader::load() {
  const std::vector<const AofFile*> files = manifest_.incremental();
  if (!co_await find_groups()) {
    co_return false;
  }
  if (const AofFile* base = manifest_.base()) {
    if (!co_await load_base(*base, files.empty())) {
      co_return false;
    }
  }
  // Files behind the last one in which something stands are those of starts after which nobody
  // wrote.
  const AofFile* last = nullptr;
  for (const AofFile* file : files) {
    last = !file->is_own || filled_.contains(file->name) ? file : last;
  }
  for (size_t at = 0; at < files.size();) {
    size_t end = at + 1;
    while (end < files.size() && files[end]->generation == files[at]->generation) {
      ++end;
    }
    const Files generation = Files(files).subspan(at, end - at);
    if (may_run_together(generation)) {
      if (!co_await run_together(generation)) {
        co_return false;
      }
      at = end;
    } else if (!co_await run(*files[at], 0, files[at] == last || at + 1 == files.size())) {
      co_return false;
    } else {
      ++at;
    }
  }
  if (options_.losses != nullptr) {
    options_.losses->transactions = groups_.dropped();
    options_.losses->commands_dropped = groups_.dropped_commands();
  }
  co_return true;
}

ring::Task<bool> AofLoader::load_alone(const std::string& name) {
  const AofFile file{.name = name, .kind = AofFile::Kind::base};
  co_return co_await load_base(file, true);
}

}  // namespace gyre::persist
