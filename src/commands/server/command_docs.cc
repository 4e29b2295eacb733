// COMMAND DOCS.
#include <string>
#include <vector>

#include "commands/server/command_rows.h"
#include "exec/engine.h"
#include "exec/syntax.h"
#include "exec/words.h"

namespace gyre::commands {
namespace {

using exec::Argument;
using exec::Command;
using exec::Group;
using exec::Request;
using resp::Reply;
using store::Shard;

void reply_pair(std::string_view name, std::string_view value, Reply& reply) {
  reply.bulk(name);
  reply.bulk(value);
}

void reply_arguments(const std::vector<Argument>& arguments, Reply& reply);

void reply_argument(const Argument& argument, Reply& reply) {
  const bool is_group =
      argument.type == Argument::Type::oneof || argument.type == Argument::Type::block;
  const bool has_flags = argument.is_optional || argument.is_multiple;
  reply.map(size_t{2} + (is_group ? 0 : 1) + (argument.key_spec >= 0 ? 1 : 0) +
            (argument.token.empty() ? 0 : 1) + (argument.since.empty() ? 0 : 1) +
            (has_flags ? 1 : 0) + (is_group ? 1 : 0));
  reply_pair("name", argument.name, reply);
  reply_pair("type", exec::type_name(argument.type), reply);
  if (!is_group) {
    reply_pair("display_text", argument.name, reply);
  }
  if (argument.key_spec >= 0) {
    reply.bulk("key_spec_index");
    reply.integer(argument.key_spec);
  }
  if (!argument.token.empty()) {
    reply_pair("token", argument.token, reply);
  }
  if (!argument.since.empty()) {
    reply_pair("since", argument.since, reply);
  }
  if (has_flags) {
    reply.bulk("flags");
    reply.set(size_t{argument.is_optional} + size_t{argument.is_multiple} +
              size_t{argument.repeats_token});
    if (argument.is_optional) {
      reply.simple("optional");
    }
    if (argument.is_multiple) {
      reply.simple("multiple");
    }
    if (argument.repeats_token) {
      reply.simple("multiple_token");
    }
  }
  if (is_group) {
    reply.bulk("arguments");
    reply_arguments(argument.parts, reply);
  }
}

void reply_arguments(const std::vector<Argument>& arguments, Reply& reply) {
  reply.array(arguments.size());
  for (const Argument& argument : arguments) {
    reply_argument(argument, reply);
  }
}

void reply_history(const Command& command, Reply& reply) {
  reply.bulk("history");
  reply.set(command.history.size());
  for (const exec::Change& change : command.history) {
    reply.array(2);
    reply.bulk(change.since);
    reply.bulk(change.what);
  }
}

// The name and the map of one command.
void reply_docs(const Command& command, Reply& reply) {
  const bool is_deprecated = !command.deprecated_since.empty();
  reply.bulk(command.full_name);
  reply.map(size_t{3} + (command.complexity.empty() ? 0 : 1) + (is_deprecated ? 2 : 0) +
            (command.replaced_by.empty() ? 0 : 1) + (command.history.empty() ? 0 : 1) +
            (command.syntax.empty() ? 0 : 1) + (command.subcommands.empty() ? 0 : 1));
  reply_pair("summary", command.summary, reply);
  reply_pair("since", command.since, reply);
  reply_pair("group", exec::group_word(command.group), reply);
  if (!command.complexity.empty()) {
    reply_pair("complexity", command.complexity, reply);
  }
  if (is_deprecated) {
    reply.bulk("doc_flags");
    reply.set(1);
    reply.simple("deprecated");
    reply_pair("deprecated_since", command.deprecated_since, reply);
  }
  if (!command.replaced_by.empty()) {
    reply_pair("replaced_by", command.replaced_by, reply);
  }
  if (!command.history.empty()) {
    reply_history(command, reply);
  }
  if (!command.syntax.empty()) {
    reply.bulk("arguments");
    reply_arguments(exec::arguments_of(command), reply);
  }
  if (!command.subcommands.empty()) {
    reply.bulk("subcommands");
    reply.map(command.subcommands.size());
    for (const Command& sub : command.subcommands) {
      reply_docs(sub, reply);
    }
  }
}

Status command_docs(Request& request, Shard&, Reply& reply) {
  const exec::CommandTable& table = exec::Engine::current().commands();
  std::vector<const Command*> found;
  for (const std::string_view name : request.args(2)) {
    if (const Command* command = find_command(table, name)) {
      found.push_back(command);
    }
  }
  if (request.size() == 2) {
    for (const Command& command : table.commands()) {
      found.push_back(&command);
    }
  }
  reply.map(found.size());
  for (const Command* command : found) {
    reply_docs(*command, reply);
  }
  return {};
}

constexpr Command kRows[] = {
    {.name = "DOCS",
     .parent = "COMMAND",
     .since = "7.0.0",
     .group = Group::server,
     .complexity = "O(N) where N is the number of commands to look up",
     .summary = "Documents the named commands, or all.",
     .syntax = "[command-name [command-name ...]]",
     .flags = exec::kLoading | exec::kStale,
     .categories = "connection",
     .shape = exec::here(command_docs),
     .tips = "nondeterministic_output_order"},
};

}  // namespace

extern const exec::Rows server_command_docs{kRows};

}  // namespace gyre::commands
