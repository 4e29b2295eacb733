#include "commands/server/command_rows.h"

#include <algorithm>

namespace gyre::commands {

const exec::Command* find_command(const exec::CommandTable& table, std::string_view name) {
  const size_t bar = name.find('|');
  const exec::Command* command = table.find(name.substr(0, bar));
  if (command == nullptr || bar == std::string_view::npos) {
    return command;
  }
  return exec::CommandTable::find_sub(*command, name.substr(bar + 1));
}

std::vector<std::string_view> split_words(std::string_view text) {
  std::vector<std::string_view> words;
  while (!text.empty()) {
    const std::string_view word = text.substr(0, text.find(' '));
    text.remove_prefix(std::min(text.size(), word.size() + 1));
    words.push_back(word);
  }
  return words;
}

void reply_key_flags(std::string_view flags, resp::Reply& reply) {
  const std::vector<std::string_view> words = split_words(flags);
  reply.set(words.size());
  for (const std::string_view word : words) {
    reply.simple(word);
  }
}

}  // namespace gyre::commands
