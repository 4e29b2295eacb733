// Rows of the TOML tables [security] and [tls].
#include "server/config_tables.h"

namespace gyre::server {
namespace {

constexpr std::string_view kActions[] = {"no", "yes", "local"};
constexpr std::string_view kPubsubDefaults[] = {"allchannels", "resetchannels"};
constexpr std::string_view kAuthClients[] = {"no", "yes", "optional"};

}  // namespace

constexpr Row kSecurityRows[] = {
    text("requirepass", &Config::requirepass,
         "Password clients must give before anything else; empty for none.")
        .kept_secret(),
    text("aclfile", &Config::aclfile, "File with the users; empty for none.")
        .fixed()
        .later(kWithAcl),
    integer("acllog-max-len", &Config::acllog_max_len, 0, kLongMax,
            "Entries kept in the log of refused commands.")
        .later(kWithAcl),
    choice<&Config::acl_pubsub_default>("acl-pubsub-default", kPubsubDefaults,
                                        "Channels that a new user may use.")
        .later(kWithAcl),
    choice<&Config::enable_protected_configs>(
        "enable-protected-configs", kActions,
        "Whether CONFIG SET may change dir and dbfilename; 'local' for clients of this machine.")
        .fixed(),
    choice<&Config::enable_debug_command>(
        "enable-debug-command", kActions,
        "Whether DEBUG is allowed; 'local' for clients of this machine.")
        .fixed(),
    choice<&Config::enable_module_command>("enable-module-command", kActions,
                                           "Whether MODULE is allowed.")
        .fixed()
        .later("Accepted and ignored; there are no loadable modules."),
};

std::span<const Row> security_rows() { return kSecurityRows; }

constexpr Row kTlsRows[] = {
    integer("tls-port", &Config::tls_port, 0, 65535, "Port for TLS clients; 0 for none.")
        .later(kWithTls),
    text("tls-cert-file", &Config::tls_cert_file, "Certificate of the server.").later(kWithTls),
    text("tls-key-file", &Config::tls_key_file, "Private key of the server.").later(kWithTls),
    text("tls-key-file-pass", &Config::tls_key_file_pass, "Password of the private key.")
        .kept_secret()
        .later(kWithTls),
    text("tls-client-cert-file", &Config::tls_client_cert_file,
         "Certificate for outgoing connections; empty for the server's.")
        .later(kWithTls),
    text("tls-client-key-file", &Config::tls_client_key_file,
         "Private key for outgoing connections.")
        .later(kWithTls),
    text("tls-client-key-file-pass", &Config::tls_client_key_file_pass,
         "Password of the private key for outgoing connections.")
        .kept_secret()
        .later(kWithTls),
    text("tls-dh-params-file", &Config::tls_dh_params_file, "Diffie-Hellman parameters.")
        .later(kWithTls),
    text("tls-ca-cert-file", &Config::tls_ca_cert_file, "Certificates of trusted authorities.")
        .later(kWithTls),
    text("tls-ca-cert-dir", &Config::tls_ca_cert_dir,
         "Directory with certificates of trusted authorities.")
        .later(kWithTls),
    choice<&Config::tls_auth_clients>("tls-auth-clients", kAuthClients,
                                      "Whether clients must show a certificate.")
        .later(kWithTls),
    yes_no("tls-replication", &Config::tls_replication, "Use TLS to the primary.").later(kWithTls),
    yes_no("tls-cluster", &Config::tls_cluster, "Use TLS on the cluster bus.").later(kWithTls),
    text("tls-protocols", &Config::tls_protocols,
         "Versions of TLS to allow; empty for the library's choice.")
        .later(kWithTls),
    text("tls-ciphers", &Config::tls_ciphers, "Ciphers up to TLS 1.2.").later(kWithTls),
    text("tls-ciphersuites", &Config::tls_ciphersuites, "Ciphers of TLS 1.3.").later(kWithTls),
    yes_no("tls-prefer-server-ciphers", &Config::tls_prefer_server_ciphers,
           "Follow the server's order of ciphers.")
        .later(kWithTls),
    yes_no("tls-session-caching", &Config::tls_session_caching, "Let clients resume sessions.")
        .later(kWithTls),
    integer("tls-session-cache-size", &Config::tls_session_cache_size, 0, kIntMax,
            "Sessions kept for resumption; 0 for no limit.")
        .later(kWithTls),
    integer("tls-session-cache-timeout", &Config::tls_session_cache_timeout, 0, kIntMax,
            "Seconds a session may be resumed.")
        .later(kWithTls),
    integer("max-new-tls-connections-per-cycle", &Config::max_new_tls_connections_per_cycle, 1,
            1000, "TLS connections accepted in one turn of the listening core.")
        .later(kWithTls),
};

std::span<const Row> tls_rows() { return kTlsRows; }

}  // namespace gyre::server
