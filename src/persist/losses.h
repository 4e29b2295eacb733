// Losses: what could not be loaded of files that are damaged.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

namespace gyre::persist {

// A stretch of a file. Numbers that nobody knows are 0.
struct Loss {
  std::string file;  // with its path
  uint64_t offset = 0;
  uint64_t size = 0;
  std::string reason;
  std::optional<uint32_t> core;  // that wrote it
  uint64_t first_batch = 0;      // of those that are missing
  uint64_t last_batch = 0;
  uint64_t keys = 0;

  std::string text() const;
};

class Losses {
 public:
  // Logs it. What was told of a place already is passed over.
  void add(Loss loss);
  const std::vector<Loss>& all() const { return all_; }

  uint64_t commands_failed = 0;   // that rested on what is lost
  uint64_t commands_dropped = 0;  // parts of transactions of which another part is lost
  uint64_t transactions = 0;      // those
  // In a sentence.
  std::string summary() const;

 private:
  std::vector<Loss> all_;
};

}  // namespace gyre::persist
