// Rows of the TOML tables [runtime] and [io].
#include "base/collation.h"
#include "server/config_lists.h"
#include "server/config_tables.h"

namespace gyre::server {
namespace {

constexpr std::string_view kPipelineOrders[] = {"default", "strict"};
constexpr std::string_view kSupervised[] = {"upstart", "systemd", "auto", "no"};
constexpr std::string_view kOomScoreAdj[] = {"no", "yes", "relative", "absolute"};
constexpr std::string_view kBackends[] = {"auto", "uring"};

constexpr std::string_view kPlacement =
    "Accepted and ignored; use the cpuset of the service, each core keeps to one thread.";

constexpr std::string_view kTemplateNames[] = {"title",    "listen-addr", "server-mode", "port",
                                               "tls-port", "unixsocket",  "config-file"};

Checked<void> check_locale(const std::string& value) {
  if (!base::Collation::is_known(value)) {
    return tl::unexpected<std::string>("Failed to configure LOCALE for invalid locale name.");
  }
  return {};
}

Checked<void> check_title_template(const std::string& value) {
  const auto bad = [] {
    return tl::unexpected<std::string>("template format is invalid or contains unknown variables");
  };
  size_t at = 0;
  while ((at = value.find_first_of("{}", at)) != std::string::npos) {
    const size_t end = value.find('}', at);
    if (value[at] == '}' || end == std::string::npos) {
      return bad();
    }
    const std::string_view name = std::string_view(value).substr(at + 1, end - at - 1);
    bool known = false;
    for (const std::string_view candidate : kTemplateNames) {
      known = known || name == candidate;
    }
    if (!known) {
      return bad();
    }
    at = end + 1;
  }
  return {};
}

}  // namespace

constexpr Row kRuntimeRows[] = {
    integer("cores", &Config::cores, 0, 256,
            "Threads that serve, each owning a share of the keys; 0 takes the CPUs this process "
            "may use (affinity and cgroup quota).")
        .pinned(),
    choice<&Config::pipeline_order>(
        "pipeline-order", kPipelineOrders,
        "Order of a pipeline: 'default' lets commands on keys of different cores take effect "
        "in any order, replies stay in order; 'strict' runs each after the one before.")
        .pinned(),
    integer("hz", &Config::hz, 0, kIntMax,
            "Housekeeping rounds per second, kept between 1 and 500."),
    yes_no("dynamic-hz", &Config::dynamic_hz, "More housekeeping rounds with more clients.")
        .later("Accepted and ignored; housekeeping costs do not grow with clients."),
    integer("io-threads", &Config::io_threads, 1, 128, "Threads that read and write sockets.")
        .fixed()
        .later("Accepted and ignored; each core does its own I/O, see cores."),
    yes_no("io-threads-do-reads", &Config::io_threads_do_reads,
           "Whether the extra threads also read.")
        .fixed()
        .later("Accepted and ignored; each core does its own I/O, see cores."),
    yes_no("daemonize", &Config::daemonize,
           "Continue in the background, unless a supervisor is there.")
        .fixed(),
    choice<&Config::supervised>(
        "supervised", kSupervised,
        "Which supervisor is told that the server is ready and that it stops; 'auto' tells the one "
        "whose variable (NOTIFY_SOCKET, UPSTART_JOB) is in the environment.")
        .fixed(),
    text("pidfile", &Config::pidfile,
         "File that holds the process id while the server runs; empty for none.")
        .fixed(),
    yes_no("set-proc-title", &Config::set_proc_title, "Show state in the process title.")
        .fixed()
        .later(kNotYet),
    text("proc-title-template", &Config::proc_title_template,
         "Process title; the names in braces are replaced.")
        .checked(check_title_template)
        .later(kNotYet),
    list("shutdown-on-sigint", kShutdownSigintField,
         "How SIGINT stops the server: default, or any of save, nosave, now, force."),
    list("shutdown-on-sigterm", kShutdownSigtermField,
         "How SIGTERM stops the server: default, or any of save, nosave, now, force."),
    integer("shutdown-timeout", &Config::shutdown_timeout, 0, kIntMax,
            "Seconds that a stop waits for replicas that are behind.")
        .later(kWithReplication),
    choice<&Config::oom_score_adj>("oom-score-adj", kOomScoreAdj,
                                   "Whether the kernel's out-of-memory score is adjusted.")
        .later(kNotYet),
    list("oom-score-adj-values", kOomValuesField,
         "Out-of-memory scores of a primary, a replica and a saving child, -2000 to 2000.")
        .later(kNotYet),
    yes_no("disable-thp", &Config::disable_thp,
           "Ask the kernel not to use transparent huge pages for this process.")
        .fixed()
        .later(kNotYet),
    text("server-cpulist", &Config::server_cpulist, "CPUs of the serving threads.")
        .also("server_cpulist")
        .pinned()
        .later(kPlacement),
    text("bio-cpulist", &Config::bio_cpulist, "CPUs of background threads.")
        .also("bio_cpulist")
        .pinned()
        .later(kPlacement),
    text("aof-rewrite-cpulist", &Config::aof_rewrite_cpulist, "CPUs of the rewriting child.")
        .also("aof_rewrite_cpulist")
        .pinned()
        .later(kPlacement),
    text("bgsave-cpulist", &Config::bgsave_cpulist, "CPUs of the saving child.")
        .also("bgsave_cpulist")
        .pinned()
        .later(kPlacement),
    text("ignore-warnings", &Config::ignore_warnings, "Names of start-up warnings to silence.")
        .later(kNotYet),
    text("locale-collate", &Config::locale_collate,
         "Locale whose order SORT with ALPHA follows; empty takes the environment's.")
        .checked(check_locale),
    text("availability-zone", &Config::availability_zone,
         "Name of the zone this server runs in, as INFO and HELLO tell it.")
        .later(kNotYet),
    integer("watchdog-period", &Config::watchdog_period, 0, kIntMax,
            "Milliseconds after which a blocked server logs where it is.")
        .unlisted()
        .later(kNotYet),
};

std::span<const Row> runtime_rows() { return kRuntimeRows; }

constexpr Row kIoRows[] = {
    choice<&Config::io_backend>("io-backend", kBackends,
                                "How the kernel is asked for I/O; auto takes the best available.")
        .key("backend")
        .pinned(),
    integer("io-ring-entries", &Config::io_ring_entries, 64, 32768,
            "Submission entries of the ring of each core; the completion queue has 8 times as "
            "many.")
        .key("ring-entries")
        .pinned(),
    integer("io-recv-buffers", &Config::io_recv_buffers, 0, 32768,
            "Receive buffers that each core shares with the kernel; 0 chooses by kernel.")
        .key("recv-buffers")
        .pinned(),
    memory("io-recv-buffer-size", &Config::io_recv_buffer_size, 0, kMib,
           "Bytes of one receive buffer; 0 chooses by kernel.")
        .key("recv-buffer-size")
        .pinned(),
    integer("io-spin-us", &Config::io_spin_us, -1, 1000,
            "Microseconds that an idle core looks for messages before it sleeps; -1 chooses by "
            "the number of CPUs.")
        .key("spin-us")
        .pinned(),
};

std::span<const Row> io_rows() { return kIoRows; }

}  // namespace gyre::server
