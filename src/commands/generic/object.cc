// TYPE, OBJECT: what is known about a value.
#include "commands/help.h"

namespace gyre::commands {
namespace {

using store::Entry;

Status type(exec::Request& request, store::Shard& shard, resp::Reply& reply) {
  const Entry* entry = shard.db(request.db).find(request.key, false);
  reply.simple(entry == nullptr ? "none" : store::type_name(entry->type()));
  return {};
}

// Looking at a value with OBJECT is no use of it.
const Entry* look(const exec::Request& request, store::Shard& shard, resp::Reply& reply) {
  const Entry* entry = shard.db(request.db).find(request.key, false);
  if (entry == nullptr) {
    reply.null();
  }
  return entry;
}

Status encoding(exec::Request& request, store::Shard& shard, resp::Reply& reply) {
  if (const Entry* entry = look(request, shard, reply)) {
    reply.bulk(store::encoding_name(*entry));
  }
  return {};
}

Status refcount(exec::Request& request, store::Shard& shard, resp::Reply& reply) {
  if (const Entry* entry = look(request, shard, reply)) {
    reply.integer(shard.reference_count(*entry));
  }
  return {};
}

Status freq(exec::Request& request, store::Shard& shard, resp::Reply& reply) {
  const Entry* entry = look(request, shard, reply);
  if (entry == nullptr) {
    return {};
  }
  if (!shard.options().is_lfu) {
    return fail(
        "ERR An LFU maxmemory policy is not selected, access frequency not tracked. Please note "
        "that when switching between policies at runtime LRU and LFU data will take some time to "
        "adjust.");
  }
  reply.integer(shard.frequency(*entry));
  return {};
}

Status idletime(exec::Request& request, store::Shard& shard, resp::Reply& reply) {
  const Entry* entry = look(request, shard, reply);
  if (entry == nullptr) {
    return {};
  }
  if (shard.options().is_lfu) {
    return fail(
        "ERR An LFU maxmemory policy is selected, idle time not tracked. Please note that when "
        "switching between policies at runtime LRU and LFU data will take some time to adjust.");
  }
  reply.integer(shard.idle_seconds(*entry));
  return {};
}

constexpr exec::KeySpec kTypedKey[] = {{.flags = "RO"}};
constexpr exec::KeySpec kObjectKey[] = {{.flags = "RO", .index = 2}};

constexpr exec::Command object_row(std::string_view name, std::string_view since,
                                   std::string_view summary, exec::Handler handler) {
  return {.name = name,
          .parent = "OBJECT",
          .since = since,
          .group = exec::Group::generic,
          .complexity = "O(1)",
          .summary = summary,
          .syntax = "key",
          .flags = exec::kReadonly,
          .categories = "keyspace",
          .keys = kObjectKey,
          .shape = exec::owner(handler),
          .tips = "nondeterministic_output"};
}

constexpr exec::Command kRows[] = {
    {.name = "TYPE",
     .since = "1.0.0",
     .group = exec::Group::generic,
     .complexity = "O(1)",
     .summary = "Returns the type of the value at a key.",
     .syntax = "key",
     .flags = exec::kReadonly | exec::kFast,
     .categories = "keyspace",
     .keys = kTypedKey,
     .shape = exec::owner(type)},
    {.name = "OBJECT",
     .since = "2.2.3",
     .group = exec::Group::generic,
     .complexity = "Depends on subcommand.",
     .summary = "Commands that look into the representation of values."},
    object_row("ENCODING", "2.2.3", "Returns how a value is represented in memory.", encoding),
    object_row("FREQ", "4.0.0", "Returns how often a key was used, on a logarithmic scale.", freq),
    object_row("IDLETIME", "2.2.3", "Returns the seconds since a key was used last.", idletime),
    object_row("REFCOUNT", "2.2.3", "Returns the number of references to a value.", refcount),
    {.name = "HELP",
     .parent = "OBJECT",
     .since = "6.2.0",
     .group = exec::Group::generic,
     .complexity = "O(1)",
     .summary = "Returns what the subcommands do.",
     .flags = exec::kLoading | exec::kStale,
     .categories = "keyspace",
     .shape = exec::here(container_help)},
};

}  // namespace

extern const exec::Rows generic_object{kRows};

}  // namespace gyre::commands
