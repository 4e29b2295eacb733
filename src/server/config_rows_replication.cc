// Rows of the TOML tables [replication] and [cluster].
#include "server/config_lists.h"
#include "server/config_tables.h"

namespace gyre::server {
namespace {

constexpr std::string_view kLoad[] = {"disabled", "on-empty-db", "swapdb"};
constexpr std::string_view kPropagation[] = {"ignore", "panic", "panic-on-replicas"};
constexpr std::string_view kEndpoints[] = {"ip", "hostname", "unknown-endpoint"};
constexpr size_t kHostnameMax = 256;
constexpr std::string_view kNodenameBarred = "!#$%&()*+:;<>?@[]^{|}~,=";

bool is_alnum(char c) {
  return (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9');
}

Checked<void> check_hostname(const std::string& value) {
  if (value.size() >= kHostnameMax) {
    return tl::unexpected<std::string>("Hostnames must be less than 256 characters");
  }
  for (const char c : value) {
    if (!is_alnum(c) && c != '-' && c != '.') {
      return tl::unexpected<std::string>(
          "Hostnames may only contain alphanumeric characters, hyphens or dots");
    }
  }
  return {};
}

// The name travels in the gossip's text form, where these characters separate fields.
Checked<void> check_nodename(const std::string& value) {
  for (const char c : value) {
    if (c <= ' ' || c > '~' || kNodenameBarred.find(c) != std::string_view::npos) {
      return tl::unexpected<std::string>("Announced human node name contained invalid character");
    }
  }
  return {};
}

}  // namespace

constexpr Row kReplicationRows[] = {
    list("replicaof", kReplicaofField, "Host and port of the primary to follow; empty for none.")
        .also("slaveof")
        .fixed()
        .later(kWithReplication),
    text("masteruser", &Config::masteruser, "User name to log in with at the primary.")
        .also("primaryuser")
        .kept_secret()
        .later(kWithReplication),
    text("masterauth", &Config::masterauth, "Password to log in with at the primary.")
        .also("primaryauth")
        .kept_secret()
        .later(kWithReplication),
    yes_no("replica-serve-stale-data", &Config::replica_serve_stale_data,
           "Answer reads while the primary is out of reach.")
        .also("slave-serve-stale-data")
        .later(kWithReplication),
    yes_no("replica-read-only", &Config::replica_read_only, "Refuse writes on a replica.")
        .also("slave-read-only")
        .later(kWithReplication),
    yes_no("replica-lazy-flush", &Config::replica_lazy_flush,
           "Free old data in the background when a full copy arrives.")
        .also("slave-lazy-flush")
        .later(kWithReplication),
    yes_no("replica-ignore-maxmemory", &Config::replica_ignore_maxmemory,
           "Leave eviction to the primary.")
        .also("slave-ignore-maxmemory")
        .later(kWithReplication),
    yes_no("replica-ignore-disk-write-errors", &Config::replica_ignore_disk_write_errors,
           "Go on following when the own disk fails.")
        .later(kWithReplication),
    yes_no("replica-announced", &Config::replica_announced, "Let Sentinel show this replica.")
        .later(kWithReplication),
    text("replica-announce-ip", &Config::replica_announce_ip,
         "Address told to the primary; empty for the real one.")
        .also("slave-announce-ip")
        .later(kWithReplication),
    integer("replica-announce-port", &Config::replica_announce_port, 0, 65535,
            "Port told to the primary; 0 for the real one.")
        .also("slave-announce-port")
        .later(kWithReplication),
    integer("replica-priority", &Config::replica_priority, 0, kIntMax,
            "Rank among replicas when Sentinel promotes one: lowest first, 0 never.")
        .also("slave-priority")
        .later(kWithReplication),
    yes_no("repl-disable-tcp-nodelay", &Config::repl_disable_tcp_nodelay,
           "Send to replicas in fewer, larger packets, later.")
        .later(kWithReplication),
    yes_no("repl-diskless-sync", &Config::repl_diskless_sync,
           "Send a full copy straight to the socket, without a file.")
        .later(kWithReplication),
    integer("repl-diskless-sync-delay", &Config::repl_diskless_sync_delay, 0, kIntMax,
            "Seconds to wait for further replicas before a full copy starts.")
        .later(kWithReplication),
    integer("repl-diskless-sync-max-replicas", &Config::repl_diskless_sync_max_replicas, 0, kIntMax,
            "Waiting replicas that start a full copy at once; 0 for no such number.")
        .later(kWithReplication),
    choice<&Config::repl_diskless_load>("repl-diskless-load", kLoad,
                                        "Whether a replica loads a full copy from the socket.")
        .later(kWithReplication),
    integer("repl-ping-replica-period", &Config::repl_ping_replica_period, 1, kIntMax,
            "Seconds between two pings to replicas.")
        .also("repl-ping-slave-period")
        .later(kWithReplication),
    integer("repl-timeout", &Config::repl_timeout, 1, kIntMax,
            "Seconds of silence after which a replication link is dropped.")
        .later(kWithReplication),
    memory("repl-backlog-size", &Config::repl_backlog_size, 1, kLongMax,
           "Bytes of recent writes kept for replicas that reconnect.")
        .later(kWithReplication),
    integer("repl-backlog-ttl", &Config::repl_backlog_ttl, 0, kLongMax,
            "Seconds without replicas after which the backlog is freed; 0 for never.")
        .later(kWithReplication),
    integer("min-replicas-to-write", &Config::min_replicas_to_write, 0, kIntMax,
            "Replicas that must be close behind, or writes are refused; 0 for none.")
        .also("min-slaves-to-write")
        .later(kWithReplication),
    integer("min-replicas-max-lag", &Config::min_replicas_max_lag, 0, kIntMax,
            "Seconds up to which a replica counts as close behind.")
        .also("min-slaves-max-lag")
        .later(kWithReplication),
    choice<&Config::propagation_error_behavior>(
        "propagation-error-behavior", kPropagation,
        "What a replica does about a write of its primary that fails.")
        .later(kWithReplication),
};

std::span<const Row> replication_rows() { return kReplicationRows; }

constexpr Row kClusterRows[] = {
    yes_no("cluster-enabled", &Config::cluster_enabled, "Be a node of a cluster.")
        .fixed()
        .later(kWithCluster),
    text("cluster-config-file", &Config::cluster_config_file,
         "File in dir where the node keeps the state of the cluster.")
        .fixed()
        .later(kWithCluster),
    integer("cluster-node-timeout", &Config::cluster_node_timeout, 0, kLongMax,
            "Milliseconds of silence after which a node counts as failing.")
        .later(kWithCluster),
    integer("cluster-ping-interval", &Config::cluster_ping_interval, 0, kLongMax,
            "Milliseconds between two pings; 0 chooses by the node timeout.")
        .unlisted()
        .later(kWithCluster),
    integer("cluster-port", &Config::cluster_port, 0, 65535,
            "Port of the cluster bus; 0 for the client port plus 10000.")
        .fixed()
        .later(kWithCluster),
    text("cluster-announce-ip", &Config::cluster_announce_ip,
         "Address told to other nodes; empty for the real one.")
        .later(kWithCluster),
    text("cluster-announce-hostname", &Config::cluster_announce_hostname,
         "Host name told to clients and nodes.")
        .checked(check_hostname)
        .later(kWithCluster),
    text("cluster-announce-human-nodename", &Config::cluster_announce_human_nodename,
         "Name of the node for logs of humans.")
        .checked(check_nodename)
        .later(kWithCluster),
    integer("cluster-announce-port", &Config::cluster_announce_port, 0, 65535,
            "Client port told to other nodes; 0 for the real one.")
        .later(kWithCluster),
    integer("cluster-announce-tls-port", &Config::cluster_announce_tls_port, 0, 65535,
            "TLS port told to other nodes; 0 for the real one.")
        .later(kWithCluster),
    integer("cluster-announce-bus-port", &Config::cluster_announce_bus_port, 0, 65535,
            "Bus port told to other nodes; 0 for the real one.")
        .later(kWithCluster),
    choice<&Config::cluster_preferred_endpoint_type>(
        "cluster-preferred-endpoint-type", kEndpoints,
        "What redirections name: the address, the host name, or nothing.")
        .later(kWithCluster),
    integer("cluster-replica-validity-factor", &Config::cluster_replica_validity_factor, 0, kIntMax,
            "Node timeouts a replica may be behind and still take over; 0 for any.")
        .also("cluster-slave-validity-factor")
        .later(kWithCluster),
    yes_no("cluster-replica-no-failover", &Config::cluster_replica_no_failover,
           "Never take over for a failing primary by itself.")
        .also("cluster-slave-no-failover")
        .later(kWithCluster),
    integer("cluster-migration-barrier", &Config::cluster_migration_barrier, 0, kIntMax,
            "Replicas a primary must keep before one may move to an orphaned primary.")
        .later(kWithCluster),
    yes_no("cluster-allow-replica-migration", &Config::cluster_allow_replica_migration,
           "Let replicas move to orphaned primaries.")
        .later(kWithCluster),
    yes_no("cluster-require-full-coverage", &Config::cluster_require_full_coverage,
           "Stop serving when any slot has no node.")
        .later(kWithCluster),
    yes_no("cluster-allow-reads-when-down", &Config::cluster_allow_reads_when_down,
           "Answer reads of own slots while the cluster is down.")
        .later(kWithCluster),
    yes_no("cluster-allow-pubsubshard-when-down", &Config::cluster_allow_pubsubshard_when_down,
           "Serve shard channels while the cluster is down.")
        .later(kWithCluster),
    memory("cluster-link-sendbuf-limit", &Config::cluster_link_sendbuf_limit, 0, kLongMax,
           "Bytes that may wait on one link of the bus; 0 for no limit.")
        .later(kWithCluster),
};

std::span<const Row> cluster_rows() { return kClusterRows; }

}  // namespace gyre::server
