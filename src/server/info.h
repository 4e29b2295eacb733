// INFO: what all cores count, and the text made of it.
#pragma once

#include <cstdint>
#include <map>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "exec/command_stats.h"
#include "persist/load_progress.h"
#include "ring/core.h"
#include "ring/reactor.h"
#include "server/core_server.h"
#include "server/durability.h"
#include "store/shard.h"

namespace gyre::server {

// Sections as bits of a mask.
enum class Section : uint8_t {
  server,
  clients,
  memory,
  persistence,
  stats,
  replication,
  cpu,
  modules,
  commandstats,
  errorstats,
  latencystats,
  cluster,
  keyspace,
  runtime
};
constexpr uint32_t bit(Section section) { return 1U << static_cast<unsigned>(section); }

// The sections that the words of INFO ask for; none asks for the default ones. Unknown words ask
// for nothing.
uint32_t parse_sections(std::span<const std::string_view> words);

// Sums over cores, and what only single cores have.
struct InfoTotals {
  struct Db {
    uint64_t keys = 0;
    uint64_t expiring = 0;
    uint64_t sampled = 0;        // keys with an expiry that were looked at
    int64_t sampled_ttl_ms = 0;  // the sum of their times to live
  };
  struct Runtime {
    ring::CoreStats core;
    ring::ReactorStats reactor;
    uint64_t connections = 0;
    uint64_t commands = 0;
    uint64_t keys = 0;
    uint64_t frames = 0;     // coroutine frames made
    uint64_t objects = 0;    // allocated for keys, values and tables
    uint64_t allocated = 0;  // bytes got from the general allocator
  };

  ServerStats server;
  store::ShardStats shard;
  std::vector<Db> dbs;
  std::vector<Runtime> cores;
  std::vector<exec::CommandStats::Row> commands;  // by id
  std::map<std::string, uint64_t, std::less<>> errors;
  uint64_t error_replies = 0;
  uint64_t clients = 0;
  uint64_t blocked_clients = 0;
  uint64_t blocking_keys = 0;  // that somebody waits for
  uint64_t client_bytes = 0;
  uint64_t input_bytes_max = 0;  // that wait on one client
  uint64_t output_bytes_max = 0;
  int64_t heap_bytes = 0;      // keys, values and tables
  uint64_t segment_bytes = 0;  // of these, tables
  uint64_t table_bytes = 0;    // tables and the index of expiries
  uint64_t listeners = 0;      // clients that have subscribed to something
  uint64_t tracking_clients = 0;
  uint64_t tracked_keys = 0;
  uint64_t tracked_items = 0;  // clients over all of these
  uint64_t aof_delayed = 0;    // flushes of the append-only file that took too long
  uint64_t aof_buffer = 0;     // bytes that wait to be written to it
  int aof_error = 0;           // errno of a write or a flush of it that failed
  // Of the first core.
  DurabilityStatus durability;
  uint64_t tracking_prefixes = 0;
  uint64_t channels = 0;
  uint64_t patterns = 0;
  uint64_t shard_channels = 0;
  uint64_t rejected = 0;
  uint64_t peak_bytes = 0;
  std::string replication_id;
  bool is_loading = false;
  persist::LoadProgress loading;
  double main_thread_user_s = 0;
  double main_thread_system_s = 0;

  // Keys and values.
  uint64_t dataset_bytes() const {
    const int64_t bytes = heap_bytes - static_cast<int64_t>(segment_bytes);
    return bytes > 0 ? static_cast<uint64_t>(bytes) : 0;
  }

  // Adds the numbers of one core; runs there.
  void add(CoreServer& at, uint32_t sections);
};

// The text of the sections.
std::string info_text(CoreServer& at, const InfoTotals& totals, uint32_t sections);

}  // namespace gyre::server
