// Every setting of the server as a plain field; member initialisers are the defaults.
//
// A field is named as its parameter, with '_' for '-'. Ranges, texts and TOML tables are in the
// rows (config_rows.h): a parameter exists when it has a field here and a row there. Sizes are
// bytes; other units are part of the row's sentence. The struct is a value: CONFIG SET changes
// a copy, the server then hands the copy to all cores.
#pragma once

#include <array>
#include <cstdint>
#include <string>
#include <vector>

#include "base/log.h"
#include "server/config_types.h"

namespace gyre::server {

inline constexpr int64_t kKib = 1024;
inline constexpr int64_t kMib = 1024 * kKib;
inline constexpr int64_t kGib = 1024 * kMib;

struct Config {
  // [network]
  int64_t port = 6379;
  std::vector<std::string> bind = {"*", "-::*"};
  bool protected_mode = true;
  std::string unixsocket;
  int64_t unixsocketperm = 0;
  int64_t tcp_backlog = 511;
  int64_t tcp_keepalive = 300;
  int64_t timeout = 0;
  std::string bind_source_addr;
  int64_t socket_mark_id = 0;
  int64_t max_new_connections_per_cycle = 10;

  // [limits]
  int64_t maxclients = 10000;
  int64_t proto_max_bulk_len = 512 * kMib;
  int64_t client_query_buffer_limit = kGib;
  // The largest value is 512 MiB, and one reply that carries it must pass.
  OutputLimits client_output_buffer_limit = {.normal = {kGib, 256 * kMib, 60},
                                             .replica = {256 * kMib, 64 * kMib, 60},
                                             .pubsub = {32 * kMib, 8 * kMib, 60}};
  int64_t maxmemory_clients = 0;  // negative: minus percents of maxmemory
  int64_t tracking_table_max_keys = 1000000;

  // [runtime]
  int64_t cores = 0;  // 0: as many as usable_cpus() finds
  PipelineOrder pipeline_order = PipelineOrder::relaxed;
  int64_t hz = 10;
  bool dynamic_hz = true;
  int64_t io_threads = 1;
  bool io_threads_do_reads = false;
  bool daemonize = false;
  Supervised supervised = Supervised::no;
  std::string pidfile;
  bool set_proc_title = true;
  std::string proc_title_template = "{title} {listen-addr} {server-mode}";
  uint32_t shutdown_on_sigint = 0;
  uint32_t shutdown_on_sigterm = 0;
  int64_t shutdown_timeout = 10;
  OomScoreAdj oom_score_adj = OomScoreAdj::no;
  std::array<int64_t, 3> oom_score_adj_values = {0, 200, 800};
  bool disable_thp = true;
  std::string server_cpulist;
  std::string bio_cpulist;
  std::string aof_rewrite_cpulist;
  std::string bgsave_cpulist;
  std::string ignore_warnings;
  std::string locale_collate;
  std::string availability_zone;
  int64_t watchdog_period = 0;

  // [io]
  IoBackend io_backend = IoBackend::automatic;
  int64_t io_ring_entries = 512;
  int64_t io_recv_buffers = 0;
  int64_t io_recv_buffer_size = 0;
  int64_t io_spin_us = -1;

  // [data]
  int64_t databases = 16;
  uint32_t notify_keyspace_events = 0;
  int64_t active_expire_effort = 1;
  bool activerehashing = true;
  int64_t hash_max_listpack_entries = 512;
  int64_t hash_max_listpack_value = 64;
  int64_t list_max_listpack_size = -2;
  int64_t list_compress_depth = 0;
  int64_t set_max_intset_entries = 512;
  int64_t set_max_listpack_entries = 128;
  int64_t set_max_listpack_value = 64;
  int64_t zset_max_listpack_entries = 128;
  int64_t zset_max_listpack_value = 64;
  int64_t hll_sparse_max_bytes = 3000;
  int64_t stream_node_max_bytes = 4096;
  int64_t stream_node_max_entries = 100;
  SanitizePayload sanitize_dump_payload = SanitizePayload::no;

  // [memory]
  int64_t maxmemory = 0;
  MaxmemoryPolicy maxmemory_policy = MaxmemoryPolicy::noeviction;
  int64_t maxmemory_samples = 5;
  int64_t maxmemory_eviction_tenacity = 10;
  int64_t lfu_log_factor = 10;
  int64_t lfu_decay_time = 1;
  bool lazyfree_lazy_eviction = false;
  bool lazyfree_lazy_expire = false;
  bool lazyfree_lazy_server_del = false;
  bool lazyfree_lazy_user_del = false;
  bool lazyfree_lazy_user_flush = false;
  bool activedefrag = false;
  int64_t active_defrag_ignore_bytes = 100 * kMib;
  int64_t active_defrag_threshold_lower = 10;
  int64_t active_defrag_threshold_upper = 100;
  int64_t active_defrag_cycle_min = 1;
  int64_t active_defrag_cycle_max = 25;
  int64_t active_defrag_max_scan_fields = 1000;
  bool jemalloc_bg_thread = true;

