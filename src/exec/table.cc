#include "exec/table.h"

#include <algorithm>
#include <bit>
#include <cstring>

#include "base/assert.h"
#include "base/text.h"

namespace gyre::exec {
namespace {

char upper(char c) { return c >= 'a' && c <= 'z' ? static_cast<char>(c - 32) : c; }

}  // namespace

uint64_t CommandTable::hash_of(std::string_view name) {
  uint64_t hash = name.size();
  for (const char c : name) {
    hash = (hash ^ static_cast<unsigned char>(c & 0xdf)) * 0x9e3779b97f4a7c15ULL;
  }
  return hash ^ (hash >> 29);
}

CommandTable::CommandTable(std::span<const Rows> files) {
  for (const Rows rows : files) {
    for (const Command& row : rows) {
      if (row.parent.empty()) {
        commands_.push_back(row);
      }
    }
  }
  std::sort(commands_.begin(), commands_.end(),
            [](const Command& a, const Command& b) { return a.name < b.name; });
  subcommands_.resize(commands_.size());
  for (const Rows rows : files) {
    for (const Command& row : rows) {
      if (!row.parent.empty()) {
        const auto container =
            std::find_if(commands_.begin(), commands_.end(),
                         [&](const Command& command) { return command.name == row.parent; });
        GYRE_ASSERT(container != commands_.end());
        subcommands_[static_cast<size_t>(container - commands_.begin())].push_back(row);
      }
    }
  }
  names_.reserve(1024);  // views of these strings are kept
  const auto finish = [this](Command& command) {
    command.id = static_cast<uint16_t>(ids_++);
    std::string name;
    if (!command.parent.empty()) {
      name = std::string(command.parent) + "|";
    }
    name += command.name;
    std::transform(name.begin(), name.end(), name.begin(),
                   [](char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c + 32) : c; });
    GYRE_ASSERT(names_.size() < names_.capacity());
    names_.push_back(std::move(name));
    command.full_name = names_.back();
    if (command.arity == 0) {
      command.arity = command.shape.kind == Shape::Kind::container
                          ? int16_t{-2}
                          : arity_of(command.syntax, !command.parent.empty());
    }
    command.is_single_key = command.shape.kind == Shape::Kind::owner && command.keys.size() == 1 &&
                            command.keys[0].index == 1 &&
                            command.keys[0].begin == KeySpec::Begin::index;
    // A fixed arity, because a command of any number of arguments may take any time.
    command.is_brief = command.is_single_key && command.has(kFast) && command.arity > 0;
    by_id_.push_back(&command);
  };
  for (size_t i = 0; i < commands_.size(); ++i) {
    finish(commands_[i]);
    for (Command& sub : subcommands_[i]) {
      finish(sub);
    }
    commands_[i].subcommands = subcommands_[i];
  }
  buckets_.assign(std::bit_ceil(commands_.size() * 4), nullptr);
  for (const Command& command : commands_) {
    size_t at = hash_of(command.name) & (buckets_.size() - 1);
    while (buckets_[at] != nullptr) {
      at = (at + 1) & (buckets_.size() - 1);
    }
    buckets_[at] = &command;
  }
}

const Command* CommandTable::find(std::string_view name) const {
  char folded[kNameMax];
  if (name.size() > sizeof folded) {
    return nullptr;
  }
  for (size_t i = 0; i < name.size(); ++i) {
    folded[i] = upper(name[i]);
  }
  size_t at = hash_of(name) & (buckets_.size() - 1);
  for (; buckets_[at] != nullptr; at = (at + 1) & (buckets_.size() - 1)) {
    const Command* command = buckets_[at];
    if (command->name.size() == name.size() &&
        std::memcmp(command->name.data(), folded, name.size()) == 0) {
      return command;
    }
  }
  return nullptr;
}

const Command* CommandTable::find_sub(const Command& container, std::string_view name) {
  for (const Command& sub : container.subcommands) {
    if (base::equals_ignore_case(sub.name, name)) {
      return &sub;
    }
  }
  return nullptr;
}

namespace {

// Counts the words of a syntax line: "[...]" may be left out, "<a | b c>" is a choice that must be
// made,
// "..." repeats what is before it.
struct SyntaxCounter {
  std::string_view text;
  size_t at = 0;
  bool is_open = false;  // other numbers of words are possible

  bool is_at(std::string_view what) const { return text.substr(at).starts_with(what); }

  // The fewest words of a sequence, up to its end, a '|' or a closing bracket.
  int sequence() {
    int count = 0;
    while (at < text.size() && text[at] != ']' && text[at] != '>' && text[at] != '|') {
      if (text[at] == ' ') {
        ++at;
      } else if (text[at] == '[') {
        choice();
        is_open = true;
      } else if (text[at] == '<') {
        count += choice();
      } else if (is_at("...")) {
        at += 3;
        is_open = true;
      } else {
        at = std::min(text.find_first_of(" []<>", at), text.size());  // "A|B" is one word
        ++count;
      }
    }
    return count;
  }

  // The fewest words among the alternatives between two brackets.
  int choice() {
    ++at;
    int fewest = sequence();
    while (at < text.size() && text[at] == '|') {
      ++at;
      const int count = sequence();
      is_open |= count != fewest;
      fewest = std::min(fewest, count);
    }
    ++at;  // the closing bracket
    return fewest;
  }
};

}  // namespace

int16_t arity_of(std::string_view syntax, bool is_subcommand) {
  SyntaxCounter counter{syntax};
  const int count = counter.sequence() + (is_subcommand ? 2 : 1);
  return static_cast<int16_t>(counter.is_open ? -count : count);
}

}  // namespace gyre::exec
