// AofGroups: which groups of an append-only file are not whole, and what is dropped because of
// that.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <unordered_map>
#include <unordered_set>
#include <vector>

#include "exec/table.h"
#include "journal/batch_line.h"
#include "resp/parser.h"

namespace gyre::persist {

// A crash may leave some parts of a group (a command or a transaction over several cores) and lose
// others. It is dropped then, and with it what the same run of the server did to the same keys
// afterwards: nobody was answered anything that rests on it. Another group that did so is dropped
// as a whole, and what follows on its keys. FLUSHALL and its kin concern all keys.
//
// The batches are shown in the order of loading: all of them to note(); if any() is broken, all of
// them to look() as often as has_grown() says; then to keep() on the way into memory. begin_look()
// stands before each round, begin_file() before each file.
class AofGroups {
 public:
  explicit AofGroups(const exec::CommandTable& commands) : commands_(commands) {}

  void note(const journal::BatchLine& line);
  // When all are noted: is a group not whole?
  bool find_broken();
  bool any() const { return !dropped_.empty(); }
  size_t dropped() const { return dropped_.size(); }
  const std::unordered_set<uint64_t>& dropped_groups() const { return dropped_; }
  // Of those that were kept from memory so far.
  uint64_t dropped_commands() const { return dropped_commands_; }
  // Groups that are not whole are dropped, and nothing else.
  void drop_alone() { drops_alone_ = true; }

  void begin_look();
  void begin_file(uint64_t generation) { generation_ = generation; }
  void look(const journal::BatchLine& line, std::string_view records) {
    pass(line, records, nullptr);
  }
  bool has_grown() const { return has_grown_; }

  // The records of the batch that count. Good until the next call.
  std::string_view keep(const journal::BatchLine& line, std::string_view records);

  // Do the records hold a command about all keys, as Recorder::say_for_all() writes it?
  static bool is_about_all(std::string_view records);

 private:
  struct Parts {
    uint32_t found = 0;
    uint32_t wanted = 0;
  };

  bool touches(std::string_view command, bool taints);
  void pass(const journal::BatchLine& line, std::string_view records, std::string* kept);

  const exec::CommandTable& commands_;
  std::unordered_map<uint64_t, Parts> groups_;
  std::unordered_set<uint64_t> dropped_;
  std::unordered_set<std::string> keys_;  // whose records do not count from here on
  bool is_all_hit_ = false;               // no records count from here on
  uint64_t generation_ = 0;               // of the file that is shown
  uint64_t run_ = 0;  // the first generation of the run of the server that it is of
  bool has_grown_ = false;
  bool drops_alone_ = false;
  uint64_t dropped_commands_ = 0;
  resp::Parser parser_;
  resp::Arguments arguments_;
  std::string kept_;
};

}  // namespace gyre::persist