  // [persistence]
  std::string dir = ".";
  std::string dbfilename = "dump.rdb";
  std::vector<SavePoint> save = {{3600, 1}, {300, 100}, {60, 10000}};
  bool stop_writes_on_bgsave_error = true;
  bool rdbcompression = true;
  bool rdbchecksum = true;
  bool rdb_del_sync_files = false;
  bool rdb_save_incremental_fsync = true;
  int64_t rdb_key_save_delay = 0;
  int64_t key_load_delay = 0;
  int64_t loading_process_events_interval_bytes = 2 * kMib;
  bool appendonly = false;
  Appendfsync appendfsync = Appendfsync::everysec;
  std::string appendfilename = "appendonly.aof";
  std::string appenddirname = "appendonlydir";
  bool no_appendfsync_on_rewrite = false;
  int64_t auto_aof_rewrite_percentage = 100;
  int64_t auto_aof_rewrite_min_size = 64 * kMib;
  bool aof_load_truncated = true;
  Recovery recovery = Recovery::refuse;
  bool aof_use_rdb_preamble = true;
  bool aof_timestamp_enabled = false;
  bool aof_rewrite_incremental_fsync = true;
  bool aof_disable_auto_gc = false;

  // [replication]
  PrimaryAddress replicaof;
  std::string masteruser;
  std::string masterauth;
  bool replica_serve_stale_data = true;
  bool replica_read_only = true;
  bool replica_lazy_flush = false;
  bool replica_ignore_maxmemory = true;
  bool replica_ignore_disk_write_errors = false;
  bool replica_announced = true;
  std::string replica_announce_ip;
  int64_t replica_announce_port = 0;
  int64_t replica_priority = 100;
  bool repl_disable_tcp_nodelay = false;
  bool repl_diskless_sync = true;
  int64_t repl_diskless_sync_delay = 5;
  int64_t repl_diskless_sync_max_replicas = 0;
  DisklessLoad repl_diskless_load = DisklessLoad::disabled;
  int64_t repl_ping_replica_period = 10;
  int64_t repl_timeout = 60;
  int64_t repl_backlog_size = kMib;
  int64_t repl_backlog_ttl = 3600;
  int64_t min_replicas_to_write = 0;
  int64_t min_replicas_max_lag = 10;
  PropagationError propagation_error_behavior = PropagationError::ignore;

  // [cluster]
  bool cluster_enabled = false;
  std::string cluster_config_file = "nodes.conf";
  int64_t cluster_node_timeout = 15000;
  int64_t cluster_ping_interval = 0;
  int64_t cluster_port = 0;
  std::string cluster_announce_ip;
  std::string cluster_announce_hostname;
  std::string cluster_announce_human_nodename;
  int64_t cluster_announce_port = 0;
  int64_t cluster_announce_tls_port = 0;
  int64_t cluster_announce_bus_port = 0;
  EndpointType cluster_preferred_endpoint_type = EndpointType::ip;
  int64_t cluster_replica_validity_factor = 10;
  bool cluster_replica_no_failover = false;
  int64_t cluster_migration_barrier = 1;
  bool cluster_allow_replica_migration = true;
  bool cluster_require_full_coverage = true;
  bool cluster_allow_reads_when_down = false;
  bool cluster_allow_pubsubshard_when_down = true;
  int64_t cluster_link_sendbuf_limit = 0;

  // [security]
  std::string requirepass;
  std::string aclfile;
  int64_t acllog_max_len = 128;
  AclPubsubDefault acl_pubsub_default = AclPubsubDefault::resetchannels;
  ProtectedAction enable_protected_configs = ProtectedAction::no;
  ProtectedAction enable_debug_command = ProtectedAction::no;
  ProtectedAction enable_module_command = ProtectedAction::no;

  // [tls]
  int64_t tls_port = 0;
  std::string tls_cert_file;
  std::string tls_key_file;
  std::string tls_key_file_pass;
  std::string tls_client_cert_file;
  std::string tls_client_key_file;
  std::string tls_client_key_file_pass;
  std::string tls_dh_params_file;
  std::string tls_ca_cert_file;
  std::string tls_ca_cert_dir;
  TlsAuthClients tls_auth_clients = TlsAuthClients::yes;
  bool tls_replication = false;
  bool tls_cluster = false;
  std::string tls_protocols;
  std::string tls_ciphers;
  std::string tls_ciphersuites;
  bool tls_prefer_server_ciphers = false;
  bool tls_session_caching = true;
  int64_t tls_session_cache_size = 20480;
  int64_t tls_session_cache_timeout = 300;
  int64_t max_new_tls_connections_per_cycle = 1;

  // [log]
  log::Level loglevel = log::Level::notice;
  std::string logfile;
  bool syslog_enabled = false;
  std::string syslog_ident = "gyre";
  SyslogFacility syslog_facility = SyslogFacility::local0;
  bool crash_log_enabled = true;
  bool crash_memcheck_enabled = true;
  bool hide_user_data_from_log = false;
  bool always_show_logo = false;
  bool use_exit_on_panic = false;

  // [monitoring]
  int64_t slowlog_log_slower_than = 10000;
  int64_t slowlog_max_len = 128;
  bool latency_tracking = true;
  bool measure_turns_in_cpu_time = false;
  std::vector<double> latency_tracking_info_percentiles = {50, 99, 99.9};
  int64_t latency_monitor_threshold = 0;

  // [scripting]
  int64_t busy_reply_threshold = 5000;
};

}  // namespace gyre::server
