// Rows of the TOML tables [log], [monitoring] and [scripting].
#include "server/config_lists.h"
#include "server/config_tables.h"

namespace gyre::server {
namespace {

constexpr std::string_view kLevels[] = {"debug", "verbose", "notice", "warning", "nothing"};
constexpr std::string_view kFacilities[] = {"user",   "local0", "local1", "local2", "local3",
                                            "local4", "local5", "local6", "local7"};

}  // namespace

constexpr Row kLogRows[] = {
    choice<&Config::loglevel>("loglevel", kLevels, "The least important messages to log."),
    text("logfile", &Config::logfile, "File to log to; empty for the standard output.").fixed(),
    yes_no("syslog-enabled", &Config::syslog_enabled, "Log to the system log as well.").fixed(),
    text("syslog-ident", &Config::syslog_ident, "Name of this server in the system log.").fixed(),
    choice<&Config::syslog_facility>("syslog-facility", kFacilities,
                                     "Facility of the system log to use.")
        .fixed(),
    yes_no("crash-log-enabled", &Config::crash_log_enabled, "Log a report after a crash.")
        .later(kNotYet),
    yes_no("crash-memcheck-enabled", &Config::crash_memcheck_enabled,
           "Check the memory of the machine after a crash.")
        .later(kNotYet),
    yes_no("hide-user-data-from-log", &Config::hide_user_data_from_log,
           "Keep keys and values out of crash reports.")
        .later(kNotYet),
    yes_no("always-show-logo", &Config::always_show_logo, "Start with a drawing.")
        .fixed()
        .later("Accepted and ignored; there is no drawing."),
    yes_no("use-exit-on-panic", &Config::use_exit_on_panic, "Exit instead of aborting.")
        .unlisted()
        .later(kNotYet),
};

std::span<const Row> log_rows() { return kLogRows; }

constexpr Row kMonitoringRows[] = {
    integer("slowlog-log-slower-than", &Config::slowlog_log_slower_than, -1, kLongMax,
            "Microseconds from which a command enters the slow log; 0 for all, -1 for none.")
        .also("commandlog-execution-slower-than"),
    integer("slowlog-max-len", &Config::slowlog_max_len, 0, kLongMax,
            "Entries kept in the slow log.")
        .also("commandlog-slow-execution-max-len"),
    yes_no("latency-tracking", &Config::latency_tracking,
           "Keep the distribution of run times of each command."),
    yes_no("measure-turns-in-cpu-time", &Config::measure_turns_in_cpu_time,
           "INFO's longest_turn_usec counts the CPU time of the thread, not the wall clock, which "
           "on a shared machine also counts the neighbours. Costs a system call per turn."),
    list("latency-tracking-info-percentiles", kPercentilesField,
         "Percentiles of run times that INFO tells; empty for none."),
    integer("latency-monitor-threshold", &Config::latency_monitor_threshold, 0, kLongMax,
            "Milliseconds from which an event enters the latency monitor; 0 for none.")
        .later(kNotYet),
};

std::span<const Row> monitoring_rows() { return kMonitoringRows; }

constexpr Row kScriptingRows[] = {
    integer("busy-reply-threshold", &Config::busy_reply_threshold, 0, kLongMax,
            "Milliseconds a script may run before other clients are told that it is busy.")
        .also("lua-time-limit")
        .later(kWithScripts),
};

std::span<const Row> scripting_rows() { return kScriptingRows; }

}  // namespace gyre::server
