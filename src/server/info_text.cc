// The sections of INFO, line by line.
#include <fmt/core.h>
#include <sys/resource.h>
#include <sys/utsname.h>
#include <unistd.h>

#include <algorithm>
#include <iterator>

#include "base/clock.h"
#include "server/config_value.h"
#include "server/info.h"
#include "server/memory_usage.h"
#include "server/server.h"
#include "server/versions.h"

namespace gyre::server {
namespace {

class Writer {
 public:
  void section(std::string_view title) {
    text_ += text_.empty() ? "" : "\r\n";
    fmt::format_to(std::back_inserter(text_), "# {}\r\n", title);
  }
  template <typename Value>
  void line(std::string_view name, const Value& value) {
    fmt::format_to(std::back_inserter(text_), "{}:{}\r\n", name, value);
  }
  // With so many decimals.
  void line(std::string_view name, double value, int decimals) {
    fmt::format_to(std::back_inserter(text_), "{}:{:.{}f}\r\n", name, value, decimals);
  }
  void size(std::string_view name, uint64_t bytes) {
    line(name, bytes);
    line(std::string(name) + "_human", human_size(bytes));
  }
  std::string take() { return std::move(text_); }

 private:
  std::string text_;
};

double ratio(double a, double b) { return b == 0 ? 0 : a / b; }

double seconds(const timeval& time) {
  return static_cast<double>(time.tv_sec) + static_cast<double>(time.tv_usec) / 1e6;
}

void write_server(Writer& out, CoreServer& at) {
  const Config& config = at.config();
  const Server& server = at.server();
  utsname system = {};
  uname(&system);
  const int64_t now_ms = at.core().unix_ms();
  const int64_t uptime_s = (now_ms - server.started_ms()) / 1000;
  out.section("Server");
  out.line("redis_version", kRedisVersion);
  out.line("gyre_version", kGyreVersion);
  out.line("redis_git_sha1", "00000000");
  out.line("redis_git_dirty", 0);
  out.line("redis_build_id", "0000000000000000");
  out.line("redis_mode", "standalone");
  out.line("os", fmt::format("{} {} {}", system.sysname, system.release, system.machine));
  out.line("arch_bits", sizeof(void*) * 8);
  out.line("multiplexing_api", "io_uring");
  out.line("io_backend", at.core().reactor().description());
  out.line("cores", server.core_count());
  out.line("process_id", getpid());
  out.line("process_supervised", server.supervisor().name());
  out.line("run_id", server.run_id());
  out.line("tcp_port", config.port);
  out.line("server_time_usec", base::unix_us());
  out.line("uptime_in_seconds", uptime_s);
  out.line("uptime_in_days", uptime_s / 86400);
  out.line("hz", config.hz);
  out.line("configured_hz", config.hz);
  out.line("lru_clock", now_ms / 1000 & 0xffffff);
  out.line("executable", server.executable());
  out.line("config_file", server.loaded().file);
}

void write_clients(Writer& out, CoreServer& at, const InfoTotals& totals) {
  out.section("Clients");
  out.line("connected_clients", totals.clients);
  out.line("cluster_connections", 0);
  out.line("maxclients", at.config().maxclients);
  out.line("client_recent_max_input_buffer", totals.input_bytes_max);
  out.line("client_recent_max_output_buffer", totals.output_bytes_max);
  out.line("blocked_clients", totals.blocked_clients);
  out.line("tracking_clients", totals.tracking_clients);
  out.line("pubsub_clients", totals.listeners);
  out.line("clients_in_timeout_table", 0);
  out.line("total_blocking_keys", totals.blocking_keys);
  out.line("total_blocking_keys_on_nokey", 0);
}

void write_memory(Writer& out, CoreServer& at, const InfoTotals& totals) {
  const MemoryUsage usage = memory_usage();
  const uint64_t peak = std::max(usage.used, totals.peak_bytes);
  const uint64_t values = totals.dataset_bytes();
  const uint64_t startup = at.server().startup_memory();
  // Everything but keys and values.
  const uint64_t overhead = usage.used - std::min(usage.used, values);
  const uint64_t dataset = usage.used - overhead;
  const auto used = static_cast<double>(usage.used);
  const auto active = static_cast<double>(usage.active);
  const auto resident = static_cast<double>(usage.resident);
  const auto rss = static_cast<double>(usage.rss);
  out.section("Memory");
  out.size("used_memory", usage.used);
  out.size("used_memory_rss", usage.rss);
  out.size("used_memory_peak", peak);
  out.line("used_memory_peak_perc", fmt::format("{:.2f}%", 100 * ratio(used, double(peak))));
  out.line("used_memory_overhead", overhead);
  out.line("used_memory_startup", startup);
  out.line("used_memory_dataset", dataset);
  out.line("used_memory_dataset_perc",
           fmt::format(
               "{:.2f}%",
               std::min(100.0, 100 * ratio(double(dataset),
                                           double(usage.used - std::min(usage.used, startup))))));
  out.line("used_memory_tables", totals.table_bytes);
  out.line("allocator_allocated", usage.used);
  out.line("allocator_active", usage.active);
  out.line("allocator_resident", usage.resident);
  out.line("allocator_muzzy", usage.muzzy);
  out.size("total_system_memory", usage.system);
  out.size("used_memory_lua", 0);
  out.size("used_memory_scripts", 0);
  out.line("number_of_cached_scripts", 0);
  out.line("number_of_functions", 0);
  out.line("number_of_libraries", 0);
  out.size("maxmemory", static_cast<uint64_t>(at.config().maxmemory));
  out.line("maxmemory_policy", value_text(at.config(), *find_row("maxmemory-policy")));
  out.line("allocator_frag_ratio", ratio(active, used), 2);
  out.line("allocator_frag_bytes", usage.active - usage.used);
  out.line("allocator_rss_ratio", ratio(resident, active), 2);
  out.line("allocator_rss_bytes", static_cast<int64_t>(usage.resident - usage.active));
  out.line("rss_overhead_ratio", ratio(rss, resident), 2);
  out.line("rss_overhead_bytes", static_cast<int64_t>(usage.rss - usage.resident));
  out.line("mem_fragmentation_ratio", ratio(rss, used), 2);
  out.line("mem_fragmentation_bytes", static_cast<int64_t>(usage.rss - usage.used));
  out.line("mem_not_counted_for_evict", 0);
  out.line("mem_replication_backlog", 0);
  out.line("mem_total_replication_buffers", 0);
  out.line("mem_clients_slaves", 0);
  out.line("mem_clients_normal", totals.client_bytes);
  out.line("mem_cluster_links", 0);
  out.line("mem_aof_buffer", totals.aof_buffer);
  out.line("mem_allocator", allocator_name());
  out.line("active_defrag_running", 0);
  out.line("lazyfree_pending_objects", 0);
  out.line("lazyfreed_objects", 0);
}

void write_loading(Writer& out, const persist::LoadProgress& loading) {
  const auto elapsed_s =
      static_cast<uint64_t>(std::max<int64_t>(base::unix_ms() - loading.begin_ms, 0)) / 1000;
  const uint64_t total = std::max(loading.total_bytes, loading.loaded_bytes);
  const uint64_t left = total - loading.loaded_bytes;
  out.line("loading_start_time", loading.begin_ms / 1000);
  out.line("loading_total_bytes", total);
  out.line("loading_rdb_used_mem", loading.used_memory);
  out.line("loading_loaded_bytes", loading.loaded_bytes);
  out.line("loading_loaded_perc",
           fmt::format("{:.2f}", 100 * ratio(double(loading.loaded_bytes), double(total))));
  out.line("loading_eta_seconds",
           elapsed_s == 0 ? 1 : elapsed_s * left / (loading.loaded_bytes + 1));
}

void write_aof(Writer& out, const InfoTotals& totals) {
  const DurabilityStatus& status = totals.durability;
  const int64_t now_s = base::unix_ms() / 1000;
  out.line("aof_enabled", status.is_aof_on ? 1 : 0);
  out.line("aof_rewrite_in_progress", status.is_rewriting ? 1 : 0);
  out.line("aof_rewrite_scheduled", status.is_rewrite_scheduled ? 1 : 0);
  out.line("aof_last_rewrite_time_sec", status.last_rewrite_took_s);
  out.line("aof_current_rewrite_time_sec",
           status.rewrite_began_s < 0 ? -1 : now_s - status.rewrite_began_s);
  out.line("aof_last_bgrewrite_status", status.is_last_rewrite_good ? "ok" : "err");
  out.line("aof_rewrites", status.rewrites);
  out.line("aof_rewrites_consecutive_failures", status.is_last_rewrite_good ? 0 : 1);
  out.line("aof_last_write_status", totals.aof_error == 0 ? "ok" : "err");
  out.line("aof_last_cow_size", 0);
  if (status.is_aof_on) {
    out.line("aof_current_size", status.aof_size);
    out.line("aof_base_size", status.aof_base_size);
    out.line("aof_pending_rewrite", 0);
    out.line("aof_buffer_length", totals.aof_buffer);
    out.line("aof_pending_bio_fsync", 0);
    out.line("aof_delayed_fsync", totals.aof_delayed);
  }
}

// Fields about the memory that a forked process takes are 0: there is none.
void write_persistence(Writer& out, CoreServer& at, const InfoTotals& totals) {
  const DurabilityStatus& status = totals.durability;
  const int64_t now_s = base::unix_ms() / 1000;
  out.section("Persistence");
  out.line("loading", totals.is_loading ? 1 : 0);
  out.line("async_loading", 0);
  out.line("current_cow_peak", 0);
  out.line("current_cow_size", 0);
  out.line("current_cow_size_age", 0);
  out.line("current_fork_perc", "0.00");
  out.line("current_save_keys_processed", 0);
  out.line("current_save_keys_total", 0);
  out.line("rdb_changes_since_last_save", totals.shard.dirty - status.saved_dirty);
  out.line("rdb_bgsave_in_progress", status.is_saving ? 1 : 0);
  out.line("rdb_last_save_time", status.last_save_s);
  out.line("rdb_last_bgsave_status", status.is_last_save_good ? "ok" : "err");
  out.line("rdb_last_bgsave_time_sec", status.last_save_took_s);
  out.line("rdb_current_bgsave_time_sec",
           status.save_began_s < 0 ? -1 : now_s - status.save_began_s);
  out.line("rdb_saves", status.saves);
  out.line("rdb_last_cow_size", 0);
  out.line("rdb_last_load_keys_expired", totals.loading.expired);
  out.line("rdb_last_load_keys_loaded", totals.loading.keys);
  write_aof(out, totals);
  if (totals.is_loading) {
    write_loading(out, totals.loading);
  }
}

void write_stats(Writer& out, const InfoTotals& totals) {
  constexpr std::string_view kZeros[] = {"sync_full", "sync_partial_ok", "sync_partial_err",
                                         "expired_stale_perc", "expired_time_cap_reached_count"};
  constexpr std::string_view kMoreZeros[] = {"evicted_clients", "total_eviction_exceeded_time",
                                             "current_eviction_exceeded_time"};
  constexpr std::string_view kLastZeros[] = {"latest_fork_usec",       "total_forks",
                                             "migrate_cached_sockets", "slave_expires_tracked_keys",
                                             "active_defrag_hits",     "active_defrag_misses",
                                             "active_defrag_key_hits", "active_defrag_key_misses"};
  const ServerStats& stats = totals.server;
  const auto zeros = [&out](std::span<const std::string_view> names) {
    for (const std::string_view name : names) {
      out.line(name, 0);
    }
  };
  uint64_t completions = 0;
  for (const InfoTotals::Runtime& core : totals.cores) {
    completions += core.reactor.completions;
  }
  out.section("Stats");
  out.line("total_connections_received", stats.connections);
  out.line("total_commands_processed", stats.commands);
  out.line("instantaneous_ops_per_sec", stats.ops_per_second);
  out.line("total_net_input_bytes", stats.input_bytes);
  out.line("total_net_output_bytes", stats.output_bytes);
  out.line("total_net_repl_input_bytes", 0);
  out.line("total_net_repl_output_bytes", 0);
  out.line("instantaneous_input_kbps", static_cast<double>(stats.input_per_second) / 1024, 2);
  out.line("instantaneous_output_kbps", static_cast<double>(stats.output_per_second) / 1024, 2);
  out.line("instantaneous_input_repl_kbps", "0.00");
  out.line("instantaneous_output_repl_kbps", "0.00");
  out.line("rejected_connections", totals.rejected);
  zeros(kZeros);
  out.line("expired_subkeys", totals.shard.expired_fields);
  out.line("expired_keys", totals.shard.expired);
  out.line("evicted_keys", totals.shard.evicted);
  zeros(kMoreZeros);
  out.line("keyspace_hits", totals.shard.hits);
  out.line("keyspace_misses", totals.shard.misses);
  out.line("pubsub_channels", totals.channels);
  out.line("pubsub_patterns", totals.patterns);
  out.line("pubsubshard_channels", totals.shard_channels);
  zeros(kLastZeros);
  out.line("tracking_total_keys", totals.tracked_keys);
  out.line("tracking_total_items", totals.tracked_items);
  out.line("tracking_total_prefixes", totals.tracking_prefixes);
  out.line("unexpected_error_replies", 0);
  out.line("total_error_replies", totals.error_replies);
  out.line("dump_payload_sanitizations", 0);
  out.line("total_io_completions", completions);
  out.line("client_query_buffer_limit_disconnections", stats.query_limit_disconnections);
  out.line("client_output_buffer_limit_disconnections", stats.output_limit_disconnections);
}

void write_replication(Writer& out, CoreServer& at, const InfoTotals& totals) {
  out.section("Replication");
  out.line("role", "master");
  out.line("connected_slaves", 0);
  out.line("master_failover_state", "no-failover");
  out.line("master_replid", totals.replication_id);
  out.line("master_replid2", std::string(40, '0'));
  out.line("master_repl_offset", 0);
  out.line("second_repl_offset", -1);
  out.line("repl_backlog_active", 0);
  out.line("repl_backlog_size", at.config().repl_backlog_size);
  out.line("repl_backlog_first_byte_offset", 0);
  out.line("repl_backlog_histlen", 0);
}

void write_cpu(Writer& out, const InfoTotals& totals) {
  rusage self = {};
  rusage children = {};
  getrusage(RUSAGE_SELF, &self);
  getrusage(RUSAGE_CHILDREN, &children);
  out.section("CPU");
  out.line("used_cpu_sys", seconds(self.ru_stime), 6);
  out.line("used_cpu_user", seconds(self.ru_utime), 6);
  out.line("used_cpu_sys_children", seconds(children.ru_stime), 6);
  out.line("used_cpu_user_children", seconds(children.ru_utime), 6);
  out.line("used_cpu_sys_main_thread", totals.main_thread_system_s, 6);
  out.line("used_cpu_user_main_thread", totals.main_thread_user_s, 6);
}

void write_commandstats(Writer& out, const exec::CommandTable& table, const InfoTotals& totals) {
  out.section("Commandstats");
  for (size_t id = 0; id < totals.commands.size(); ++id) {
    const exec::CommandStats::Row& row = totals.commands[id];
    if (row.calls + row.failed + row.rejected == 0) {
      continue;
    }
    const double usec = static_cast<double>(row.ns) / 1000;
    out.line(fmt::format("cmdstat_{}", table.at(static_cast<uint16_t>(id)).full_name),
             fmt::format("calls={},usec={},usec_per_call={:.2f},rejected_calls={},failed_calls={}",
                         row.calls, row.ns / 1000, ratio(usec, static_cast<double>(row.calls)),
                         row.rejected, row.failed));
  }
}

void write_latencystats(Writer& out, CoreServer& at, const InfoTotals& totals) {
  out.section("Latencystats");
  if (!at.config().latency_tracking) {
    return;
  }
  for (size_t id = 0; id < totals.commands.size(); ++id) {
    const base::Histogram& latency = totals.commands[id].latency_ns;
    if (latency.total() == 0) {
      continue;
    }
    std::string values;
    for (const double percent : at.config().latency_tracking_info_percentiles) {
      fmt::format_to(std::back_inserter(values), "{}p{}={:.3f}", values.empty() ? "" : ",", percent,
                     static_cast<double>(latency.percentile(percent)) / 1000);
    }
    const auto& command = at.engine().commands().at(static_cast<uint16_t>(id));
    out.line(fmt::format("latency_percentiles_usec_{}", command.full_name), values);
  }
}

void write_keyspace(Writer& out, const InfoTotals& totals) {
  out.section("Keyspace");
  for (size_t i = 0; i < totals.dbs.size(); ++i) {
    const InfoTotals::Db& db = totals.dbs[i];
    if (db.keys + db.expiring > 0) {
      const int64_t ttl =
          db.sampled == 0 ? 0 : db.sampled_ttl_ms / static_cast<int64_t>(db.sampled);
      out.line(fmt::format("db{}", i),
               fmt::format("keys={},expires={},avg_ttl={}", db.keys, db.expiring, ttl));
    }
  }
}

// What the cores do with the kernel and with each other.
void write_runtime(Writer& out, const InfoTotals& totals) {
  ring::CoreStats sum;
  ring::ReactorStats kernel;
  for (const InfoTotals::Runtime& core : totals.cores) {
    sum.turns += core.core.turns;
    sum.messages += core.core.messages;
    sum.wakes_sent += core.core.wakes_sent;
    sum.wakes_skipped += core.core.wakes_skipped;
    sum.turn_us_max = std::max(sum.turn_us_max, core.core.turn_us_max);
    kernel.enters += core.reactor.enters;
    kernel.completions += core.reactor.completions;
    kernel.submissions += core.reactor.submissions;
    kernel.starved += core.reactor.starved;
  }
  out.section("Runtime");
  out.line("turns", sum.turns);
  out.line("longest_turn_usec", sum.turn_us_max);
  out.line("io_enters", kernel.enters);
  out.line("io_enters_per_command",
           ratio(static_cast<double>(kernel.enters), static_cast<double>(totals.server.commands)),
           3);
  out.line("io_submissions", kernel.submissions);
  out.line("io_completions", kernel.completions);
  out.line("io_receives_starved", kernel.starved);
  out.line("core_messages", sum.messages);
  out.line("core_wakes_sent", sum.wakes_sent);
  out.line("core_wakes_skipped", sum.wakes_skipped);
  for (size_t i = 0; i < totals.cores.size(); ++i) {
    const InfoTotals::Runtime& core = totals.cores[i];
    out.line(fmt::format("core{}", i),
             fmt::format("clients={},commands={},keys={},turns={},enters={},messages={},"
                         "wakes_sent={},wakes_skipped={},longest_turn_usec={},submissions={},"
                         "frames={},objects={},allocated={}",
                         core.connections, core.commands, core.keys, core.core.turns,
                         core.reactor.enters, core.core.messages, core.core.wakes_sent,
                         core.core.wakes_skipped, core.core.turn_us_max, core.reactor.submissions,
                         core.frames, core.objects, core.allocated));
  }
}

}  // namespace

std::string info_text(CoreServer& at, const InfoTotals& totals, uint32_t sections) {
  Writer out;
  const auto has = [sections](Section section) { return (sections & bit(section)) != 0; };
  if (has(Section::server)) {
    write_server(out, at);
  }
  if (has(Section::clients)) {
    write_clients(out, at, totals);
  }
  if (has(Section::memory)) {
    write_memory(out, at, totals);
  }
  if (has(Section::persistence)) {
    write_persistence(out, at, totals);
  }
  if (has(Section::stats)) {
    write_stats(out, totals);
  }
  if (has(Section::replication)) {
    write_replication(out, at, totals);
  }
  if (has(Section::cpu)) {
    write_cpu(out, totals);
  }
  if (has(Section::modules)) {
    out.section("Modules");
  }
  if (has(Section::commandstats)) {
    write_commandstats(out, at.engine().commands(), totals);
  }
  if (has(Section::errorstats)) {
    out.section("Errorstats");
    for (const auto& [code, count] : totals.errors) {
      out.line("errorstat_" + code, fmt::format("count={}", count));
    }
  }
  if (has(Section::latencystats)) {
    write_latencystats(out, at, totals);
  }
  if (has(Section::cluster)) {
    out.section("Cluster");
    out.line("cluster_enabled", 0);
  }
  if (has(Section::keyspace)) {
    write_keyspace(out, totals);
  }
  if (has(Section::runtime)) {
    write_runtime(out, totals);
  }
  return out.take();
}

}  // namespace gyre::server
