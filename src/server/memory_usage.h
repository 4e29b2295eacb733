// Memory of this process as the allocator and the kernel count it.
#pragma once

#include <cstdint>
#include <string>

namespace gyre::server {

struct MemoryUsage {
  // Bytes handed out by the allocator, and those of keys, values and tables beside it, without the
  // room that their spans have; resident bytes without jemalloc.
  uint64_t used = 0;
  uint64_t active = 0;    // in pages the allocator uses
  uint64_t resident = 0;  // of the allocator, as it knows
  uint64_t muzzy = 0;     // free pages that the system may take back
  uint64_t rss = 0;       // of the process, as the kernel knows
  uint64_t system = 0;    // of the machine
};

MemoryUsage memory_usage();
// Only `used` of the above.
uint64_t used_memory();
// Bytes the calling thread has got from the allocator since it started; 0 without jemalloc.
uint64_t thread_allocated();
// "jemalloc-5.3.0" or "libc".
std::string allocator_name();
// Text of MEMORY MALLOC-STATS.
std::string allocator_report();
// Gives free pages back to the kernel; false if the allocator cannot.
bool purge_allocator();

// "1.50K", "2.00G": as INFO prints sizes for humans.
std::string human_size(uint64_t bytes);

}  // namespace gyre::server
