// RdbSkimmer: walks over what is encoded and finds where it ends, without looking what it is.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <utility>

#include "persist/rdb.h"

namespace gyre::persist {

// The bytes are those of a file from some place on, of which perhaps not all are there yet. The
// skimmer stops for good at what is not there, and says how much it takes to get further; or at
// what is wrong. It answers with nothing from then on, so whoever skims has to ask once.
class RdbSkimmer {
 public:
  // `rest`: bytes of the file from there on, at least as many as there are.
  RdbSkimmer(std::string_view bytes, uint64_t rest)
      : begin_(bytes.data()), at_(begin_), end_(begin_ + bytes.size()), rest_(rest) {}

  bool is_ok() const { return is_ok_; }
  // Bytes walked over so far; where it stopped, if it did.
  size_t position() const { return static_cast<size_t>(at_ - begin_); }
  // What was walked over since a position.
  std::string_view since(size_t position) const {
    return {begin_ + position, this->position() - position};
  }
  // If it stopped: what is wrong, or nothing if there are not enough bytes; then, how many it has
  // to be at least.
  const std::string& problem() const { return problem_; }
  uint64_t wanted() const { return wanted_; }
  void stop(std::string problem) {
    if (is_ok_) {
      is_ok_ = false;
      problem_ = std::move(problem);
    }
  }

  uint8_t byte() { return need(1) ? static_cast<uint8_t>(*at_++) : 0; }
  uint64_t length();
  // The next bytes, which are walked over; null if it stopped.
  const char* raw(uint64_t size) {
    const char* const bytes = at_;
    if (!need(size)) {
      return nullptr;
    }
    at_ += size;
    return bytes;
  }
  // A string, in whatever form; as it is encoded.
  std::string_view string();
  // The value behind the byte of a type. `version` is that of the file. REQUIRES: is_value_type().
  void value(uint8_t type, uint16_t version);
  // As many pairs of lengths as a length says.
  void pairs_of_lengths();
  // What stands behind the id of a module.
  void module_parts();

 private:
  bool need(uint64_t size) {
    if (size <= static_cast<size_t>(end_ - at_) && is_ok_) [[likely]] {
      return true;
    }
    miss(size);
    return false;
  }
  void miss(uint64_t size);
  uint64_t length_after(uint8_t first);
  // How many of something follow, each of so many bytes at least.
  uint64_t count(uint64_t bytes_min);
  void strings(uint64_t strings_each, uint64_t bytes_behind = 0);
  void list_nodes();
  void scores_as_text();
  void expiring_fields();
  void stream(RdbType type);
  void stream_group(RdbType type);

  const char* begin_;
  const char* at_;
  const char* end_;
  uint64_t rest_;
  uint64_t wanted_ = 0;
  bool is_ok_ = true;
  std::string problem_;
};

// The name of a module's type, as its id has it.
std::string module_name(uint64_t id);

}  // namespace gyre::persist
