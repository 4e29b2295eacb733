// Reads the affinity from the kernel and the quota from the files of the control group.
#include "server/cpus.h"

#include <sched.h>

#include <algorithm>
#include <cerrno>
#include <charconv>
#include <cstdint>
#include <fstream>
#include <optional>
#include <sstream>
#include <string_view>
#include <vector>

namespace gyre::server {
namespace {

constexpr int kCpusMax = 1 << 16;

std::optional<int64_t> to_integer(std::string_view text) {
  int64_t value = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (error != std::errc() || end != text.data() + text.size()) {
    return std::nullopt;
  }
  return value;
}

// Words of the first line of a file; none if it cannot be read.
std::vector<std::string> first_line(const std::string& path) {
  std::ifstream file(path);
  std::string line;
  std::getline(file, line);
  std::istringstream stream(line);
  std::vector<std::string> words;
  for (std::string word; stream >> word;) {
    words.push_back(word);
  }
  return words;
}

int rounded_up(std::optional<int64_t> quota_us, std::optional<int64_t> period_us) {
  if (!quota_us || !period_us || *quota_us <= 0 || *period_us <= 0) {
    return 0;  // "max" in version 2, -1 in version 1: no limit
  }
  const int64_t cpus = *quota_us / *period_us + (*quota_us % *period_us != 0 ? 1 : 0);
  return static_cast<int>(std::min<int64_t>(cpus, kCpusMax));
}

int quota_of_group(const std::string& folder, bool version_2) {
  if (version_2) {
    const std::vector<std::string> words = first_line(folder + "/cpu.max");
    return words.size() == 2 ? rounded_up(to_integer(words[0]), to_integer(words[1])) : 0;
  }
  const std::vector<std::string> quota = first_line(folder + "/cpu.cfs_quota_us");
  const std::vector<std::string> period = first_line(folder + "/cpu.cfs_period_us");
  if (quota.size() != 1 || period.size() != 1) {
    return 0;
  }
  return rounded_up(to_integer(quota[0]), to_integer(period[0]));
}

// 0 means no limit and loses against any limit.
int tighter(int a, int b) { return a == 0 || b == 0 ? std::max(a, b) : std::min(a, b); }

// A parent's quota binds its children too. In a container the path may name a folder that is only
// visible outside; then just the mount itself, which is the container's own group, exists.
int tightest(const std::string& mount, std::string group, bool version_2) {
  int result = 0;
  while (true) {
    result = tighter(result, quota_of_group(mount + group, version_2));
    if (group.empty()) {
      return result;
    }
    group.erase(std::min(group.rfind('/'), group.size()));
  }
}

bool names_cpu(std::string_view controllers) {
  while (!controllers.empty()) {
    const size_t end = std::min(controllers.find(','), controllers.size());
    if (controllers.substr(0, end) == "cpu") {
      return true;
    }
    controllers.remove_prefix(std::min(end + 1, controllers.size()));
  }
  return false;
}

}  // namespace

int quota_cpus(const std::string& root) {
  int result = 0;
  std::ifstream groups(root + "/proc/self/cgroup");
  // Each line is HIERARCHY:CONTROLLERS:PATH; version 2 has hierarchy 0 and no controllers.
  for (std::string line; std::getline(groups, line);) {
    const size_t first = line.find(':');
    const size_t second = first == std::string::npos ? first : line.find(':', first + 1);
    if (second == std::string::npos) {
      continue;
    }
    const std::string controllers = line.substr(first + 1, second - first - 1);
    const std::string path = line.substr(second + 1);
    const std::string group = path == "/" ? "" : path;
    if (controllers.empty()) {
      result = tighter(result, tightest(root + "/sys/fs/cgroup", group, true));
    } else if (names_cpu(controllers)) {
      result = tighter(result, tightest(root + "/sys/fs/cgroup/" + controllers, group, false));
      result = tighter(result, tightest(root + "/sys/fs/cgroup/cpu", group, false));
    }
  }
  return result;
}

int affinity_cpus() {
  for (int cpus = 1024; cpus <= kCpusMax; cpus *= 2) {
    cpu_set_t* set = CPU_ALLOC(static_cast<size_t>(cpus));
    const size_t bytes = CPU_ALLOC_SIZE(static_cast<size_t>(cpus));
    const bool done = sched_getaffinity(0, bytes, set) == 0;
    const int count = done ? CPU_COUNT_S(bytes, set) : 0;
    CPU_FREE(set);
    if (done) {
      return std::max(count, 1);
    }
    if (errno != EINVAL) {  // EINVAL: the kernel's mask is longer
      break;
    }
  }
  return 1;
}

int usable_cpus() { return std::max(tighter(affinity_cpus(), quota_cpus("")), 1); }

}  // namespace gyre::server
