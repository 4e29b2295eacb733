#include "exec/reference.h"

#include <algorithm>
#include <array>
#include <vector>

#include <fmt/core.h>

#include "exec/syntax.h"
#include "exec/words.h"

namespace gyre::exec {
namespace {

// In the order of a reader's interest; a group without commands is left out.
constexpr Group kGroups[] = {
    Group::string,      Group::generic,      Group::list,       Group::set,
    Group::sorted_set,  Group::hash,         Group::stream,     Group::bitmap,
    Group::hyperloglog, Group::geo,          Group::scripting,  Group::pubsub,
    Group::server,      Group::transactions, Group::connection, Group::cluster,
};

// COMMAND DOCS marks words that are arguments as `!WORD`; a reader needs no mark.
std::string without_marks(std::string_view text) {
  std::string plain;
  for (size_t at = 0; at < text.size(); ++at) {
    if (text[at] != '!' || at == 0 || text[at - 1] != '`') {
      plain += text[at];
    }
  }
  return plain;
}

void append_entry(const Command& command, std::string& page) {
  std::string form;
  if (!command.parent.empty()) {
    form = fmt::format("{} ", command.parent);
  }
  form += command.name;
  if (!command.syntax.empty()) {
    form += fmt::format(" {}", plain_syntax(command.syntax));
  }
  page += fmt::format("- `{}`: {} Since {}", form, command.summary, command.since);
  if (!command.complexity.empty()) {
    page += fmt::format("; {}", command.complexity);
  }
  page += '.';
  for (const Change& change : command.history) {
    page += fmt::format(" {}: {}", change.since, without_marks(change.what));
    if (!change.what.ends_with('.')) {
      page += '.';
    }
  }
  if (!command.deprecated_since.empty()) {
    page += fmt::format(" Deprecated since {}: use {}.", command.deprecated_since,
                        without_marks(command.replaced_by));
  }
  page += '\n';
}

// A container is only the name of its subcommands.
void append_command(const Command& command, std::string& page) {
  if (command.shape.kind != Shape::Kind::container) {
    append_entry(command, page);
  }
  std::vector<const Command*> subcommands;
  for (const Command& subcommand : command.subcommands) {
    subcommands.push_back(&subcommand);
  }
  std::sort(subcommands.begin(), subcommands.end(),
            [](const Command* a, const Command* b) { return a->name < b->name; });
  for (const Command* subcommand : subcommands) {
    append_entry(*subcommand, page);
  }
}

}  // namespace

std::string reference(const CommandTable& table) {
  std::string page =
      "# Commands\n\n"
      "Generated from the command rows by `./dev docs`; the same rows answer COMMAND DOCS. "
      "Arguments in brackets may be left out, `|` separates alternatives.\n";
  for (const Group group : kGroups) {
    std::string section;
    for (const Command& command : table.commands()) {
      if (command.group == group) {
        append_command(command, section);
      }
    }
    if (!section.empty()) {
      page += fmt::format("\n## {}\n\n{}", group_word(group), section);
    }
  }
  return page;
}

}  // namespace gyre::exec
