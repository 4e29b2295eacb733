#include "server/memory_usage.h"

#include <fmt/core.h>
#include <unistd.h>

#include <cstdio>
#include <cstring>

#include "base/assert.h"
#include "base/blob.h"
#include "base/heap.h"

// jemalloc, if it is linked: null otherwise.
extern "C" [[gnu::weak]] int mallctl(const char* name, void* old_value, size_t* old_size,
                                     void* new_value, size_t new_size);
extern "C" [[gnu::weak]] void malloc_stats_print(void (*write)(void*, const char*), void* context,
                                                 const char* options);

namespace gyre::server {
namespace {

uint64_t read_counter(const char* name) {
  size_t value = 0;
  size_t size = sizeof value;
  return mallctl(name, &value, &size, nullptr, 0) == 0 ? value : 0;
}

// jemalloc gathers its numbers anew only when it is told to.
void refresh() {
  uint64_t epoch = 1;
  size_t size = sizeof epoch;
  mallctl("epoch", &epoch, &size, &epoch, size);
}

uint64_t resident_bytes() {
  std::FILE* file = std::fopen("/proc/self/statm", "re");
  unsigned long total = 0;
  unsigned long resident = 0;
  if (file != nullptr) {
    if (std::fscanf(file, "%lu %lu", &total, &resident) != 2) {
      resident = 0;
    }
    std::fclose(file);
  }
  return resident * static_cast<uint64_t>(sysconf(_SC_PAGESIZE));
}

}  // namespace

uint64_t used_memory() {
  if (mallctl == nullptr) {
    return resident_bytes();
  }
  refresh();
  return read_counter("stats.allocated") + base::heap_in_spans() + base::Blob::mapped_bytes();
}

uint64_t thread_allocated() { return mallctl == nullptr ? 0 : read_counter("thread.allocated"); }

MemoryUsage memory_usage() {
  MemoryUsage usage;
  usage.rss = resident_bytes();
  usage.system =
      static_cast<uint64_t>(sysconf(_SC_PHYS_PAGES)) * static_cast<uint64_t>(sysconf(_SC_PAGESIZE));
  if (mallctl == nullptr) {
    usage.used = usage.active = usage.resident = usage.rss;
    return usage;
  }
  usage.used = used_memory();
  // Keys and values live in spans and pages beside the allocator.
  const uint64_t spans = base::heap_held() + base::Blob::mapped_bytes();
  usage.active = read_counter("stats.active") + spans;
  usage.resident = read_counter("stats.resident") + spans;
  usage.muzzy = read_counter("stats.arenas.4096.pmuzzy") * base::kHeapPage;
  return usage;
}

std::string allocator_name() {
  if (mallctl == nullptr) {
    return "libc";
  }
  const char* version = nullptr;
  size_t size = sizeof version;
  mallctl("version", &version, &size, nullptr, 0);
  const std::string text = version == nullptr ? "" : version;
  return "jemalloc-" + text.substr(0, text.find('-'));
}

std::string allocator_report() {
  if (malloc_stats_print == nullptr) {
    return "Stats not supported for the current allocator";
  }
  std::string report;
  malloc_stats_print(
      [](void* context, const char* text) { static_cast<std::string*>(context)->append(text); },
      &report, nullptr);
  return report;
}

bool purge_allocator() {
  // 4096 stands for all arenas (MALLCTL_ARENAS_ALL).
  return mallctl != nullptr && mallctl("arena.4096.purge", nullptr, nullptr, nullptr, 0) == 0;
}

std::string human_size(uint64_t bytes) {
  constexpr std::string_view kUnits = "KMGTP";
  if (bytes < 1024) {
    return fmt::format("{}B", bytes);
  }
  auto value = static_cast<double>(bytes) / 1024;
  size_t unit = 0;
  while (value >= 1024 && unit + 1 < kUnits.size()) {
    value /= 1024;
    ++unit;
  }
  return fmt::format("{:.2f}{}", value, kUnits[unit]);
}

}  // namespace gyre::server
