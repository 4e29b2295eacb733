#include "app/check_files.h"

#include <dirent.h>
#include <fcntl.h>
#include <fmt/core.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstdio>
#include <cstring>
#include <set>
#include <vector>

#include "app/check_aof.h"
#include "app/check_rdb.h"
#include "base/clock.h"
#include "base/number.h"
#include "persist/rdb_loader.h"

namespace gyre::app {
namespace {

using persist::AofFile;
using persist::AofManifest;

std::string name_of(const std::string& path) { return path.substr(path.rfind('/') + 1); }
std::string folder_of(const std::string& path) {
  const size_t slash = path.rfind('/');
  return slash == std::string::npos ? "." : path.substr(0, std::max<size_t>(slash, 1));
}

Outcome unusable(const std::string& path, std::string_view why) {
  fmt::print(stderr, "{}: {}\n", path, why);
  return kUnusable;
}

std::vector<std::string> names_in(const std::string& folder) {
  std::vector<std::string> names;
  if (DIR* directory = ::opendir(folder.c_str())) {
    while (const dirent* entry = ::readdir(directory)) {
      names.emplace_back(entry->d_name);
    }
    ::closedir(directory);
  }
  std::sort(names.begin(), names.end());
  return names;
}

bool is_confirmed(const CheckOptions& options) {
  if (!options.asks) {
    return true;
  }
  fmt::print("Continue? [y/N]: ");
  std::fflush(stdout);
  const int answer = std::getchar();
  return answer == 'y' || answer == 'Y';
}

// What is checked, file by file.
class Check {
 public:
  Check(const CheckOptions& options, const exec::CommandTable& commands)
      : options_(options), groups_(commands) {}

  Outcome rdb(const std::string& path, FileWindow& file, bool has_commands);
  // `is_last`: a start drops an end that is not whole.
  Outcome aof(const std::string& path, FileWindow& file, const AofFile& what, bool is_last);
  Outcome directory(const std::string& path);
  Outcome manifest(const std::string& path);
  Outcome alone(const std::string& path);

 private:
  Outcome file_of(const std::string& folder, const AofFile& what, bool is_last);
  Outcome tell_groups();
  void tell_strays(const std::string& folder, const std::string& manifest,
                   const AofManifest& files);
  bool cut(const std::string& path, uint64_t from, uint64_t to);

