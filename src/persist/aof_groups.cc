#include "persist/aof_groups.h"

#include <algorithm>
#include <iterator>

#include "exec/keys.h"

namespace gyre::persist {
namespace {

bool is_about_all_keys(std::string_view name) {
  return name == "FLUSHALL" || name == "FLUSHDB" || name == "SWAPDB";
}

}  // namespace

bool AofGroups::is_about_all(std::string_view records) {
  constexpr size_t kSizeMax = 256;
  constexpr std::string_view kNames[] = {"\r\nFLUSHALL\r\n", "\r\nFLUSHDB\r\n", "\r\nSWAPDB\r\n"};
  const std::string_view begin = records.substr(0, kSizeMax);
  return std::any_of(std::begin(kNames), std::end(kNames), [&](std::string_view name) {
    return begin.find(name) != std::string_view::npos;
  });
}

void AofGroups::note(const journal::BatchLine& line) {
  if (line.transaction == 0) {
    return;
  }
  Parts& parts = groups_[line.transaction];
  if (line.parts > 0) {
    ++parts.found;
    parts.wanted = line.parts;
  }
}

bool AofGroups::find_broken() {
  for (const auto& [id, parts] : groups_) {
    if (parts.found != parts.wanted || parts.wanted == 0) {
      dropped_.insert(id);
    }
  }
  groups_.clear();
  return any();
}

void AofGroups::begin_look() {
  keys_.clear();
  is_all_hit_ = false;
  run_ = 0;
  has_grown_ = false;
}

// Does the command that has been parsed name a key that does not count? With `taints` none of its
// keys does from here on. Databases are not told apart: whoever was answered has waited for as
// much.
bool AofGroups::touches(std::string_view name, bool taints) {
  const exec::Command* command = commands_.find(name);
  std::vector<exec::KeyPosition> positions;
  if (command == nullptr || !exec::find_keys(*command, arguments_.views, positions)) {
    return is_all_hit_;
  }
  bool is_hit = is_all_hit_;
  is_all_hit_ = is_all_hit_ || (taints && is_about_all_keys(command->name));
  for (const exec::KeyPosition& at : positions) {
    std::string key(arguments_.views[at.position]);
    is_hit = is_hit || keys_.contains(key);
    if (taints) {
      keys_.insert(std::move(key));
    }
  }
  return is_hit;
}

void AofGroups::pass(const journal::BatchLine& line, std::string_view records, std::string* kept) {
  const resp::ParserLimits limits{.bulk_max = UINT32_MAX - 1024, .authenticated = true};
  const auto for_each = [&](auto&& visit) {
    for (size_t at = 0; at < records.size();) {
      arguments_.clear();
      size_t consumed = 0;
      if (parser_.next(records.data() + at, records.size() - at, limits, arguments_, consumed) !=
              resp::ParseResult::command ||
          arguments_.views.empty()) {
        return;  // checksums say that this was written so
      }
      visit(records.substr(at, consumed));
      at += consumed;
    }
  };
  if (line.begins_run() && run_ != generation_) {
    // This run knew what the one before it had lost.
    keys_.clear();
    is_all_hit_ = false;
    run_ = generation_;
  }
  if (line.transaction == 0) {
    for_each([&](std::string_view command) {
      if (!touches(arguments_.views[0], false) && kept != nullptr) {
        kept->append(command);
      }
    });
    return;
  }
  bool is_dropped = dropped_.contains(line.transaction);
  if (!is_dropped) {
    for_each([&](std::string_view) { is_dropped |= touches(arguments_.views[0], false); });
    has_grown_ |= is_dropped;
  }
  if (is_dropped) {
    dropped_.insert(line.transaction);
    for_each([&](std::string_view) {
      touches(arguments_.views[0], !drops_alone_);
      dropped_commands_ += kept != nullptr && arguments_.views[0] != "SELECT" ? 1 : 0;
    });
  } else if (kept != nullptr) {
    kept->append(records);
  }
}

std::string_view AofGroups::keep(const journal::BatchLine& line, std::string_view records) {
  if (!any()) {
    return records;
  }
  kept_.clear();
  pass(line, records, &kept_);
  return kept_;
}

}  // namespace gyre::persist
