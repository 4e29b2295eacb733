// Tests of CONFIG GET and CONFIG SET: texts of Redis, atomicity, what changed.
#include "server/config_set.h"

#include <syslog.h>

#include <gtest/gtest.h>

#include "server/config_value.h"

namespace gyre::server {
namespace {

std::string error_of(std::vector<NameValue> pairs, bool local = false, Config config = {}) {
  const Config before = config;
  const auto outcome = config_set(config, pairs, {.local_client = local});
  if (outcome) {
    return "no error";
  }
  for (const Table& table : config_tables()) {
    for (const Row& row : table.rows) {
      EXPECT_TRUE(same_value(before, config, row)) << row.name << " changed in spite of an error";
    }
  }
  return outcome.error();
}

std::string about(const std::string& argument, const std::string& reason) {
  return "ERR CONFIG SET failed (possibly related to argument '" + argument + "') - " + reason;
}

Words get(const Config& config, std::vector<std::string_view> patterns) {
  Words result;
  for (const NameValue& found : config_get(config, patterns)) {
    result.push_back(found.name + "=" + found.value);
  }
  return result;
}

TEST(ConfigGet, plain_names_in_any_case_come_back_as_written) {
  const Config config;
  EXPECT_EQ(get(config, {"MaxClients"}), Words{"MaxClients=10000"});
  EXPECT_EQ(get(config, {"port", "PORT", "port"}), Words{"port=6379"});
  EXPECT_EQ(get(config, {"no-such-thing"}), Words{});
  EXPECT_EQ(get(config, {"slave-priority"}), Words{"slave-priority=100"});
}

TEST(ConfigGet, patterns_match_names_and_aliases_once) {
  const Config config;
  EXPECT_EQ(get(config, {"tcp-*", "TCP-[bk]*"}), (Words{"tcp-backlog=511", "tcp-keepalive=300"}));
  EXPECT_EQ(get(config, {"hash-max-*-entries"}),
            (Words{"hash-max-listpack-entries=512", "hash-max-ziplist-entries=512"}));
  EXPECT_GT(get(config, {"*"}).size(), 200u);
}

TEST(ConfigGet, hidden_parameters_need_their_full_name) {
  const Config config;
  EXPECT_EQ(get(config, {"rdb-key-save-del?y"}), Words{});
  EXPECT_EQ(get(config, {"rdb-key-save-delay"}), Words{"rdb-key-save-delay=0"});
}

TEST(ConfigGet, values_print_as_in_redis) {
  Config config;
  config.maxmemory_clients = -7;
  config.unixsocketperm = 0755;
  config.notify_keyspace_events = kEventAll | kEventKeyspace | kEventMissed;
  config.replicaof = {"h", 1};
  config.shutdown_on_sigint = kShutdownForce | kShutdownSave;
  config.latency_tracking_info_percentiles = {50, 99.01, 100};
  EXPECT_EQ(get(config, {"maxmemory-clients"}), Words{"maxmemory-clients=7%"});
  EXPECT_EQ(get(config, {"unixsocketperm"}), Words{"unixsocketperm=755"});
  EXPECT_EQ(get(config, {"notify-keyspace-events"}), Words{"notify-keyspace-events=AKm"});
  EXPECT_EQ(get(config, {"replicaof"}), Words{"replicaof=h 1"});
  EXPECT_EQ(get(config, {"shutdown-on-sig*"}),
            (Words{"shutdown-on-sigint=save force", "shutdown-on-sigterm=default"}));
  EXPECT_EQ(get(config, {"latency-tracking-info-percentiles"}),
            Words{"latency-tracking-info-percentiles=50 99.01 100"});
  EXPECT_EQ(get(config, {"client-output-buffer-limit"}),
            Words{"client-output-buffer-limit=normal 1073741824 268435456 60 slave 268435456 "
                  "67108864 60 pubsub 33554432 8388608 60"});
  EXPECT_EQ(get(config, {"save"}), Words{"save=3600 1 300 100 60 10000"});
  EXPECT_EQ(get(config, {"protected-mode"}), Words{"protected-mode=yes"});
  EXPECT_EQ(get(config, {"requirepass"}), Words{"requirepass="});
}

TEST(ConfigSet, changes_are_reported) {
  Config config;
  const std::vector<NameValue> pairs = {
      {"maxmemory", "100mb"}, {"TIMEOUT", "0"}, {"appendonly", "YES"}, {"save", "60 1 30 2"}};
  const auto changed = config_set(config, pairs, {});
  ASSERT_TRUE(changed) << changed.error();
  std::vector<std::string_view> names;
  for (const Row* row : *changed) {
    names.push_back(row->name);
  }
  EXPECT_EQ(names, (std::vector<std::string_view>{"maxmemory", "appendonly", "save"}));
  EXPECT_EQ(config.maxmemory, 100 * kMib);
  EXPECT_TRUE(config.appendonly);
  EXPECT_EQ(config.save, (std::vector<SavePoint>{{60, 1}, {30, 2}}));
}

TEST(ConfigSet, all_or_nothing) {
  EXPECT_EQ(error_of({{"maxmemory", "1gb"}, {"timeout", "5"}, {"maxclients", "0"}}),
            about("maxclients", "argument must be between 1 and 4294967295 inclusive"));
  EXPECT_EQ(error_of({{"maxmemory", "1gb"}, {"no-such", "1"}}),
            "ERR Unknown option or number of arguments for CONFIG SET - 'no-such'");
}

TEST(ConfigSet, names_are_checked_before_values) {
  EXPECT_EQ(error_of({{"port", "x"}, {"databases", "1"}}),
            about("databases", "can't set immutable config"));
  EXPECT_EQ(error_of({{"port", "1"}, {"PORT", "2"}}), about("PORT", "duplicate parameter"));
  EXPECT_EQ(error_of({{"replica-priority", "1"}, {"slave-priority", "2"}}),
            about("slave-priority", "duplicate parameter"));
}

TEST(ConfigSet, protected_parameters_follow_their_switch) {
  const std::string denied = about("dir", "can't set protected config");
  EXPECT_EQ(error_of({{"dir", "/"}}), denied);
  EXPECT_EQ(error_of({{"dir", "/"}}, true), denied);
  EXPECT_EQ(error_of({{"dir", "/"}}, false, {.enable_protected_configs = ProtectedAction::local}),
            denied);
  EXPECT_EQ(error_of({{"dir", "/"}}, true, {.enable_protected_configs = ProtectedAction::local}),
            "no error");
  const Config open = {.enable_protected_configs = ProtectedAction::yes};
  EXPECT_EQ(error_of({{"dir", "/"}}, false, open), "no error");
  EXPECT_EQ(error_of({{"dir", "/nowhere"}}, false, open),
            about("dir", "No such file or directory"));
  EXPECT_EQ(error_of({{"dir", "/etc/passwd"}}, false, open), about("dir", "Not a directory"));
  EXPECT_EQ(error_of({{"dbfilename", "a/b"}}, false, open),
            about("dbfilename", "dbfilename can't be a path, just a filename"));
}

struct Case {
  const char* name;
  const char* value;
  const char* reason;
};

TEST(ConfigSet, reasons_are_those_of_redis) {
  const Case cases[] = {
      {"port", "65536", "argument must be between 0 and 65535 inclusive"},
      {"port", "007", "argument couldn't be parsed into an integer"},
      {"port", "+1", "argument couldn't be parsed into an integer"},
      {"port", "", "argument couldn't be parsed into an integer"},
      {"maxclients", "-1", "argument must be between 1 and 4294967295 inclusive"},
      {"maxmemory", "-1", "argument must be a memory value"},
      {"maxmemory", "99999999999999999999gb", "argument must be a memory value"},
      {"maxmemory-clients", "500%", "percentage argument must be less or equal to 100"},
      {"maxmemory-clients", "abc", "argument must be a memory or percent value"},
      {"proto-max-bulk-len", "10",
       "argument must be between 1048576 and 9223372036854775807 inclusive"},
      {"list-max-listpack-size", "99999999999",
       "argument must be between -2147483648 and 2147483647 inclusive"},
      {"appendonly", "maybe", "argument must be 'yes' or 'no'"},
      {"maxmemory-policy", "x",
       "argument(s) must be one of the following: volatile-lru, volatile-lfu, volatile-random, "
       "volatile-ttl, allkeys-lru, allkeys-lfu, allkeys-random, noeviction"},
      {"shutdown-on-sigint", "save x",
       "argument(s) must be one of the following: default, save, nosave, now, force"},
      {"shutdown-on-sigint", "save nosave",
       "shutdown options SAVE and NOSAVE can't be used simultaneously"},
      {"save", "3600  1", "Invalid save parameters"},
      {"save", "0 1", "Invalid save parameters"},
      {"save", "1 -1", "Invalid save parameters"},
      {"client-output-buffer-limit", "x 1 2 3",
       "Invalid client class specified in buffer limit configuration."},
      {"client-output-buffer-limit", "master 1 2 3",
       "Invalid client class specified in buffer limit configuration."},
      {"client-output-buffer-limit", "replica 1 2",
       "Wrong number of arguments in buffer limit configuration."},
      {"client-output-buffer-limit", "replica 1 x 2",
       "Error in hard, soft or soft_seconds setting in buffer limit configuration."},
      {"client-output-buffer-limit", "replica 1 2 -2",
       "Error in hard, soft or soft_seconds setting in buffer limit configuration."},
      {"notify-keyspace-events", "Kq", "Invalid event class character. Use 'Ag$lshzxeKEtmdn'."},
      {"latency-tracking-info-percentiles", "50 200",
       "latency-tracking-info-percentiles parameters should sit between [0.0,100.0]"},
      {"latency-tracking-info-percentiles", "50 x",
       "Invalid latency-tracking-info-percentiles parameters"},
      {"oom-score-adj-values", "1 2", "wrong number of arguments"},
      {"oom-score-adj-values", "1 2 9999",
       "Invalid oom-score-adj-values, elements must be between -2000 and 2000."},
      {"cluster-announce-hostname", "a_b",
       "Hostnames may only contain alphanumeric characters, hyphens or dots"},
      {"proc-title-template", "{x}", "template format is invalid or contains unknown variables"},
      {"unixsocketperm", "7", "can't set immutable config"},
      {"bind", "1 2 3 4 5 6 7 8 9 10 11 12 13 14 15 16 17", "Too many bind addresses specified."},
  };
  for (const Case& c : cases) {
    EXPECT_EQ(error_of({{c.name, c.value}}), about(c.name, c.reason)) << c.value;
  }
}

TEST(ConfigSet, lists_and_limits) {
  Config config;
  const auto set = [&config](const char* name, const char* value) {
    const std::vector<NameValue> pairs = {{name, value}};
    const auto outcome = config_set(config, pairs, {});
    EXPECT_TRUE(outcome) << outcome.error();
  };
  set("save", "");
  EXPECT_TRUE(config.save.empty());
  set("bind", "");
  EXPECT_TRUE(config.bind.empty());
  set("latency-tracking-info-percentiles", "");
  EXPECT_TRUE(config.latency_tracking_info_percentiles.empty());
  set("client-output-buffer-limit", "slave 1k 2k 3 normal 5 6 7");
  EXPECT_EQ(config.client_output_buffer_limit.replica, (OutputLimit{1000, 2000, 3}));
  EXPECT_EQ(config.client_output_buffer_limit.normal, (OutputLimit{5, 6, 7}));
  EXPECT_EQ(config.client_output_buffer_limit.pubsub, (OutputLimit{32 * kMib, 8 * kMib, 60}));
  set("hz", "100000");
  EXPECT_EQ(config.hz, 500);
  set("oom-score-adj", "relative");
  EXPECT_EQ(get(config, {"oom-score-adj"}), Words{"oom-score-adj=yes"});
  set("shutdown-on-sigterm", "NOW force");
  EXPECT_EQ(config.shutdown_on_sigterm, kShutdownNow | kShutdownForce);
  set("maxmemory-clients", "3%");
  EXPECT_EQ(config.maxmemory_clients, -3);
}

TEST(ConfigLog, options_follow_the_config) {
  Config config;
  config.loglevel = log::Level::warning;
  config.logfile = "x";
  config.syslog_enabled = true;
  config.syslog_facility = SyslogFacility::local7;
  const log::Options options = log_options(config);
  EXPECT_EQ(options.level, log::Level::warning);
  EXPECT_EQ(options.file, "x");
  EXPECT_TRUE(options.syslog);
  EXPECT_EQ(options.syslog_ident, "gyre");
  EXPECT_EQ(options.syslog_facility, LOG_LOCAL7);
  EXPECT_EQ(log_options(Config()).syslog_facility, LOG_LOCAL0);
}

TEST(ConfigSet, error_without_a_reason) {
  EXPECT_EQ(config_set_error("port", ""),
            "ERR CONFIG SET failed (possibly related to argument 'port')");
}

}  // namespace
}  // namespace gyre::server
