#include "app/check_rdb.h"

#include <fmt/core.h>

#include <algorithm>
#include <optional>

#include "base/text.h"
#include "persist/rdb_chunks.h"
#include "persist/rdb_file_reader.h"

namespace gyre::app {
namespace {

using persist::RdbChunk;
using persist::RdbFileReader;
using persist::RdbItem;
using Step = RdbFileReader::Step;

constexpr data::Limits kLimits{};
constexpr size_t kSumSize = sizeof(uint64_t);

class RdbCheck {
 public:
  RdbCheck(FileWindow& file, int64_t now_ms, bool has_digest)
      : file_(file), now_ms_(now_ms), has_digest_(has_digest) {}
  RdbReport run();

 private:
  std::vector<RdbChunk> read_index();
  void check_chunks(const std::vector<RdbChunk>& chunks);
  bool check_items(RdbFileReader& reader);
  void check_end(uint64_t stored);
  void note(const RdbItem& item, uint16_t version);
  void note_key(const RdbItem& item, uint16_t version);
  void damage(uint64_t offset, std::string_view text) {
    report_.damages.push_back(fmt::format("offset {}{}: {}", offset, place_, text));
  }

  FileWindow& file_;
  int64_t now_ms_;
  bool has_digest_;
  RdbReport report_;
  std::string place_;  // what more is to be said of places of damage
};

RdbReport RdbCheck::run() {
  const std::vector<RdbChunk> chunks = read_index();
  if (!chunks.empty()) {
    check_chunks(chunks);
  } else {
    RdbFileReader reader(file_.size());
    if (check_items(reader)) {
      check_end(reader.item().numbers[0]);
    }
  }
  if (!file_.problem().empty()) {
    damage(file_.position(), fmt::format("cannot be read: {}", file_.problem()));
  }
  return std::move(report_);
}

std::vector<RdbChunk> RdbCheck::read_index() {
  const uint64_t size = file_.size();
  const std::string last =
      file_.read_at(size - std::min(size, persist::kRdbEndSize), persist::kRdbEndSize);
  const auto place = persist::find_rdb_index(last, size);
  if (!place) {
    return {};
  }
  auto chunks = persist::read_rdb_index(file_.read_at(*place, size - *place), *place);
  if (!chunks) {
    damage(*place, chunks.error().text());
    return {};
  }
  report_.chunks = chunks->size();
  return std::move(*chunks);
}

void RdbCheck::check_chunks(const std::vector<RdbChunk>& chunks) {
  for (size_t i = 0; i < chunks.size(); ++i) {
    const RdbChunk& chunk = chunks[i];
    place_ = chunk.core == RdbChunk::kHeader
                 ? ", the header"
                 : fmt::format(", chunk {} of core {} ({} bytes from {} on)", i, chunk.core,
                               chunk.size, chunk.offset);
    file_.begin_sum();
    const uint64_t keys = report_.keys;
    RdbFileReader reader(report_.version, chunk);
    const bool is_whole = check_items(reader);
    if (is_whole && report_.keys - keys != chunk.keys) {
      damage(chunk.offset, fmt::format("there are {} keys, but {} were written",
                                       report_.keys - keys, chunk.keys));
    }
    file_.take(chunk.offset + chunk.size - file_.position());
    if (file_.crc32c() != chunk.crc32c) {
      damage(chunk.offset, "the checksum is wrong");
    }
  }
  place_.clear();
  file_.take(file_.size() - file_.position() - kSumSize);
  uint64_t stored = 0;
  const std::string_view last = file_.fill(kSumSize);
  std::copy_n(last.data(), std::min(last.size(), kSumSize), reinterpret_cast<char*>(&stored));
  check_end(stored);
}

// Looks at all items; true if it came to the end. The end of the file itself is left to be taken.
bool RdbCheck::check_items(RdbFileReader& reader) {
  size_t wanted = 1;
  for (;;) {
    const std::string_view window = file_.fill(wanted);
    switch (reader.next(window)) {
      case Step::item:
        wanted = 1;
        if (reader.item().kind == RdbItem::Kind::end) {
          file_.take(reader.item().size - kSumSize);
          return true;
        }
        note(reader.item(), reader.version());
        file_.take(reader.item().size);
        break;
      case Step::more:
        wanted = reader.wanted();
        if (!file_.problem().empty()) {
          return false;
        }
        break;
      case Step::done:
        return true;
      case Step::damage:
        damage(reader.damage().offset, reader.damage().text);
        return false;
    }
  }
}

void RdbCheck::check_end(uint64_t stored) {
  using Sum = RdbReport::Sum;
  report_.sum = stored == 0 ? Sum::none : stored == file_.crc64() ? Sum::right : Sum::wrong;
  if (report_.sum == Sum::wrong) {
    damage(file_.position(),
           fmt::format("the checksum of the file is {:016x}, not {:016x}", file_.crc64(), stored));
  }
  file_.take(kSumSize);
  report_.bytes_behind = file_.size() - file_.position();
}

void RdbCheck::note(const RdbItem& item, uint16_t version) {
  switch (item.kind) {
    case RdbItem::Kind::header:
      report_.version = version;
      break;
    case RdbItem::Kind::aux:
      // Valkey has one for each slot of a cluster.
      if (!item.name.starts_with(persist::kRdbIndexName) && item.name != "slot-info") {
        report_.fields.emplace_back(item.name, item.text);
      }
      break;
    case RdbItem::Kind::key:
      note_key(item, version);
      break;
    case RdbItem::Kind::function:
      ++report_.functions;
      break;
    case RdbItem::Kind::module:
      report_.modules.emplace_back(item.name);
      break;
    default:
      break;
  }
}

void RdbCheck::note_key(const RdbItem& item, uint16_t version) {
  ++report_.keys;
  const auto entry =
      persist::build_entry(item.key, {.limits = kLimits, .version = version, .text_max = SIZE_MAX});
  if (!entry) {
    if (entry.error() == persist::RdbFault::empty) {
      ++report_.empty;
    } else {
      damage(item.offset, fmt::format("the value of the key {} is not in order",
                                      base::escape_quoted(item.key.key)));
    }
    return;
  }
  RdbReport::Database& database = report_.databases[item.key.database];
  ++database.keys[static_cast<size_t>((*entry)->type())];
  const bool is_expired = item.key.is_expired(now_ms_);
  database.expiring += (*entry)->has_expiry() ? 1 : 0;
  database.expired += is_expired ? 1 : 0;
  if (!is_expired && has_digest_) {
    database.digest.add(store::entry_digest(**entry));
    database.is_used = true;
  }
  store::Entry::destroy(*entry);
}

// As it is, or in quotes if that could confuse a terminal.
std::string printable(std::string_view text) {
  const bool is_plain =
      std::all_of(text.begin(), text.end(), [](char c) { return c >= ' ' && c <= '~'; });
  return is_plain ? std::string(text) : base::escape_quoted(text);
}

std::string count(uint64_t number, std::string_view what) {
  return fmt::format("{} {}{}", number, what, number == 1 ? "" : "s");
}

std::string describe(const RdbReport::Database& database) {
  std::string text;
  uint64_t keys = 0;
  for (size_t type = 0; type < database.keys.size(); ++type) {
    keys += database.keys[type];
    if (database.keys[type] != 0) {
      text += fmt::format(", {} {}", store::type_name(static_cast<store::Type>(type)),
                          database.keys[type]);
    }
  }
  return count(keys, "key") + text +
         fmt::format("; {} with an expiry, {} of them past", database.expiring, database.expired);
}

}  // namespace

RdbReport check_rdb(FileWindow& file, int64_t now_ms, bool has_digest) {
  return RdbCheck(file, now_ms, has_digest).run();
}

std::string digest_of(const RdbReport& report) {
  store::Digest all;
  for (const auto& [number, database] : report.databases) {
    if (database.is_used) {
      const char index[4] = {static_cast<char>(number >> 24), static_cast<char>(number >> 16),
                             static_cast<char>(number >> 8), static_cast<char>(number)};
      all.mix({index, sizeof index});
      all.merge(database.digest);
    }
  }
  return all.hex();
}

std::string describe(const RdbReport& report) {
  std::string text;
  const auto line = [&](std::string_view name, std::string_view value) {
    text += fmt::format("  {:<12}{}\n", name, value);
  };
  line("version", std::to_string(report.version));
  for (const auto& [name, value] : report.fields) {
    line(printable(name), printable(value));
  }
  for (const auto& [number, database] : report.databases) {
    line(fmt::format("db {}", number), describe(database));
  }
  if (report.empty != 0) {
    line("empty", fmt::format("{}, which servers leave out", count(report.empty, "key")));
  }
  if (report.functions != 0) {
    line("functions", std::to_string(report.functions));
  }
  for (const std::string& module : report.modules) {
    line("module", fmt::format("data of {}", module));
  }
  if (report.chunks != 0) {
    line("chunks", std::to_string(report.chunks));
  }
  if (report.bytes_behind != 0) {
    line("behind it", count(report.bytes_behind, "byte"));
  }
  constexpr std::string_view kSums[] = {"not reached", "none", "right", "wrong"};
  line("checksum", kSums[static_cast<size_t>(report.sum)]);
  return text;
}

}  // namespace gyre::app
