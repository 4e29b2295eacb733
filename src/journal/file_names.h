// FileNames: how the files of the journals are called, as all cores compute it.
#pragma once

#include <cstdint>
#include <string>

#include "base/crc.h"

namespace gyre::journal {

// A generation has a file for each core. The same on all cores from the start of the journals on.
struct FileNames {
  std::string prefix;             // appendfilename
  uint64_t first_generation = 1;  // of this run
  uint64_t first_number = 1;      // of the file of its first core
  uint16_t cores = 1;

  uint64_t number_of(uint64_t generation, uint16_t core) const {
    return first_number + (generation - first_generation) * cores + core;
  }
  std::string name_of(uint64_t generation, uint16_t core) const {
    return prefix + "." + std::to_string(number_of(generation, core)) + ".incr.aof";
  }
  // What the checksums in a file begin with.
  static uint32_t seed_of(const std::string& name) { return base::crc32c(0, name); }
  uint32_t seed_of(uint64_t generation, uint16_t core) const {
    return seed_of(name_of(generation, core));
  }
};

}  // namespace gyre::journal
