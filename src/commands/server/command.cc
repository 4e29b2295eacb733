// COMMAND, COMMAND COUNT, INFO.
#include <string>
#include <vector>

#include "commands/help.h"
#include "commands/server/command_rows.h"
#include "exec/engine.h"
#include "exec/words.h"

namespace gyre::commands {
namespace {

using exec::Command;
using exec::CommandTable;
using exec::Group;
using exec::Request;
using resp::Reply;
using store::Shard;

const CommandTable& table() { return exec::Engine::current().commands(); }

void reply_words(std::string_view words, Reply& reply) {
  const std::vector<std::string_view> list = split_words(words);
  reply.set(list.size());
  for (const std::string_view word : list) {
    reply.bulk(word);
  }
}

void reply_flags(const Command& command, Reply& reply) {
  size_t count = 0;
  for (const exec::FlagWord& flag : exec::flag_words()) {
    count += command.has(flag.flag) ? 1 : 0;
  }
  reply.set(count);
  for (const exec::FlagWord& flag : exec::flag_words()) {
    if (command.has(flag.flag)) {
      reply.simple(flag.word);
    }
  }
}

void reply_categories(const Command& command, Reply& reply) {
  const uint32_t mask = exec::categories_of(command);
  reply.set(static_cast<size_t>(__builtin_popcount(mask)));
  for (const std::string_view word : exec::category_words()) {
    if ((mask & exec::category_bit(word)) != 0) {
      reply.simple("@" + std::string(word));
    }
  }
}

void reply_pair(std::string_view name, int64_t value, Reply& reply) {
  reply.bulk(name);
  reply.integer(value);
}

void reply_key_spec(const exec::KeySpec& spec, Reply& reply) {
  using exec::KeySpec;
  reply.map(spec.notes.empty() ? 3 : 4);
  if (!spec.notes.empty()) {
    reply.bulk("notes");
    reply.bulk(spec.notes);
  }
  reply.bulk("flags");
  reply_key_flags(spec.flags, reply);
  reply.bulk("begin_search");
  reply.map(2);
  reply.bulk("type");
  if (spec.begin == KeySpec::Begin::index) {
    reply.bulk("index");
    reply.bulk("spec");
    reply.map(1);
    reply_pair("index", spec.index, reply);
  } else if (spec.begin == KeySpec::Begin::keyword) {
    reply.bulk("keyword");
    reply.bulk("spec");
    reply.map(2);
    reply.bulk("keyword");
    reply.bulk(spec.keyword);
    reply_pair("startfrom", spec.index, reply);
  } else {
    reply.bulk("unknown");
    reply.bulk("spec");
    reply.map(0);
  }
  reply.bulk("find_keys");
  reply.map(2);
  reply.bulk("type");
  if (spec.begin == KeySpec::Begin::none) {
    reply.bulk("unknown");
    reply.bulk("spec");
    reply.map(0);
  } else if (spec.find == KeySpec::Find::range) {
    reply.bulk("range");
    reply.bulk("spec");
    reply.map(3);
    reply_pair("lastkey", spec.last, reply);
    reply_pair("keystep", spec.step, reply);
    reply_pair("limit", spec.limit, reply);
  } else {
    reply.bulk("keynum");
    reply.bulk("spec");
    reply.map(3);
    reply_pair("keynumidx", spec.keynum_index, reply);
    reply_pair("firstkey", spec.first_key, reply);
    reply_pair("keystep", spec.step, reply);
  }
}

void reply_info(const Command& command, Reply& reply) {
  const exec::KeyRange range = exec::key_range_of(command);
  reply.array(10);
  reply.bulk(command.full_name);
  reply.integer(command.arity);
  reply_flags(command, reply);
  reply.integer(range.first);
  reply.integer(range.last);
  reply.integer(range.step);
  reply_categories(command, reply);
  reply_words(command.tips, reply);
  reply.set(command.keys.size());
  for (const exec::KeySpec& spec : command.keys) {
    reply_key_spec(spec, reply);
  }
  reply.array(command.subcommands.size());
  for (const Command& sub : command.subcommands) {
    reply_info(sub, reply);
  }
}

Status command_all(Request&, Shard&, Reply& reply) {
  reply.array(table().commands().size());
  for (const Command& command : table().commands()) {
    reply_info(command, reply);
  }
  return {};
}

Status command_info(Request& request, Shard& shard, Reply& reply) {
  if (request.size() == 2) {
    return command_all(request, shard, reply);
  }
  reply.array(request.size() - 2);
  for (const std::string_view name : request.args(2)) {
    if (const Command* command = find_command(table(), name)) {
      reply_info(*command, reply);
    } else {
      reply.null();
    }
  }
  return {};
}

Status command_count(Request&, Shard&, Reply& reply) {
  reply.integer(static_cast<int64_t>(table().commands().size()));
  return {};
}

constexpr exec::Change kInfoHistory[] = {{"7.0.0", "Without names it tells about all commands."}};
constexpr uint32_t kFlags = exec::kLoading | exec::kStale;
constexpr std::string_view kAnyOrder = "nondeterministic_output_order";

constexpr Command kRows[] = {
    {.name = "COMMAND",
     .since = "2.8.13",
     .group = Group::server,
     .complexity = "O(N) where N is the total number of commands",
     .summary = "Describes all commands: arity, flags, keys.",
     .flags = kFlags,
     .categories = "connection",
     .shape = exec::here(command_all),
     .arity = -1,
     .tips = kAnyOrder},
    {.name = "COUNT",
     .parent = "COMMAND",
     .since = "2.8.13",
     .group = Group::server,
     .complexity = "O(1)",
     .summary = "Counts the commands.",
     .flags = kFlags,
     .categories = "connection",
     .shape = exec::here(command_count)},
    {.name = "INFO",
     .parent = "COMMAND",
     .since = "2.8.13",
     .group = Group::server,
     .complexity = "O(N) where N is the number of commands to look up",
     .summary = "Describes the named commands: arity, flags, keys.",
     .syntax = "[command-name [command-name ...]]",
     .history = kInfoHistory,
     .flags = kFlags,
     .categories = "connection",
     .shape = exec::here(command_info),
     .tips = kAnyOrder},
    {.name = "HELP",
     .parent = "COMMAND",
     .since = "5.0.0",
     .group = Group::server,
     .complexity = "O(1)",
     .summary = "Lists the subcommands.",
     .flags = kFlags,
     .categories = "connection",
     .shape = exec::here(container_help)},
};

}  // namespace

extern const exec::Rows server_command{kRows};

}  // namespace gyre::commands
