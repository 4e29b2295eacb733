// Rows of the TOML tables [network] and [limits].
#include "server/config_lists.h"
#include "server/config_tables.h"

namespace gyre::server {

constexpr Row kNetworkRows[] = {
    integer("port", &Config::port, 0, 65535, "TCP port to listen on; 0 opens no TCP port."),
    list("bind", kBindField,
         "Addresses to listen on; '*' and '::*' are all of IPv4 and IPv6, and a leading '-' "
         "makes an address optional."),
    yes_no("protected-mode", &Config::protected_mode,
           "Without a password, serve only clients of this machine."),
    text("unixsocket", &Config::unixsocket,
         "Path of a Unix socket to listen on as well; empty for none.")
        .fixed(),
    number(Kind::octal, "unixsocketperm", &Config::unixsocketperm, 0, 0777,
           "Octal permissions of the Unix socket; 0 leaves them to the umask.")
        .fixed(),
    integer("tcp-backlog", &Config::tcp_backlog, 0, kIntMax,
            "Connections the kernel may hold before they are accepted.")
        .fixed(),
    integer("tcp-keepalive", &Config::tcp_keepalive, 0, kIntMax,
            "Seconds of silence before the kernel probes a peer; 0 sends no probes."),
    integer("timeout", &Config::timeout, 0, kIntMax,
            "Seconds after which an idle client is disconnected; 0 keeps it for ever."),
    text("bind-source-addr", &Config::bind_source_addr,
         "Local address of outgoing connections; empty lets the kernel choose.")
        .later(kWithReplication),
    integer("socket-mark-id", &Config::socket_mark_id, 0, kUintMax,
            "Mark that the kernel puts on the packets of the listening sockets; 0 for none.")
        .fixed()
        .later(kNotYet),
    integer("max-new-connections-per-cycle", &Config::max_new_connections_per_cycle, 1, 1000,
            "Connections accepted in one turn of the listening core.")
        .later("Accepted and ignored; the runtime bounds each turn itself."),
};

std::span<const Row> network_rows() { return kNetworkRows; }

constexpr Row kLimitsRows[] = {
    integer("maxclients", &Config::maxclients, 1, kUintMax,
            "Clients that may be connected at the same time."),
    memory("proto-max-bulk-len", &Config::proto_max_bulk_len, kMib, kLongMax,
           "Bytes that one argument of a command may have."),
    memory("client-query-buffer-limit", &Config::client_query_buffer_limit, kMib, kLongMax,
           "Bytes of requests that may wait for one client before it is disconnected."),
    list("client-output-buffer-limit", kOutputLimitsField,
         "Per class of client (normal, replica, pubsub): the bytes of pending output at which "
         "it is cut at once, the bytes at which it is cut after some time, and that time in "
         "seconds; 0 switches a limit off."),
    number(Kind::memory_or_percent, "maxmemory-clients", &Config::maxmemory_clients, -100, kLongMax,
           "Bytes, or percent of maxmemory, that all clients together may use; 0 for no limit.")
        .later(kNotYet),
    integer("tracking-table-max-keys", &Config::tracking_table_max_keys, 0, kLongMax,
            "Keys remembered for client-side caching; 0 for no limit."),
};

std::span<const Row> limits_rows() { return kLimitsRows; }

}  // namespace gyre::server
