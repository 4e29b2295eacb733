#include "persist/aof_reader.h"

#include "base/number.h"
#include "base/text.h"

namespace gyre::persist {
namespace {

enum class Skip : uint8_t { done, more, bad };

// What a client may send must be readable here.
constexpr int64_t kArgumentsMax = INT32_MAX;
constexpr int64_t kArgumentSizeMax = int64_t{4} * 1024 * 1024 * 1024;

// "*3\r\n": a kind, a number that is not negative, the end of the line.
Skip skip_length(std::string_view text, size_t& at, char kind, int64_t max, int64_t& length) {
  if (at == text.size()) {
    return Skip::more;
  }
  if (text[at] != kind) {
    return Skip::bad;
  }
  const size_t end = text.find('\n', at);
  if (end == std::string_view::npos) {
    return text.size() - at > base::kIntCharsMax + 3 ? Skip::bad : Skip::more;
  }
  if (text[end - 1] != '\r') {
    return Skip::bad;
  }
  const auto number = base::parse_int64(text.substr(at + 1, end - at - 2));
  if (!number || *number < 0 || *number > max) {
    return Skip::bad;
  }
  length = *number;
  at = end + 1;
  return Skip::done;
}

// Passes over one command; `name` is its first argument.
Skip skip_command(std::string_view text, size_t& at, std::string_view& name) {
  int64_t count = 0;
  size_t position = at;
  Skip skipped = skip_length(text, position, '*', kArgumentsMax, count);
  if (skipped == Skip::done && count == 0) {
    return Skip::bad;
  }
  for (int64_t i = 0; skipped == Skip::done && i < count; ++i) {
    int64_t size = 0;
    skipped = skip_length(text, position, '$', kArgumentSizeMax, size);
    if (skipped != Skip::done) {
      break;
    }
    const auto bytes = static_cast<size_t>(size);
    if (text.size() - position < bytes + 2) {
      return Skip::more;
    }
    if (text[position + bytes] != '\r' || text[position + bytes + 1] != '\n') {
      return Skip::bad;
    }
    if (i == 0) {
      name = text.substr(position, bytes);
    }
    position += bytes + 2;
  }
  if (skipped == Skip::done) {
    at = position;
  }
  return skipped;
}

// What nobody could run is no batch, whoever made its checksum.
bool holds_commands(std::string_view records) {
  for (size_t at = 0; at < records.size();) {
    std::string_view name;
    if (records[at] == '#') {
      at = records.find('\n', at);
      if (at == std::string_view::npos) {
        return false;
      }
      ++at;
    } else if (skip_command(records, at, name) != Skip::done) {
      return false;
    }
  }
  return true;
}

}  // namespace

AofReader::Result AofReader::fail(const char* reason, bool is_cut) {
  reason_ = reason;
  is_cut_ = is_cut;
  return Result::bad;
}

AofReader::Result AofReader::next(std::string_view window, bool is_rest, Batch& batch,
                                  size_t& consumed) {
  consumed = 0;
  if (window.empty()) {
    return is_rest ? Result::end : Result::more;
  }
  return has_lines_ ? next_lined(window, is_rest, batch, consumed)
                    : next_plain(window, is_rest, batch, consumed);
}

// Others write the time between commands, we at the begin of a batch.
void AofReader::note_time(std::string_view line) {
  if (!line.starts_with(journal::kTimeMark) || !line.ends_with("\r\n")) {
    return;
  }
  line.remove_prefix(journal::kTimeMark.size());
  line.remove_suffix(2);
  time_s_ = base::parse_int64(line).value_or(time_s_);
}

AofReader::Result AofReader::next_lined(std::string_view window, bool is_rest, Batch& batch,
                                        size_t& consumed) {
  size_t begin = 0;
  if (window.starts_with(journal::kTimeMark)) {
    const size_t end = window.find('\n');
    begin = end == std::string_view::npos ? 0 : end + 1;
  }
  size_t at = begin;
  while (at < window.size() && window[at] != '#') {
    std::string_view name;
    const Skip skipped = skip_command(window, at, name);
    if (skipped == Skip::bad) {
      return fail("not a command", false);
    }
    if (skipped == Skip::more) {
      return is_rest ? fail("it ends in the midst of a command", true) : Result::more;
    }
  }
  if (at == window.size() || window.find('\n', at) == std::string_view::npos) {
    if (!is_rest && window.size() - at < journal::kBatchLineMax) {
      return Result::more;
    }
    return fail("it ends before the end of a batch", true);
  }
  return end_batch(window, begin, at, batch, consumed);
}

AofReader::Result AofReader::end_batch(std::string_view window, size_t begin, size_t records_end,
                                       Batch& batch, size_t& consumed) {
  const size_t end = window.find('\n', records_end);
  const auto line =
      window[end - 1] == '\r'
          ? journal::parse_batch_line(window.substr(records_end, end - 1 - records_end))
          : std::nullopt;
  if (!line) {
    return fail("not the line that ends a batch", false);
  }
  const std::string_view records = window.substr(0, records_end);
  if (line->size != records.size()) {
    return fail("the batch has another size than its line says", false);
  }
  if (journal::checksum(*line, records, seed_) != line->crc) {
    return fail("the checksum of the batch is wrong", false);
  }
  if (line->number != number_ + 1) {
    return fail("a batch is missing, or there twice", false);
  }
  number_ = line->number;
  note_time(window.substr(0, begin));
  batch.records = records.substr(begin);
  batch.line = *line;
  consumed = end + 1;
  return Result::batch;
}

// As many commands as the window has, and of a transaction all or none.
AofReader::Result AofReader::next_plain(std::string_view window, bool is_rest, Batch& batch,
                                        size_t& consumed) {
  size_t at = 0;
  size_t whole = 0;  // up to here nothing is open
  size_t begin = 0;  // of the records, behind comments
  bool is_in_multi = false;
  while (at < window.size()) {
    if (window[at] == '#') {
      const size_t end = window.find('\n', at);
      if (whole > begin || end == std::string_view::npos) {
        break;  // the commands in front of it first
      }
      note_time(window.substr(at, end + 1 - at));
      at = whole = begin = end + 1;
      continue;
    }
    std::string_view name;
    const Skip skipped = skip_command(window, at, name);
    if (skipped == Skip::bad) {
      return whole > begin ? (batch.records = window.substr(begin, whole - begin), consumed = whole,
                              Result::batch)
                           : fail("not a command", false);
    }
    if (skipped == Skip::more) {
      break;
    }
    if (base::equals_ignore_case(name, "multi")) {
      is_in_multi = true;
    } else if (base::equals_ignore_case(name, "exec")) {
      is_in_multi = false;
    }
    whole = is_in_multi ? whole : at;
  }
  if (whole > begin) {
    batch.records = window.substr(begin, whole - begin);
    consumed = whole;
    return Result::batch;
  }
  consumed = begin;  // comments alone
  if (begin == window.size()) {
    return is_rest ? Result::end : Result::more;
  }
  return is_rest ? fail("it ends in the midst of a command or a transaction", true) : Result::more;
}

std::optional<AofReader::Later> AofReader::find_later_command(std::string_view window) const {
  for (size_t at = window.find("\n*"); at != std::string_view::npos;
       at = window.find("\n*", at + 1)) {
    size_t end = at + 1;
    std::string_view name;
    if (skip_command(window, end, name) == Skip::done) {
      return Later{at + 1, 1};
    }
  }
  return std::nullopt;
}

std::optional<AofReader::Later> AofReader::find_later(std::string_view window) const {
  if (!has_lines_) {
    return find_later_command(window);
  }
  for (size_t at = window.find(journal::kBatchMark); at != std::string_view::npos;
       at = window.find(journal::kBatchMark, at + 1)) {
    const size_t end = window.find("\r\n", at);
    if (end == std::string_view::npos) {
      continue;
    }
    const auto line = journal::parse_batch_line(window.substr(at, end - at));
    if (line && line->size <= at && line->number > number_ &&
        journal::checksum(*line, window.substr(at - line->size, line->size), seed_) == line->crc &&
        holds_commands(window.substr(at - line->size, line->size))) {
      return Later{at - line->size, line->number};
    }
  }
  return std::nullopt;
}

}  // namespace gyre::persist
