// SortReader: what the keys hold that a pattern of SORT makes of elements.
#pragma once

#include <memory_resource>
#include <optional>
#include <string>
#include <string_view>

#include "commands/generic/sort_options.h"
#include "exec/engine.h"

namespace gyre::commands {

// Where copies of elements and values live until the command is over.
using SortArena = std::pmr::monotonic_buffer_resource;

// A copy with a NUL behind it.
std::string_view keep(std::string_view text, SortArena& arena);

// Of one core; looks up keys that the core owns, and no others.
class SortReader {
 public:
  using Text = std::optional<std::string_view>;  // in the arena; empty if there is nothing

  SortReader(exec::Engine& at, store::Shard& shard, uint16_t db, SortArena& arena)
      : at_(at), shard_(shard), db_(db), arena_(arena) {}
  // Leaves `text` alone if another core owns the key.
  void read(const SortPattern& pattern, std::string_view element, Text& text);

 private:
  Text look_up(const store::Key& key, std::string_view field);

  exec::Engine& at_;
  store::Shard& shard_;
  uint16_t db_;
  SortArena& arena_;
  std::string name_;
};

}  // namespace gyre::commands
