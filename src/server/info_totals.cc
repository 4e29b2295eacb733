// Gathering of what INFO tells.
#include <sys/resource.h>

#include <algorithm>

#include "base/heap.h"
#include "base/text.h"
#include "ring/frame_pool.h"
#include "server/info.h"
#include "server/memory_usage.h"
#include "server/server.h"

namespace gyre::server {
namespace {

// Keys looked at per database and core to tell how long keys live.
constexpr size_t kTtlSamples = 16;

constexpr std::string_view kNames[] = {
    "server",  "clients",      "memory",     "persistence",  "stats",   "replication", "cpu",
    "modules", "commandstats", "errorstats", "latencystats", "cluster", "keyspace",    "runtime"};

constexpr uint32_t kAll = (1U << std::size(kNames)) - 1;
constexpr uint32_t kDefault = kAll & ~bit(Section::commandstats) & ~bit(Section::latencystats);

double seconds(const timeval& time) {
  return static_cast<double>(time.tv_sec) + static_cast<double>(time.tv_usec) / 1e6;
}

void add_dbs(CoreServer& at, std::vector<InfoTotals::Db>& dbs, uint64_t& keys) {
  store::Shard& shard = at.engine().shard();
  dbs.resize(shard.databases());
  for (uint16_t i = 0; i < shard.databases(); ++i) {
    store::Keyspace& db = shard.db(i);
    dbs[i].keys += db.size();
    dbs[i].expiring += db.expiring();
    keys += db.size();
    for (size_t n = 0; n < kTtlSamples && db.expiring() > 0; ++n) {
      const store::Entry* entry = db.table().random(shard.random().next());
      if (entry != nullptr && entry->has_expiry()) {
        ++dbs[i].sampled;
        dbs[i].sampled_ttl_ms += std::max<int64_t>(0, entry->expire_at_ms() - shard.now_ms());
      }
    }
  }
}

void add_clients(CoreServer& at, InfoTotals& totals) {
  for (Connection& connection : at.connections()) {
    const size_t input = connection.input_bytes();
    const size_t output = connection.output_bytes();
    totals.client_bytes += sizeof(Connection) + connection.input_capacity() + output;
    totals.input_bytes_max = std::max<uint64_t>(totals.input_bytes_max, input);
    totals.output_bytes_max = std::max<uint64_t>(totals.output_bytes_max, output);
  }
  totals.clients += at.connection_count();
  totals.listeners += at.engine().channels().listeners();
  totals.tracked_keys += at.engine().tracking().keys();
  totals.tracked_items += at.engine().tracking().items();
  totals.tracking_clients += at.engine().tracking().clients();
  totals.blocked_clients += at.engine().blocked_clients();
  totals.blocking_keys += at.engine().blocked().size();
}

void add_commands(const exec::CommandStats& stats, std::vector<exec::CommandStats::Row>& rows) {
  rows.resize(stats.rows().size());
  for (size_t id = 0; id < rows.size(); ++id) {
    const exec::CommandStats::Row& from = stats.rows()[id];
    rows[id].calls += from.calls;
    rows[id].ns += from.ns;
    rows[id].rejected += from.rejected;
    rows[id].failed += from.failed;
    rows[id].latency_ns.merge(from.latency_ns);
  }
}

}  // namespace

uint32_t parse_sections(std::span<const std::string_view> words) {
  uint32_t sections = words.empty() ? kDefault : 0;
  for (const std::string_view word : words) {
    if (base::equals_ignore_case(word, "default")) {
      sections |= kDefault;
    } else if (base::equals_ignore_case(word, "all") ||
               base::equals_ignore_case(word, "everything")) {
      sections |= kAll;
    }
    for (size_t i = 0; i < std::size(kNames); ++i) {
      if (base::equals_ignore_case(word, kNames[i])) {
        sections |= 1U << i;
      }
    }
  }
  return sections;
}

void InfoTotals::add(CoreServer& at, uint32_t sections) {
  const ServerStats& from = at.stats();
  server.commands += from.commands;
  server.connections += from.connections;
  server.input_bytes += from.input_bytes;
  server.output_bytes += from.output_bytes;
  server.output_limit_disconnections += from.output_limit_disconnections;
  server.query_limit_disconnections += from.query_limit_disconnections;
  server.ops_per_second += from.ops_per_second;
  server.input_per_second += from.input_per_second;
  server.output_per_second += from.output_per_second;
  const store::ShardStats& data = at.engine().shard().stats();
  shard.hits += data.hits;
  shard.misses += data.misses;
  shard.expired += data.expired;
  shard.expired_fields += data.expired_fields;
  shard.evicted += data.evicted;
  shard.dirty += data.dirty;
  uint64_t keys = 0;
  add_dbs(at, dbs, keys);
  for (uint16_t i = 0; i < at.engine().shard().databases(); ++i) {
    segment_bytes += at.engine().shard().db(i).table().memory();
  }
  add_clients(at, *this);
  heap_bytes += base::heap_used;
  table_bytes += at.engine().shard().table_memory();
  cores.push_back({.core = at.core().stats(),
                   .reactor = at.core().reactor().stats(),
                   .connections = at.connection_count(),
                   .commands = from.commands,
                   .keys = keys,
                   .frames = ring::frames_made(),
                   .objects = base::heap_allocations,
                   .allocated = thread_allocated()});
  if ((sections & (bit(Section::commandstats) | bit(Section::latencystats))) != 0) {
    add_commands(at.engine().stats(), commands);
  }
  for (const auto& [code, count] : at.engine().stats().errors()) {
    errors[code] += count;
  }
  error_replies += at.engine().stats().error_replies();
  aof_delayed += at.aof().delayed();
  aof_buffer += at.engine().recorder().journal().size();
  aof_error = aof_error == 0 ? at.aof().error() : aof_error;
  if (at.core().id() == 0) {
    durability = at.server().durability().status();
    const exec::Channels& known = at.engine().channels();
    channels = known.size(exec::Listening::channel);
    patterns = known.size(exec::Listening::pattern);
    shard_channels = known.size(exec::Listening::shard);
    tracking_prefixes = at.engine().tracking().prefixes().size();
    rejected = at.server().rejected_connections();
    peak_bytes = at.server().peak_memory();
    replication_id = at.server().replication_id();
    is_loading = at.server().durability().loading().is_active();
    loading = at.server().durability().loading().progress();
    rusage usage = {};
    getrusage(RUSAGE_THREAD, &usage);
    main_thread_user_s = seconds(usage.ru_utime);
    main_thread_system_s = seconds(usage.ru_stime);
  }
}

}  // namespace gyre::server