  const CheckOptions& options_;
  persist::AofGroups groups_;
};

Outcome Check::rdb(const std::string& path, FileWindow& file, bool has_commands) {
  const RdbReport report = check_rdb(file, base::unix_ms(), options_.has_digest);
  fmt::print("{}: RDB file of {} bytes\n{}", path, file.size(), describe(report));
  if (options_.has_digest) {
    fmt::print("  {:<12}{}\n", "digest", digest_of(report));
  }
  for (const std::string& damage : report.damages) {
    fmt::print("{}: damaged at {}\n", path, damage);
  }
  if (!report.damages.empty()) {
    return kDamaged;
  }
  for (const auto& [name, value] : report.fields) {
    if (name == "ctime" && base::parse_int64(value).value_or(0) > options_.until_s) {
      fmt::print("{}: all of it is later than {}; nothing can be cut off\n", path,
                 options_.until_s);
      return kDamaged;
    }
  }
  if (has_commands && report.bytes_behind > 0) {
    return aof(path, file, {.name = name_of(path), .kind = AofFile::Kind::base}, true);
  }
  fmt::print("{}: in order\n", path);
  return kSound;
}

bool Check::cut(const std::string& path, uint64_t from, uint64_t to) {
  fmt::print("This will shrink {} from {} bytes to {}, by {}. ", path, from, to, from - to);
  if (!is_confirmed(options_)) {
    fmt::print("\n{}: left as it is\n", path);
    return false;
  }
  const int fd = ::open(path.c_str(), O_WRONLY | O_CLOEXEC);
  const bool is_cut = fd >= 0 && ::ftruncate(fd, static_cast<off_t>(to)) == 0 && ::fsync(fd) == 0;
  const int error = errno;
  if (fd >= 0) {
    ::close(fd);
  }
  if (!is_cut) {
    unusable(path, std::string("cannot be cut: ") + std::strerror(error));
    return false;
  }
  fmt::print("\n{}: cut to {} bytes\n", path, to);
  return true;
}

Outcome Check::aof(const std::string& path, FileWindow& file, const AofFile& what, bool is_last) {
  const uint64_t begin = file.position();
  const AofReport report =
      check_aof(file, path, what, what.is_own ? &groups_ : nullptr, options_.until_s);
  fmt::print("{}: {} bytes of commands{}, {} {}\n", path, file.size() - begin,
             what.is_own ? fmt::format(" of core {}", report.core) : "", report.batches,
             what.is_own ? "batches" : "stretches");
  if (report.first_s != 0) {
    fmt::print("  {:<12}{} to {}\n", "times", report.first_s, report.last_s);
  }
  for (const persist::Loss& damage : report.damages) {
    fmt::print("damaged: {}\n", damage.text());
  }
  if (report.torn_at) {
    fmt::print("{}: not whole from byte {} on, {} bytes: {}; {}\n", path, *report.torn_at,
               file.size() - *report.torn_at, report.torn_reason,
               what.is_own || is_last ? "a start cuts that off" : "a start refuses that");
  }
  if (!report.damages.empty()) {
    fmt::print("{}: damaged; what is behind damage is not to be cut off, see recovery\n", path);
    return kDamaged;
  }
  if (report.later_at) {
    return cut(path, file.size(), *report.later_at) ? kSound : kDamaged;
  }
  if (!report.torn_at) {
    fmt::print("{}: in order\n", path);
    return kSound;
  }
  return options_.fixes && cut(path, file.size(), *report.torn_at) ? kSound : kDamaged;
}

Outcome Check::file_of(const std::string& folder, const AofFile& what, bool is_last) {
  const std::string path = folder + "/" + what.name;
  FileWindow file(path);
  if (!file.is_open()) {
    fmt::print("{}: damaged: it cannot be opened: {}\n", path, file.problem());
    return kDamaged;
  }
  if (what.kind == AofFile::Kind::base && persist::is_rdb_file(file.fill(1))) {
    return rdb(path, file, true);
  }
  return aof(path, file, what, is_last);
}

Outcome Check::tell_groups() {
  groups_.find_broken();
  std::set<uint64_t> sorted(groups_.dropped_groups().begin(), groups_.dropped_groups().end());
  for (const uint64_t group : sorted) {
    fmt::print("transaction {}: not all of its parts are there; a start drops it\n", group);
  }
  return kSound;  // as a crash leaves it
}

void Check::tell_strays(const std::string& folder, const std::string& manifest,
                        const AofManifest& files) {
  const std::vector<std::string> known = files.names();
  for (const std::string& name : names_in(folder)) {
    if (name != "." && name != ".." && name != manifest &&
        std::find(known.begin(), known.end(), name) == known.end()) {
      fmt::print("{}/{}: the manifest does not name it\n", folder, name);
    }
  }
}

Outcome Check::manifest(const std::string& path) {
  FileWindow file(path);
  if (!file.is_open()) {
    return unusable(path, "cannot be opened: " + file.problem());
  }
  std::string wrong;
  const auto manifest = AofManifest::parse(file.fill(file.size()), wrong);
  if (!manifest || manifest->empty()) {
    fmt::print("{}: damaged: {}\n", path, manifest ? "it names no files" : wrong);
    return kDamaged;
  }
  const std::string folder = folder_of(path);
  const std::vector<const AofFile*> incremental = manifest->incremental();
  fmt::print("{}: {} base, {} incremental files\n", path, manifest->base() != nullptr ? 1 : 0,
             incremental.size());
  Outcome outcome = kSound;
  if (const AofFile* base = manifest->base()) {
    outcome = std::max(outcome, file_of(folder, *base, incremental.empty()));
  }
  if (outcome != kSound && options_.until_s != CheckOptions::kNever) {
    return outcome;
  }
  for (const AofFile* what : incremental) {
    outcome = std::max(outcome, file_of(folder, *what, what == incremental.back()));
  }
  outcome = std::max(outcome, tell_groups());
  tell_strays(folder, name_of(path), *manifest);
  fmt::print("{}: {}\n", path, outcome == kSound ? "in order" : "not in order");
  return outcome;
}

Outcome Check::directory(const std::string& path) {
  Outcome outcome = kUnusable;
  bool has_any = false;
  for (const std::string& name : names_in(path)) {
    if (name.ends_with(".manifest") && !name.starts_with("temp_")) {
      const Outcome one = manifest(path + "/" + name);
      outcome = has_any ? std::max(outcome, one) : one;
      has_any = true;
    }
  }
  return has_any ? outcome : unusable(path, "there is no manifest in this directory");
}

// A file by itself: its name tells what the checksums of its batches begin with.
Outcome Check::alone(const std::string& path) {
  FileWindow file(path);
  if (!file.is_open()) {
    return unusable(path, "cannot be opened: " + file.problem());
  }
  const bool is_aof = path.ends_with(".aof");
  if (persist::is_rdb_file(file.fill(1)) || !is_aof) {
    return rdb(path, file, is_aof);
  }
  AofFile what{.name = name_of(path), .is_own = has_batch_lines(file)};
  return aof(path, file, what, true);
}

}  // namespace

Outcome check_path(const std::string& path, const CheckOptions& options,
                   const exec::CommandTable& commands) {
  struct stat info = {};
  if (::stat(path.c_str(), &info) != 0) {
    return unusable(path, std::string("cannot be opened: ") + std::strerror(errno));
  }
  Check check(options, commands);
  if (S_ISDIR(info.st_mode)) {
    return check.directory(path);
  }
  return path.ends_with(".manifest") ? check.manifest(path) : check.alone(path);
}

}  // namespace gyre::app
