// check_rdb(): reads all of an RDB file and tells what is in it, and what is wrong.
#pragma once

#include <array>
#include <cstdint>
#include <map>
#include <string>
#include <utility>
#include <vector>

#include "app/file_window.h"
#include "store/digest.h"

namespace gyre::app {

struct RdbReport {
  struct Database {
    std::array<uint64_t, 6> keys{};  // by store::Type
    uint64_t expiring = 0;
    uint64_t expired = 0;  // of those, at the time of the check
    store::Digest digest;  // of the others, as DEBUG DIGEST has it
    bool is_used = false;  // are there others?
  };
  enum class Sum : uint8_t { not_reached, none, right, wrong };

  uint16_t version = 0;
  std::vector<std::pair<std::string, std::string>> fields;  // what the file tells of itself
  std::map<uint32_t, Database> databases;
  uint64_t keys = 0;   // in all databases, and empty ones
  uint64_t empty = 0;  // keys of no elements, which servers leave out
  uint64_t functions = 0;
  std::vector<std::string> modules;  // whose data is beside the keys
  size_t chunks = 0;
  uint64_t bytes_behind = 0;  // the end
  Sum sum = Sum::not_reached;
  std::vector<std::string> damages;  // with their places
};

// The file is open and was not read yet; now_ms is Unix time. Digests take longer than the rest.
RdbReport check_rdb(FileWindow& file, int64_t now_ms, bool has_digest);

// What DEBUG DIGEST answers on a server that has loaded the file. REQUIRES: with digests.
std::string digest_of(const RdbReport& report);
// As lines of text.
std::string describe(const RdbReport& report);

}  // namespace gyre::app
