#include "app/check_aof.h"

#include <algorithm>

#include "journal/batch_line.h"
#include "persist/aof_reader.h"

namespace gyre::app {
namespace {

using persist::AofReader;

class AofCheck {
 public:
  AofCheck(FileWindow& file, const std::string& path, const persist::AofFile& what,
           persist::AofGroups* groups, int64_t until_s)
      : file_(file),
        path_(path),
        what_(what),
        groups_(groups),
        until_s_(until_s),
        reader_(what.is_own, what.seed()) {
    report_.core = what.core;
  }

  AofReport run();

 private:
  std::string_view rest() { return file_.fill(file_.size() - file_.position()); }
  void note_times(uint64_t begin);
  // False if nothing can be read behind what is bad.
  bool pass_damage();

  FileWindow& file_;
  const std::string& path_;
  const persist::AofFile& what_;
  persist::AofGroups* groups_;
  int64_t until_s_;
  AofReader reader_;
  AofReport report_;
};

void AofCheck::note_times(uint64_t begin) {
  const int64_t time_s = reader_.time_s();
  if (time_s == 0) {
    return;
  }
  report_.first_s = report_.first_s == 0 ? time_s : report_.first_s;
  report_.last_s = time_s;
  if (time_s > until_s_ && !report_.later_at) {
    report_.later_at = begin;
  }
}

bool AofCheck::pass_damage() {
  const std::string_view window = rest();
  const auto later = reader_.find_later(window);
  if (reader_.is_torn_end(window) || !later) {
    report_.torn_at = file_.position();
    report_.torn_reason = reader_.reason();
    return false;
  }
  persist::Loss damage{
      .file = path_, .offset = file_.position(), .size = later->begin, .reason = reader_.reason()};
  if (what_.is_own) {
    damage.core = report_.core;
    damage.first_batch = reader_.batches() + 1;
    damage.last_batch = later->number - 1;
  }
  report_.damages.push_back(std::move(damage));
  file_.take(later->begin);
  reader_.skip_to(later->number);
  return true;
}

AofReport AofCheck::run() {
  size_t wanted = 1;
  for (;;) {
    const std::string_view window = file_.fill(wanted);
    const bool is_rest = file_.position() + window.size() >= file_.size();
    AofReader::Batch batch;
    size_t consumed = 0;
    const AofReader::Result result = reader_.next(window, is_rest, batch, consumed);
    if (result == AofReader::Result::batch) {
      ++report_.batches;
      report_.core = batch.line.core;
      if (groups_ != nullptr && what_.is_own) {
        groups_->note(batch.line);
      }
    }
    note_times(file_.position());
    file_.take(consumed);
    wanted = result == AofReader::Result::more ? 2 * window.size() : 1;
    if (result == AofReader::Result::end || (result == AofReader::Result::bad && !pass_damage())) {
      break;
    }
    if (!file_.problem().empty()) {
      break;
    }
  }
  if (!file_.problem().empty()) {
    report_.damages.push_back({.file = path_,
                               .offset = file_.position(),
                               .reason = "cannot be read: " + file_.problem()});
  }
  return std::move(report_);
}

}  // namespace

bool has_batch_lines(FileWindow& file) {
  const std::string_view window = file.fill(1);
  std::string line_start("\n");
  line_start += journal::kBatchMark;
  return window.starts_with(journal::kBatchMark) ||
         window.find(line_start) != std::string_view::npos;
}

AofReport check_aof(FileWindow& file, const std::string& path, const persist::AofFile& what,
                    persist::AofGroups* groups, int64_t until_s) {
  return AofCheck(file, path, what, groups, until_s).run();
}

}  // namespace gyre::app
