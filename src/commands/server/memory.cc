// MEMORY USAGE, STATS, DOCTOR, MALLOC-STATS, PURGE.
#include "server/memory_usage.h"

#include <fmt/core.h>

#include <algorithm>

#include "base/number.h"
#include "base/text.h"
#include "commands/help.h"
#include "server/every_core.h"
#include "server/info.h"

namespace gyre::commands {
namespace {

using exec::Group;
using exec::Request;
using exec::wait;
using resp::Reply;
using server::CoreServer;
using server::InfoTotals;
using server::MemoryUsage;
using store::Shard;

// A slot of the table belongs to the key too.
constexpr size_t kSlotBytes = 9;

Status memory_usage(Request& request, Shard& shard, Reply& reply) {
  size_t samples_max = 5;
  for (size_t i = 3; i < request.size(); i += 2) {
    if (!base::equals_ignore_case(request.arg(i), "SAMPLES") || i + 1 == request.size()) {
      return fail(exec::errors::syntax);
    }
    const auto samples = base::parse_int64(request.arg(i + 1));
    if (!samples) {
      return fail(exec::errors::not_integer);
    }
    if (*samples < 0) {
      return fail(exec::errors::syntax);
    }
    samples_max = static_cast<size_t>(*samples);
  }
  const store::Entry* entry = shard.db(request.db).find(request.key, false);
  if (entry == nullptr) {
    reply.null();
  } else {
    reply.integer(static_cast<int64_t>(entry->memory(samples_max) + kSlotBytes));
  }
  return {};
}

double ratio(uint64_t a, uint64_t b) {
  return b == 0 ? 0 : static_cast<double>(a) / static_cast<double>(b);
}

ring::Task<Status> memory_stats(Request&, Reply& reply) {
  InfoTotals totals;
  co_await server::on_every_core([&](CoreServer& at) { totals.add(at, 0); });
  const MemoryUsage usage = server::memory_usage();
  const uint64_t dataset = std::min(totals.dataset_bytes(), usage.used);
  const uint64_t peak = std::max(totals.peak_bytes, usage.used);
  uint64_t keys = 0;
  for (const InfoTotals::Db& db : totals.dbs) {
    keys += db.keys;
  }
  const auto number = [&reply](std::string_view name, uint64_t value) {
    reply.bulk(name);
    reply.integer(static_cast<int64_t>(value));
  };
  const auto fraction = [&reply](std::string_view name, double value) {
    reply.bulk(name);
    reply.number(value);
  };
  reply.map(26);
  number("peak.allocated", peak);
  number("total.allocated", usage.used);
  number("startup.allocated", CoreServer::current().server().startup_memory());
  number("replication.backlog", 0);
  number("clients.slaves", 0);
  number("clients.normal", totals.client_bytes);
  number("cluster.links", 0);
  number("aof.buffer", 0);
  number("lua.caches", 0);
  number("functions.caches", 0);
  number("tables", totals.table_bytes);
  number("overhead.total", usage.used - dataset);
  number("keys.count", keys);
  number("keys.bytes-per-key", keys == 0 ? 0 : dataset / keys);
  number("dataset.bytes", dataset);
  fraction("dataset.percentage", 100 * ratio(dataset, usage.used));
  fraction("peak.percentage", 100 * ratio(usage.used, peak));
  number("allocator.allocated", usage.used);
  number("allocator.active", usage.active);
  number("allocator.resident", usage.resident);
  fraction("allocator-fragmentation.ratio", ratio(usage.active, usage.used));
  number("allocator-fragmentation.bytes", usage.active - usage.used);
  fraction("allocator-rss.ratio", ratio(usage.resident, usage.active));
  number("allocator-rss.bytes", usage.resident - usage.active);
  fraction("fragmentation", ratio(usage.rss, usage.used));
  number("fragmentation.bytes", usage.rss - usage.used);
  co_return Status{};
}

Status memory_doctor(Request&, Shard&, Reply& reply) {
  const MemoryUsage usage = server::memory_usage();
  constexpr uint64_t kSmall = 5 << 20;
  constexpr double kFragmented = 1.4;
  if (usage.used < kSmall) {
    reply.verbatim("There is so little data here that its memory tells nothing.\n");
  } else if (ratio(usage.active, usage.used) > kFragmented) {
    reply.verbatim(
        fmt::format("The allocator keeps {} of pages for {} of data: many values were deleted or "
                    "resized. MEMORY PURGE gives whole free pages back.\n",
                    server::human_size(usage.active), server::human_size(usage.used)));
  } else if (ratio(usage.rss, usage.used) > kFragmented) {
    reply.verbatim(fmt::format(
        "The process takes {} for {} of data: it has used more before. MEMORY PURGE gives free "
        "pages back.\n",
        server::human_size(usage.rss), server::human_size(usage.used)));
  } else {
    reply.verbatim("Nothing is wrong with the memory.\n");
  }
  return {};
}

Status memory_malloc_stats(Request&, Shard&, Reply& reply) {
  reply.verbatim(server::allocator_report());
  return {};
}

Status memory_purge(Request&, Shard&, Reply& reply) {
  server::purge_allocator();
  reply.ok();
  return {};
}

constexpr std::string_view kSpecial =
    "nondeterministic_output request_policy:all_shards response_policy:special";
constexpr exec::KeySpec kSecond[] = {{.flags = "RO", .index = 2}};

constexpr exec::Command kRows[] = {
    {.name = "MEMORY",
     .since = "4.0.0",
     .group = Group::server,
     .complexity = "Depends on subcommand.",
     .summary = "Commands about memory."},
    {.name = "USAGE",
     .parent = "MEMORY",
     .since = "4.0.0",
     .group = Group::server,
     .complexity = "O(N) where N is the number of samples.",
     .summary = "Tells the bytes of memory that a key takes.",
     .syntax = "key [SAMPLES count]",
     .flags = exec::kReadonly,
     .keys = kSecond,
     .shape = exec::owner(memory_usage)},
    {.name = "STATS",
     .parent = "MEMORY",
     .since = "4.0.0",
     .group = Group::server,
     .complexity = "O(1)",
     .summary = "Tells what the memory of the server is used for.",
     .shape = wait(memory_stats),
     .tips = kSpecial},
    {.name = "DOCTOR",
     .parent = "MEMORY",
     .since = "4.0.0",
     .group = Group::server,
     .complexity = "O(1)",
     .summary = "Says what is wrong with the memory, if anything.",
     .shape = exec::here(memory_doctor),
     .tips = kSpecial},
    {.name = "MALLOC-STATS",
     .parent = "MEMORY",
     .since = "4.0.0",
     .group = Group::server,
     .complexity = "Depends on how much memory is allocated, could be slow",
     .summary = "Tells what the allocator has counted.",
     .shape = exec::here(memory_malloc_stats),
     .tips = kSpecial},
    {.name = "PURGE",
     .parent = "MEMORY",
     .since = "4.0.0",
     .group = Group::server,
     .complexity = "Depends on how much memory is allocated, could be slow",
     .summary = "Gives free memory back to the system.",
     .shape = exec::here(memory_purge),
     .tips = "request_policy:all_shards response_policy:all_succeeded"},
    {.name = "HELP",
     .parent = "MEMORY",
     .since = "4.0.0",
     .group = Group::server,
     .complexity = "O(1)",
     .summary = "Lists the subcommands.",
     .flags = exec::kLoading | exec::kStale,
     .shape = exec::here(container_help)},
};

}  // namespace

extern const exec::Rows server_memory{kRows};

}  // namespace gyre::commands
