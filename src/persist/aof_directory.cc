#include "persist/aof_directory.h"

#include <dirent.h>
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstring>

#include "base/number.h"
#include "persist/file_copy.h"
#include "persist/file_window.h"
#include "ring/faults.h"
#include "ring/file.h"

namespace gyre::persist {
namespace {

constexpr uint32_t kFileMode = 0644;
constexpr uint32_t kDirectoryMode = 0755;

}  // namespace

bool AofDirectory::refuse(const std::string& what, int error) {
  error_number_ = error;
  error_ = what + (error != 0 ? std::string(": ") + std::strerror(error) : std::string());
  return false;
}

bool AofDirectory::make() {
  if (::mkdir(path_.c_str(), kDirectoryMode) != 0) {
    return errno == EEXIST || refuse("Cannot make the directory " + path_, errno);
  }
  const int parent = ::open((path_ + "/..").c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC);
  const int result = parent < 0 ? -1 : ::fsync(parent);
  const int error = errno;
  if (parent >= 0) {
    ::close(parent);
  }
  return result == 0 || refuse("Cannot flush the directory of " + path_, error);
}

// Files without a manifest are somebody's data: a new manifest would disown them. Empty ones are
// what a first start has left that came no further.
bool AofDirectory::check_strays() {
  if (::access(fresh_path().c_str(), F_OK) == 0) {
    return true;  // see mark()
  }
  DIR* directory = ::opendir(path_.c_str());
  if (directory == nullptr) {
    return errno == ENOENT || refuse("Cannot read the directory " + path_, errno);
  }
  std::string stray;
  while (const dirent* entry = ::readdir(directory)) {
    const std::string name = entry->d_name;
    const bool is_ours =
        name.starts_with(prefix_ + ".") && (name.ends_with(".aof") || name.ends_with(".rdb"));
    struct stat status = {};
    const bool is_empty = ::stat(path_of(name).c_str(), &status) == 0 && status.st_size == 0;
    stray = is_ours && !is_empty ? name : stray;
  }
  ::closedir(directory);
  return stray.empty() ||
         refuse("The directory " + path_ + " holds " + stray + " but no manifest " + prefix_ +
                    ".manifest; restore the manifest, or move the files away",
                0);
}

ring::Task<bool> AofDirectory::read() {
  const std::string path = path_of(prefix_ + ".manifest");
  FileWindow window;
  const int failed = co_await window.open(path);
  if (failed == ENOENT) {
    co_return check_strays();
  }
  if (failed != 0) {
    co_return refuse("Cannot open the manifest " + path, failed);
  }
  while (!window.is_rest()) {
    if (const int error = co_await window.read_more(); error != 0) {
      co_return refuse("Cannot read the manifest " + path, error);
    }
  }
  std::string wrong;
  auto manifest = AofManifest::parse(window.view(), wrong);
  if (!manifest) {
    co_return refuse("The manifest " + path + " is not in order, " + wrong, 0);
  }
  manifest_ = std::move(*manifest);
  is_on_disk_ = true;
  if (manifest_.empty()) {
    co_return refuse("The manifest " + path + " is empty", 0);
  }
  co_return true;
}

ring::Task<bool> AofDirectory::write_manifest(const AofManifest& manifest) {
  const std::string path = path_of(prefix_ + ".manifest");
  const std::string fresh = fresh_path();
  const std::string text = manifest.format();
  is_replaced_ = false;
  const int fd = co_await ring::open_file(fresh.c_str(), O_WRONLY | O_CREAT | O_TRUNC, kFileMode);
  if (fd < 0) {
    co_return refuse("Cannot make " + fresh, -fd);
  }
  int result = 0;
  for (size_t done = 0; done < text.size() && result >= 0; done += static_cast<size_t>(result)) {
    result = co_await ring::write_file(fd, text.data() + done,
                                       static_cast<uint32_t>(text.size() - done), done);
    result = result == 0 ? -ENOSPC : result;
  }
  if (result >= 0) {
    result = co_await ring::sync_file(fd);
  }
  co_await ring::close_file(fd);
  if (result < 0) {
    co_return refuse("Cannot write " + fresh, -result);
  }
  ring::failpoint("manifest-written");
  result = co_await ring::rename_file(fresh.c_str(), path.c_str());
  if (result < 0) {
    co_return refuse("Cannot replace " + path, -result);
  }
  is_on_disk_ = true;
  is_replaced_ = true;
  ring::failpoint("manifest-renamed");
  const int failed = co_await sync_directory(path_);
  ring::failpoint("manifest-safe");
  co_return failed == 0 || refuse("Cannot flush the directory " + path_, failed);
}

ring::Task<bool> AofDirectory::cut(const AofFile& file, uint64_t size) {
  const std::string path = path_of(file.name);
  const int fd = co_await ring::open_file(path.c_str(), O_WRONLY);
  if (fd < 0) {
    co_return refuse("Cannot open " + path, -fd);
  }
  const bool is_cut = ::ftruncate(fd, static_cast<off_t>(size)) == 0;
  const int error = errno;
  ring::failpoint("torn-end-cut");
  const int result = is_cut ? co_await ring::sync_file(fd) : -error;
  co_await ring::close_file(fd);
  co_return result >= 0 || refuse("Cannot cut off the end of " + path, -result);
}

// Until the manifest is written nothing refers to the file, and this can be done once more.
ring::Task<bool> AofDirectory::adopt(const std::string& path, const std::string& name,
                                     bool is_linked) {
  if (!make()) {
    co_return false;
  }
  const std::string target = path_of(name);
  ::unlink(target.c_str());
  const int failed = co_await (is_linked ? link_file(path, target) : copy_file(path, target));
  if (failed != 0) {
    co_return refuse("Cannot copy " + path + " to " + target, failed);
  }
  ring::failpoint("file-adopted");
  manifest_.set_base({.name = name, .number = 1, .kind = AofFile::Kind::base}, 0);
  co_return true;
}

ring::Task<bool> AofDirectory::keep_aside(const std::string& to) {
  if (::mkdir(to.c_str(), kDirectoryMode) != 0) {
    co_return refuse("Cannot make the directory " + to, errno);
  }
  std::vector<std::string> names = manifest_.names();
  names.push_back(prefix_ + ".manifest");
  for (const std::string& name : names) {
    const std::string path = path_of(name);
    if (const int failed = co_await link_file(path, to + "/" + name);
        failed != 0 && failed != ENOENT) {
      co_return refuse("Cannot keep " + path + " in " + to, failed);
    }
  }
  ring::failpoint("kept-aside");
  const int failed = co_await sync_directory(to);
  co_return failed == 0 || refuse("Cannot flush the directory " + to, failed);
}

bool AofDirectory::is_leftover(const std::string& name) const {
  if ((name.starts_with("temp-") && name.ends_with(".rdb")) ||
      name == "temp_" + prefix_ + ".manifest") {
    return true;
  }
  if (!name.starts_with(prefix_ + ".")) {
    return false;
  }
  const std::string_view rest = std::string_view(name).substr(prefix_.size() + 1);
  const size_t dot = rest.find('.');
  const auto number = base::parse_uint64(rest.substr(0, dot));
  if (dot == std::string_view::npos || !number) {
    return false;
  }
  const std::string_view kind = rest.substr(dot);
  const std::vector<const AofFile*> incremental = manifest_.incremental();
  const AofFile* const base = manifest_.base();
  return (kind == ".incr.aof" && !incremental.empty() && *number < incremental[0]->number) ||
         (kind == ".base.rdb" && base != nullptr && *number < base->number);
}

ring::Task<> AofDirectory::remove_leftovers() {
  std::vector<std::string> names;
  if (DIR* directory = ::opendir(path_.c_str())) {
    while (const dirent* entry = ::readdir(directory)) {
      names.emplace_back(entry->d_name);
    }
    ::closedir(directory);
  }
  for (const std::string& name : names) {
    if (is_leftover(name)) {
      const std::string path = path_of(name);
      co_await ring::remove_file(path.c_str());
    }
  }
}

ring::Task<bool> AofDirectory::set_base(const AofFile& base, uint64_t generation) {
  co_await is_free_.acquire();
  const bool is_good = co_await write_base(base, generation);
  is_free_.release();
  co_return is_good;
}

ring::Task<bool> AofDirectory::begin_generation(uint16_t cores, std::vector<AofFile>& files,
                                                std::vector<int>& fds) {
  co_await is_free_.acquire();
  const bool is_good = co_await write_generation(cores, files, fds);
  is_free_.release();
  co_return is_good;
}

ring::Task<bool> AofDirectory::write_base(const AofFile& base, uint64_t generation) {
  last_base_ = base.number;
  AofManifest manifest = manifest_;
  const std::vector<std::string> gone = manifest.set_base(base, generation);
  if (!co_await write_manifest(manifest)) {
    if (!is_replaced_) {
      const std::string path = path_of(base.name);
      co_await ring::remove_file(path.c_str());
    }
    co_return false;
  }
  manifest_ = std::move(manifest);
  is_apart_ = false;
  apart_.clear();
  ring::failpoint("base-named");
  for (const std::string& name : gone) {
    const std::string path = path_of(name);
    co_await ring::remove_file(path.c_str());
  }
  co_return true;
}

ring::Task<bool> AofDirectory::write_generation(uint16_t cores, std::vector<AofFile>& files,
                                                std::vector<int>& fds) {
  if (!make() || !co_await mark()) {
    co_return false;
  }
  AofManifest manifest = manifest_;
  files = manifest.add_generation(prefix_, cores);
  for (const AofFile& file : files) {
    const std::string path = path_of(file.name);
    const int fd = co_await ring::open_file(path.c_str(), O_WRONLY | O_CREAT | O_TRUNC, kFileMode);
    if (fd < 0) {
      co_return refuse("Cannot make " + path, -fd);
    }
    fds.push_back(fd);
    if (is_apart_) {
      apart_.push_back(file.name);
    }
    if (const int result = co_await ring::sync_file(fd); result < 0) {
      co_return refuse("Cannot flush " + path, -result);
    }
  }
  ring::failpoint("generation-made");
  if (!is_apart_ && !co_await write_manifest(manifest)) {
    co_return false;
  }
  manifest_ = std::move(manifest);
  co_return true;
}

// Files without a manifest are taken for somebody's data. So before the first ones are made there
// is what becomes the manifest: whoever finds it knows that they never counted.
ring::Task<bool> AofDirectory::mark() {
  if (is_on_disk_) {
    co_return true;
  }
  const std::string mark = fresh_path();
  const int fd = co_await ring::open_file(mark.c_str(), O_WRONLY | O_CREAT | O_TRUNC, kFileMode);
  if (fd < 0) {
    co_return refuse("Cannot make " + mark, -fd);
  }
  co_await ring::close_file(fd);
  const int failed = co_await sync_directory(path_);
  co_return failed == 0 || refuse("Cannot flush the directory " + path_, failed);
}

ring::Task<bool> AofDirectory::begin_apart() {
  is_apart_ = true;
  co_return make() && co_await mark();
}

ring::Task<> AofDirectory::end_apart() {
  co_await is_free_.acquire();
  for (const std::string& name : apart_) {
    const std::string path = path_of(name);
    co_await ring::remove_file(path.c_str());
  }
  apart_.clear();
  is_apart_ = false;
  is_free_.release();
}

}  // namespace gyre::persist
