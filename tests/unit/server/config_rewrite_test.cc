// Tests of CONFIG REWRITE: only what differs changes, the rest of the file stays.
#include "server/config_rewrite.h"

#include <sys/stat.h>

#include <gtest/gtest.h>

#include "config_test_files.h"
#include "server/config_toml.h"
#include "server/config_value.h"

namespace gyre::server {
namespace {

std::string toml(const Config& config, const std::string& text) {
  const auto result = rewritten_toml(config, text, "t.toml");
  return result ? *result : "error: " + result.error();
}

std::string conf(const Config& config, const std::string& text) {
  const auto result = rewritten_redis_conf(config, text, "t.conf");
  return result ? *result : "error: " + result.error();
}

// A config that differs from the default in every parameter that can differ.
Config all_changed() {
  Config config;
  for (const Table& table : config_tables()) {
    for (const Row& row : table.rows) {
      const auto try_word = [&](const std::string& word) {
        const Words words = {word};
        return set_value(config, row, words).has_value();
      };
      if (row.kind == Kind::yes_no) {
        try_word(value_text(config, row) == "yes" ? "no" : "yes");
      } else if (row.kind == Kind::choice) {
        const std::string now = value_text(config, row);
        try_word(std::string(row.choices[row.choices[0] == now ? 1 : 0]));
      } else if (row.kind == Kind::text && row.check == nullptr) {
        try_word("a \"quoted\" \\ text, # not a comment\t\xc3\xa9");
      } else if (row.kind != Kind::list && row.kind != Kind::text) {
        const int64_t now = config.*std::get<int64_t Config::*>(row.field);
        config.*std::get<int64_t Config::*>(row.field) = now == row.max ? now - 1 : now + 1;
      }
    }
  }
  config.hz = 17;
  config.bind = {"10.0.0.1", "-::1"};
  config.save = {{1, 2}, {3, 4}};
  config.client_output_buffer_limit.normal = {1, 2, 3};
  config.replicaof = {"host", 1};
  config.latency_tracking_info_percentiles = {1.5, 2};
  config.oom_score_adj_values = {-1, 2, 3};
  config.notify_keyspace_events = kEventKeyspace | kEventAll;
  config.shutdown_on_sigint = kShutdownNow;
  config.shutdown_on_sigterm = kShutdownSave | kShutdownForce;
  config.dir = "/";
  config.dbfilename = "x.rdb";
  config.cluster_announce_hostname = "a.b-c";
  config.maxmemory_clients = -50;
  normalize(config);
  return config;
}

void expect_same(const Config& a, const Config& b) {
  for (const Table& table : config_tables()) {
    for (const Row& row : table.rows) {
      EXPECT_EQ(value_text(a, row), value_text(b, row)) << row.name;
    }
  }
}

TEST(ConfigRewrite, an_unchanged_config_leaves_every_byte) {
  const std::string text =
      "# head\n[network]   # net\nport=7000# no space\n\n[limits]\nproto-max-bulk-len = \"2mb\"";
  EXPECT_EQ(toml(toml_config(text), text), text + "\n");
  const std::string lines = "# head\nPort   7000\n\nmaxmemory 1gb\nvm-enabled yes\n";
  EXPECT_EQ(conf(conf_config(lines), lines), lines);
}

TEST(ConfigRewrite, toml_values_change_in_place) {
  const std::string text =
      "# \xc3\xa9 head\n[network]\nport = 7000 # the port \xe2\x82\xac\n"
      "unixsocket = '\xc3\xa9' # socket\nbind = [\n  \"a\", # one\n  \"b\",\n] # end\n"
      "timeout = 1\n[log]\nloglevel = \"debug\"\n";
  Config config = toml_config(text);
  config.port = 7001;
  config.unixsocket = "/tmp/\"x\"";
  config.bind = {"c"};
  config.loglevel = log::Level::warning;
  EXPECT_EQ(toml(config, text),
            "# \xc3\xa9 head\n[network]\nport = 7001 # the port \xe2\x82\xac\n"
            "unixsocket = \"/tmp/\\\"x\\\"\" # socket\nbind = [\"c\"] # end\n"
            "timeout = 1\n[log]\nloglevel = \"warning\"\n");
}

TEST(ConfigRewrite, toml_parameters_are_added_to_their_table) {
  const std::string text = "[network]\nport = 1\n# about nothing\n\n[log]\n# empty table";
  Config config = toml_config(text);
  config.timeout = 5;
  config.tcp_keepalive = 6;
  config.loglevel = log::Level::debug;
  config.maxclients = 7;
  config.proto_max_bulk_len = 3 * kMib;
  EXPECT_EQ(toml(config, text),
            "[network]\nport = 1\ntcp-keepalive = 6\ntimeout = 5\n# about nothing\n\n"
            "[log]\nloglevel = \"debug\"\n# empty table\n"
            "\n[limits]\nmaxclients = 7\nproto-max-bulk-len = \"3mb\"\n");
}

TEST(ConfigRewrite, toml_of_other_forms) {
  Config config = toml_config("network = { port = 1 }\n");
  config.timeout = 5;
  config.tcp_keepalive = 6;
  EXPECT_EQ(toml(config, "network = { port = 1 }\n"),
            "network = { port = 1, tcp-keepalive = 6, timeout = 5 }\n");
  EXPECT_EQ(toml(config, "network = {}\nlog.loglevel='notice'\n"),
            "network = {port = 1, tcp-keepalive = 6, timeout = 5}\nlog.loglevel='notice'\n");
  EXPECT_EQ(toml(config, "network.port = 2\n[log]\n"),
            "network.port = 1\nnetwork.tcp-keepalive = 6\nnetwork.timeout = 5\n[log]\n");
  EXPECT_EQ(toml(config, ""), "\n[network]\nport = 1\ntcp-keepalive = 6\ntimeout = 5\n");
}

TEST(ConfigRewrite, every_parameter_survives_a_round_trip) {
  const Config config = all_changed();
  const std::string new_toml = toml(config, "");
  expect_same(config, toml_config(new_toml));
  EXPECT_EQ(toml(config, new_toml), new_toml) << "a second rewrite has nothing to do";
  const std::string new_conf = conf(config, "");
  expect_same(config, conf_config(new_conf));
  EXPECT_EQ(conf(config, new_conf), new_conf);
  const std::string back = toml(toml_config(""), new_toml);
  expect_same(toml_config(""), toml_config(back));
}

// Any file that says some of the parameters, any config: the new file says exactly the config.
TEST(ConfigRewrite, any_file_can_be_brought_to_any_config) {
  const Config changed = all_changed();
  uint64_t seed = 1;
  const auto chance = [&seed](uint64_t one_in) {
    seed = seed * 6364136223846793005U + 1442695040888963407U;
    return (seed >> 33) % one_in == 0;
  };
  for (int round = 0; round < 60; ++round) {
    Config wanted = toml_config("");
    std::string text_toml = "# \xe2\x82\xac\n";
    std::string text_conf;
    for (const Table& table : config_tables()) {
      const bool has_header = !chance(4);
      text_toml += has_header ? "[" + std::string(table.name) + "] # table\n" : "";
      for (const Row& row : table.rows) {
        const Words words = value_words(changed, row);
        if (chance(2)) {
          ASSERT_TRUE(set_value(wanted, row, words)) << row.name;
        }
        if (chance(3) && has_header) {
          const std::string value = toml_text(chance(2) ? changed : Config(), row);
          text_toml += (chance(3) ? "  \"" + std::string(row.key_in_table()) + "\"   =\t"
                                  : std::string(row.key_in_table()) + "=") +
                       value + (chance(3) ? " # \xc3\xa9 [x] = \"y\"\n\n" : "\n");
        }
        if (chance(3)) {
          Config one;
          ASSERT_TRUE(set_value(one, row, words));
          const std::string lines = conf(one, "");
          text_conf += chance(2) ? lines : "# x\n" + lines + "  \n";
        }
      }
    }
    normalize(wanted);
    const std::string new_toml = toml(wanted, text_toml);
    ASSERT_FALSE(new_toml.starts_with("error: ")) << new_toml << "\n" << text_toml;
    expect_same(wanted, toml_config(new_toml));
    expect_same(wanted, conf_config(conf(wanted, text_conf)));
    ASSERT_FALSE(HasFailure()) << "round " << round << "\n" << text_toml << text_conf;
  }
}

TEST(ConfigRewrite, what_toml_cannot_hold_is_refused) {
  Config config = toml_config("");
  config.requirepass = "\xff";
  EXPECT_TRUE(toml(config, "").starts_with("error: ")) << toml(config, "");
  EXPECT_EQ(conf_config(conf(config, "")).requirepass, "\xff");
}

TEST(ConfigRewrite, conf_lines_change_in_place) {
  const std::string text =
      "# head\nPORT 1\n# mid\nsave 1 2\nsave 3 4\n# end\nrename-command A B\nslave-priority 5\n";
  Config config = conf_config(text);
  config.port = 2;
  config.save = {{5, 6}, {7, 8}};
  config.replica_priority = 9;
  config.requirepass = "a b";
  EXPECT_EQ(conf(config, text),
            "# head\nport 2\n# mid\nsave 5 6\nsave 7 8\n# end\nrename-command A B\n"
            "replica-priority 9\n# Generated by CONFIG REWRITE\nrequirepass \"a b\"\n");
}

TEST(ConfigRewrite, conf_lists_can_be_emptied_and_grow_once) {
  Config config = conf_config("save 1 2\nbind a\n");
  config.save = {};
  config.bind = {};
  EXPECT_EQ(conf(config, "save 1 2\nbind a\n"), "save \"\"\nbind \"\"\n");
  config.timeout = 3;
  config.hz = 20;
  const std::string once = conf(config, "save \"\"\nbind \"\"");
  EXPECT_EQ(once, "save \"\"\nbind \"\"\n# Generated by CONFIG REWRITE\ntimeout 3\nhz 20\n");
  config.tcp_keepalive = 4;
  EXPECT_EQ(conf(config, once), once + "tcp-keepalive 4\n");
}

TEST(ConfigRewrite, conf_wins_over_its_includes) {
  const TestFolder folder;
  const std::string include =
      "include " + folder.write("i.conf", "port 5\nsave 9 9\nmaxclients 77\n") + "\n";
  const std::string text = "port 1\n" + include;
  Config config = conf_config(text);
  EXPECT_EQ(conf(config, text), text);
  config.port = 6379;
  config.save = {{1, 1}};
  const std::string result = conf(config, text);
  expect_same(config, conf_config(result));
  EXPECT_TRUE(result.starts_with("port 6379\n" + include)) << result;
}

TEST(ConfigRewrite, files_are_replaced_with_their_mode) {
  const TestFolder folder;
  const std::string path = folder.write("a.toml", "[network]\nport = 1\n");
  chmod(path.c_str(), 0640);
  Config config = toml_config("");
  config.port = 2;
  ASSERT_TRUE(config_rewrite(config, path, ConfigForm::toml));
  EXPECT_EQ(folder.read("a.toml"), "[network]\nport = 2\n");
  struct stat status = {};
  ASSERT_EQ(stat(path.c_str(), &status), 0);
  EXPECT_EQ(status.st_mode & 0777u, 0640u);
  EXPECT_EQ(std::distance(std::filesystem::directory_iterator(folder.path()),
                          std::filesystem::directory_iterator()),
            1)
      << "no temporary file stays behind";
}

TEST(ConfigRewrite, failures_have_the_texts_of_redis) {
  EXPECT_EQ(config_rewrite(Config(), "", ConfigForm::toml).error(),
            "ERR The server is running without a config file");
  EXPECT_EQ(config_rewrite(Config(), "/nowhere/x.conf", ConfigForm::redis_conf).error(),
            "ERR Rewriting config file: can't open config file '/nowhere/x.conf': No such file or "
            "directory");
  const TestFolder folder;
  const std::string path = folder.write("a.toml", "[network\n");
  EXPECT_TRUE(config_rewrite(Config(), path, ConfigForm::toml)
                  .error()
                  .starts_with("ERR Rewriting config file: " + path + ":1: "));
  EXPECT_EQ(folder.read("a.toml"), "[network\n") << "a file that cannot be read is left alone";
}

}  // namespace
}  // namespace gyre::server
