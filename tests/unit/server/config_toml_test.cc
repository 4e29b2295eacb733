// Tests of loading TOML: every type of value, and every fault with its line.
#include <gtest/gtest.h>

#include "config_test_files.h"

namespace gyre::server {
namespace {

std::string error_of(const std::string& text) {
  const Checked<LoadedConfig> loaded = load_text(text, ConfigForm::toml);
  return loaded ? "no error" : loaded.error();
}

TEST(ConfigToml, every_type_is_read) {
  const Config config = toml_config(R"(
[network]
port = 7000
protected-mode = false
bind = ["127.0.0.1", "-::1"]
unixsocketperm = "770"
[limits]
proto-max-bulk-len = "64mb"
client-query-buffer-limit = 2097152
maxmemory-clients = "5%"
client-output-buffer-limit = ["normal 1mb 2kb 3", "pubsub 0 0 0"]
[runtime]
pipeline-order = "strict"
oom-score-adj-values = [1, 2, -3]
shutdown-on-sigterm = ["nosave", "now"]
[io]
spin-us = -1
[persistence]
save = ["60 1", "30 5"]
[replication]
replicaof = "10.0.0.1 6380"
[security]
requirepass = "a \"b\" \u00e9"
enable-debug-command = "local"
[log]
loglevel = "verbose"
[monitoring]
latency-tracking-info-percentiles = [50, 99.9, 100.0]
[data]
notify-keyspace-events = "KEA"
list-max-listpack-size = -5
)");
  EXPECT_EQ(config.port, 7000);
  EXPECT_FALSE(config.protected_mode);
  EXPECT_EQ(config.bind, (Words{"127.0.0.1", "-::1"}));
  EXPECT_EQ(config.unixsocketperm, 0770);
  EXPECT_EQ(config.proto_max_bulk_len, 64 * kMib);
  EXPECT_EQ(config.client_query_buffer_limit, 2 * kMib);
  EXPECT_EQ(config.maxmemory_clients, -5);
  EXPECT_EQ(config.client_output_buffer_limit.normal, (OutputLimit{kMib, 2 * kKib, 3}));
  EXPECT_EQ(config.client_output_buffer_limit.replica, (OutputLimit{256 * kMib, 64 * kMib, 60}));
  EXPECT_EQ(config.client_output_buffer_limit.pubsub, (OutputLimit{0, 0, 0}));
  EXPECT_EQ(config.pipeline_order, PipelineOrder::strict);
  EXPECT_EQ(config.oom_score_adj_values, (std::array<int64_t, 3>{1, 2, -3}));
  EXPECT_EQ(config.shutdown_on_sigterm, kShutdownNosave | kShutdownNow);
  EXPECT_EQ(config.save, (std::vector<SavePoint>{{60, 1}, {30, 5}}));
  EXPECT_EQ(config.replicaof, (PrimaryAddress{"10.0.0.1", 6380}));
  EXPECT_EQ(config.requirepass, "a \"b\" \xc3\xa9");
  EXPECT_EQ(config.enable_debug_command, ProtectedAction::local);
  EXPECT_EQ(config.loglevel, log::Level::verbose);
  EXPECT_EQ(config.latency_tracking_info_percentiles, (std::vector<double>{50, 99.9, 100}));
  EXPECT_EQ(config.notify_keyspace_events, kEventAll | kEventKeyspace | kEventKeyevent);
  EXPECT_EQ(config.list_max_listpack_size, -5);
  EXPECT_EQ(config.maxclients, 10000) << "what the file does not name keeps its default";
}

TEST(ConfigToml, empty_lists_switch_off) {
  const Config config = toml_config(
      "[network]\nbind = []\n[persistence]\nsave = []\n[monitoring]\n"
      "latency-tracking-info-percentiles = []\n[data]\nnotify-keyspace-events = \"\"\n");
  EXPECT_TRUE(config.bind.empty());
  EXPECT_TRUE(config.save.empty());
  EXPECT_TRUE(config.latency_tracking_info_percentiles.empty());
  EXPECT_EQ(config.notify_keyspace_events, 0u);
}

TEST(ConfigToml, other_spellings_of_tables_and_lists) {
  EXPECT_EQ(toml_config("network.port = 1\nnetwork.timeout = 2\n").timeout, 2);
  EXPECT_EQ(toml_config("network = { port = 1, timeout = 2 }\n").timeout, 2);
  EXPECT_EQ(toml_config("[persistence]\nsave = [[60, 1], [30, 5]]\n").save,
            (std::vector<SavePoint>{{60, 1}, {30, 5}}));
  EXPECT_EQ(toml_config("[network]\nbind = \"127.0.0.1 ::1\"\n").bind, (Words{"127.0.0.1", "::1"}));
}

TEST(ConfigToml, unknown_keys_and_tables_are_named_with_a_guess) {
  EXPECT_EQ(error_of("[network]\n\nprot = 1\n"),
            "t.toml:3: [network] prot: expected a parameter of this table, got an unknown key "
            "(did you mean port?)");
  EXPECT_EQ(error_of("[network]\nsomething-else = 1\n"),
            "t.toml:2: [network] something-else: expected a parameter of this table, got an "
            "unknown key");
  EXPECT_EQ(error_of("[network]\nmaxclients = 1\n"),
            "t.toml:2: [network] maxclients: expected a parameter of this table, got one that "
            "belongs to [limits] as maxclients");
  EXPECT_EQ(error_of("[io]\nio-spin-us = 1\n"),
            "t.toml:2: [io] io-spin-us: expected a parameter of this table, got one that belongs "
            "to [io] as spin-us");
  EXPECT_EQ(error_of("\n[netwrk]\nport = 1\n"),
            "t.toml:2: [netwrk]: expected one of the tables network, limits, runtime, io, data, "
            "memory, persistence, replication, cluster, security, tls, log, monitoring, "
            "scripting, got an unknown table (did you mean [network]?)");
  EXPECT_EQ(error_of("port = 1\n"),
            "t.toml:1: port: expected inside the table [network], got outside of tables");
  EXPECT_EQ(error_of("\n\nnothing = 1\n"),
            "t.toml:3: nothing: expected a table, got an unknown key outside of tables");
  EXPECT_EQ(error_of("network = 3\n"),
            "t.toml:1: network: expected a table [network], got "
            "integer 3");
}

TEST(ConfigToml, what_the_library_takes_for_impossible_is_an_error) {
  EXPECT_EQ(error_of("\n[ = 10\n").substr(0, 9), "t.toml:2:");
  EXPECT_EQ(error_of("[network]\nport \xEF\xBB\xBB= 1\n").substr(0, 9), "t.toml:2:");
  EXPECT_EQ(error_of("[n\u00e9twork]\n").substr(0, 9), "t.toml:1:");
  EXPECT_EQ(error_of("[network]\nport = 70[\"1\u00e9\n").substr(0, 9), "t.toml:2:");
  EXPECT_EQ(error_of("[security]\nrequirepass = \"\u00e9\"  # \u00e9\n"), "no error");
}

TEST(ConfigToml, wrong_types_are_named) {
  EXPECT_EQ(error_of("[network]\nport = \"7000\"\n"),
            "t.toml:2: [network] port: expected an integer between 0 and 65535, got string "
            "\"7000\"");
  EXPECT_EQ(error_of("[network]\nport = 1.5\n"),
            "t.toml:2: [network] port: expected an integer between 0 and 65535, got float 1.5");
  EXPECT_EQ(error_of("[network]\nprotected-mode = \"yes\"\n"),
            "t.toml:2: [network] protected-mode: expected true or false, got string \"yes\"");
  EXPECT_EQ(error_of("[network]\nunixsocketperm = 700\n"),
            "t.toml:2: [network] unixsocketperm: expected a string holding an octal number from "
            "0 to 777, got integer 700");
  EXPECT_EQ(error_of("[network]\nunixsocket = true\n"),
            "t.toml:2: [network] unixsocket: expected a string, got boolean true");
  EXPECT_EQ(error_of("[network]\nbind = [\n  \"127.0.0.1\",\n  true\n]\n"),
            "t.toml:2: [network] bind: expected an array of at most 16 addresses, got an array");
  EXPECT_EQ(error_of("[log]\nloglevel = 3\n"),
            "t.toml:2: [log] loglevel: expected one of debug, verbose, notice, warning, nothing, "
            "got integer 3");
  EXPECT_EQ(error_of("[log]\nlogfile = 1979-05-27\n"),
            "t.toml:2: [log] logfile: expected a string, got a date or time");
  EXPECT_EQ(error_of("[memory]\nmaxmemory = { a = 1 }\n"),
            "t.toml:2: [memory] maxmemory: expected a size in bytes or such as \"64mb\" of at "
            "least 0, got a table");
}

TEST(ConfigToml, values_out_of_range_are_named) {
  EXPECT_EQ(error_of("[network]\nport = 65536\n"),
            "t.toml:2: [network] port: expected an integer between 0 and 65535, got integer "
            "65536");
  EXPECT_EQ(error_of("[network]\nport = -1\n"),
            "t.toml:2: [network] port: expected an integer between 0 and 65535, got integer -1");
  EXPECT_EQ(error_of("[limits]\nproto-max-bulk-len = \"1kb\"\n"),
            "t.toml:2: [limits] proto-max-bulk-len: expected a size in bytes or such as \"64mb\" "
            "of at least 1048576, got string \"1kb\"");
  EXPECT_EQ(error_of("[limits]\nmaxmemory-clients = \"101%\"\n"),
            "t.toml:2: [limits] maxmemory-clients: expected a size in bytes, such as \"64mb\", or "
            "up to \"100%\", got string \"101%\"");
  EXPECT_EQ(error_of("[memory]\nmaxmemory = \"5x\"\n"),
            "t.toml:2: [memory] maxmemory: expected a size in bytes or such as \"64mb\" of at "
            "least 0, got string \"5x\"");
  EXPECT_EQ(error_of("[log]\nloglevel = \"loud\"\n"),
            "t.toml:2: [log] loglevel: expected one of debug, verbose, notice, warning, nothing, "
            "got string \"loud\"");
  EXPECT_EQ(error_of("[persistence]\nsave = [\"1 2 3\"]\n"),
            "t.toml:2: [persistence] save: expected an array of strings \"SECONDS CHANGES\", such "
            "as [\"3600 1\", \"300 100\"], got an array (Invalid save parameters)");
  EXPECT_EQ(error_of("[persistence]\ndbfilename = \"a/b\"\n"),
            "t.toml:2: [persistence] dbfilename: expected a string, got string \"a/b\" "
            "(dbfilename can't be a path, just a filename)");
  EXPECT_EQ(error_of("[persistence]\ndir = \"/does/not/exist\"\n"),
            "t.toml:2: [persistence] dir: expected a string, got string \"/does/not/exist\" (No "
            "such file or directory)");
}

TEST(ConfigToml, what_is_not_toml_has_its_line) {
  EXPECT_TRUE(error_of("[network]\nport = \n").starts_with("t.toml:2: ")) << error_of("a=");
  EXPECT_TRUE(error_of("[network]\nport = 1\nport = 2\n").starts_with("t.toml:3: "));
  EXPECT_TRUE(error_of("[network\n").starts_with("t.toml:1: "));
  EXPECT_NE(error_of("\xff\xfe"), "no error");
}

TEST(ConfigToml, the_first_fault_of_the_file_is_reported) {
  EXPECT_TRUE(error_of("[tls]\ntls-port = -1\n[network]\nport = -1\n").starts_with("t.toml:2: "));
  EXPECT_TRUE(error_of("[network]\ntimeout = -1\nport = -1\n").starts_with("t.toml:2: "));
}

TEST(ConfigToml, settings_without_effect_are_warned_about) {
  const auto loaded = load_text("[persistence]\nappendonly = true\naof-use-rdb-preamble = false\n",
                                ConfigForm::toml);
  ASSERT_TRUE(loaded);
  EXPECT_EQ(loaded->warnings, Words{"t.toml:3: aof-use-rdb-preamble: Accepted without effect: this "
                                    "version lacks persistence."});
}

TEST(ConfigToml, a_missing_file_is_named) {
  const auto loaded = load_config({.file = "/does/not/exist.toml"});
  ASSERT_FALSE(loaded);
  EXPECT_EQ(loaded.error(),
            "can't open config file '/does/not/exist.toml': No such file or directory");
}

}  // namespace
}  // namespace gyre::server
