// CommandTable: from a name to its row.
#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "exec/command.h"

namespace gyre::exec {

// Immutable after construction; shared by all cores.
class CommandTable {
 public:
  // Rows of all files; the table keeps copies with arity, id and subcommands filled in.
  explicit CommandTable(std::span<const Rows> files);
  CommandTable(const CommandTable&) = delete;
  CommandTable& operator=(const CommandTable&) = delete;

  // Any case; null if there is no such command.
  const Command* find(std::string_view name) const;
  // The subcommand of a container; null if it has none of that name.
  static const Command* find_sub(const Command& container, std::string_view name);

  // All commands without subcommands, by name.
  std::span<const Command> commands() const { return {commands_.data(), commands_.size()}; }
  // Ids are below this; subcommands have their own.
  size_t ids() const { return ids_; }
  // Row by id.
  const Command& at(uint16_t id) const { return *by_id_[id]; }

 private:
  static constexpr size_t kNameMax = 24;
  static uint64_t hash_of(std::string_view upper);

  std::vector<Command> commands_;
  std::vector<std::vector<Command>> subcommands_;
  std::vector<std::string> names_;
  std::vector<const Command*> by_id_;
  std::vector<const Command*> buckets_;  // open addressing, a power of two
  size_t ids_ = 0;
};

// The arity that a syntax line implies, with the name (and the container's name) counted; negative
// if there are optional or repeated arguments.
int16_t arity_of(std::string_view syntax, bool is_subcommand);

}  // namespace gyre::exec
