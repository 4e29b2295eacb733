// Tests of importing a redis.conf, and of single settings after it.
#include <gtest/gtest.h>

#include "config_test_files.h"

namespace gyre::server {
namespace {

std::string error_of(const std::string& text, bool strict = false) {
  const Checked<LoadedConfig> loaded = load_text(text, ConfigForm::redis_conf, strict);
  return loaded ? "no error" : loaded.error();
}

Checked<LoadedConfig> with_overrides(const std::string& conf, std::vector<Override> overrides) {
  const TestFolder folder;
  LoadRequest request{.overrides = std::move(overrides)};
  if (!conf.empty()) {
    request.file = folder.write("t.conf", conf);
    request.form = ConfigForm::redis_conf;
  }
  return load_config(request);
}

TEST(ConfigConf, a_distribution_file_is_imported) {
  const auto loaded = load_text(R"(
# A file such as packages ship it.
bind 127.0.0.1 -::1
protected-mode yes
PORT 6380
tcp-backlog 128
  timeout 30

io-threads 4
daemonize yes
supervised auto
pidfile /run/redis/redis-server.pid
loglevel verbose
logfile ""
databases 4
save 3600 1
save 300 100
save 60 10000
dbfilename "my dump.rdb"
slave-read-only no
rename-command CONFIG ""
rename-command FLUSHALL 'wipe all'
user alice on >secret ~* +@all
user bob off
maxmemory 100mb
maxmemory-policy allkeys-LRU
client-output-buffer-limit normal 0 0 0
client-output-buffer-limit replica 256mb 64mb 60
client-output-buffer-limit pubsub 32mb 8mb 60
hash-max-ziplist-entries 99
list-max-ziplist-entries 512
notify-keyspace-events ""
hz 0
unixsocketperm 700
requirepass "p\x41ss \"word\""
)",
                                ConfigForm::redis_conf);
  ASSERT_TRUE(loaded) << loaded.error();
  const Config& config = loaded->config;
  EXPECT_EQ(config.bind, (Words{"127.0.0.1", "-::1"}));
  EXPECT_EQ(config.port, 6380);
  EXPECT_EQ(config.tcp_backlog, 128);
  EXPECT_EQ(config.timeout, 30);
  EXPECT_TRUE(config.daemonize);
  EXPECT_EQ(config.supervised, Supervised::auto_detect);
  EXPECT_EQ(config.loglevel, log::Level::verbose);
  EXPECT_EQ(config.databases, 4);
  EXPECT_EQ(config.save, (std::vector<SavePoint>{{3600, 1}, {300, 100}, {60, 10000}}));
  EXPECT_EQ(config.dbfilename, "my dump.rdb");
  EXPECT_FALSE(config.replica_read_only);
  EXPECT_EQ(config.maxmemory, 100 * kMib);
  EXPECT_EQ(config.maxmemory_policy, MaxmemoryPolicy::allkeys_lru);
  EXPECT_EQ(config.client_output_buffer_limit.normal, (OutputLimit{0, 0, 0}));
  EXPECT_EQ(config.client_output_buffer_limit.pubsub, (OutputLimit{32 * kMib, 8 * kMib, 60}));
  EXPECT_EQ(config.hash_max_listpack_entries, 99);
  EXPECT_EQ(config.hz, 1) << "Redis moves hz into its range without a word";
  EXPECT_EQ(config.unixsocketperm, 0700);
  EXPECT_EQ(config.requirepass, "pAss \"word\"");
  ASSERT_EQ(loaded->renames.size(), 2u);
  EXPECT_EQ(loaded->renames[0].from, "CONFIG");
  EXPECT_EQ(loaded->renames[0].to, "");
  EXPECT_EQ(loaded->renames[1].to, "wipe all");
  EXPECT_EQ(loaded->users,
            (std::vector<Words>{{"alice", "on", ">secret", "~*", "+@all"}, {"bob", "off"}}));
  EXPECT_EQ(loaded->form, ConfigForm::redis_conf);
  const std::vector<std::string>& warnings = loaded->warnings;
  EXPECT_NE(std::find(warnings.begin(), warnings.end(),
                      "t.conf:9: io-threads: Accepted and ignored; each core does its own I/O, see "
                      "cores."),
            warnings.end());
}

TEST(ConfigConf, unknown_directives_warn_or_stop) {
  const std::string text = "port 1\n\nvm-enabled yes\nloadmodule /x.so a b\n";
  const auto loaded = load_text(text, ConfigForm::redis_conf);
  ASSERT_TRUE(loaded) << loaded.error();
  EXPECT_EQ(loaded->config.port, 1);
  EXPECT_EQ(loaded->warnings, (Words{"t.conf:3: unknown directive 'vm-enabled' is ignored",
                                     "t.conf:4: unknown directive 'loadmodule' is ignored"}));
  EXPECT_EQ(error_of(text, true),
            "t.conf:3: 'vm-enabled yes': Bad directive or wrong number of arguments");
}

TEST(ConfigConf, faults_have_file_line_and_text) {
  EXPECT_EQ(error_of("port abc\n"),
            "t.conf:1: 'port abc': argument couldn't be parsed into an integer");
  EXPECT_EQ(error_of("\n\n  port 70000  \r\n"),
            "t.conf:3: 'port 70000': argument must be between 0 and 65535 inclusive");
  EXPECT_EQ(error_of("port 1 2\n"), "t.conf:1: 'port 1 2': wrong number of arguments");
  EXPECT_EQ(error_of("port\n"), "t.conf:1: 'port': wrong number of arguments");
  EXPECT_EQ(error_of("requirepass \"a\n"),
            "t.conf:1: 'requirepass \"a': Unbalanced quotes in configuration line");
  EXPECT_EQ(error_of("requirepass \"a\"b\n"),
            "t.conf:1: 'requirepass \"a\"b': Unbalanced quotes in configuration line");
  EXPECT_EQ(error_of("appendonly maybe\n"),
            "t.conf:1: 'appendonly maybe': argument must be 'yes' or 'no'");
  EXPECT_EQ(error_of("save 1\n"), "t.conf:1: 'save 1': Invalid save parameters");
  EXPECT_EQ(error_of("replicaof h 99999\n"), "t.conf:1: 'replicaof h 99999': Invalid master port");
  EXPECT_EQ(error_of("client-output-buffer-limit normal 1 2\n"),
            "t.conf:1: 'client-output-buffer-limit normal 1 2': Wrong number of arguments in "
            "buffer limit configuration.");
}

TEST(ConfigConf, save_lines_add_up_after_the_first) {
  EXPECT_EQ(conf_config("").save.size(), 3u) << "the default";
  EXPECT_EQ(conf_config("save 1 2\n").save, (std::vector<SavePoint>{{1, 2}}));
  EXPECT_EQ(conf_config("save 1 2 3 4\nsave 5 6\n").save,
            (std::vector<SavePoint>{{1, 2}, {3, 4}, {5, 6}}));
  EXPECT_TRUE(conf_config("save 1 2\nsave \"\"\n").save.empty());
  EXPECT_EQ(conf_config("save \"\"\nsave 1 2\n").save, (std::vector<SavePoint>{{1, 2}}));
  EXPECT_EQ(conf_config("save \"1 2 3 4\"\n").save, (std::vector<SavePoint>{{1, 2}, {3, 4}}));
}

TEST(ConfigConf, bind_can_be_emptied_and_is_bounded) {
  EXPECT_TRUE(conf_config("bind \"\"\n").bind.empty());
  EXPECT_EQ(conf_config("bind a b c\n").bind, (Words{"a", "b", "c"}));
  EXPECT_EQ(error_of("bind 1 2 3 4 5 6 7 8 9 10 11 12 13 14 15 16 17\n"),
            "t.conf:1: 'bind 1 2 3 4 5 6 7 8 9 10 11 12 13 14 15 16 17': Too many bind addresses "
            "specified.");
}

TEST(ConfigConf, includes_are_read_in_place) {
  const TestFolder folder;
  folder.write("d/1.conf", "timeout 11\nport 11\n");
  folder.write("d/2.conf", "timeout 12\nbroken-directive\n");
  const std::string main =
      folder.write("main.conf", "port 5\ninclude " + folder.path("d/*.conf") + "\nhz 20\n");
  const auto loaded = load_config({.file = main, .form = ConfigForm::redis_conf});
  ASSERT_TRUE(loaded) << loaded.error();
  EXPECT_EQ(loaded->config.port, 11) << "the later line wins";
  EXPECT_EQ(loaded->config.timeout, 12);
  EXPECT_EQ(loaded->config.hz, 20);
  EXPECT_EQ(loaded->warnings,
            Words{folder.path("d/2.conf") + ":2: unknown directive 'broken-directive' is ignored"});
}

TEST(ConfigConf, includes_that_fail_name_the_line) {
  EXPECT_EQ(error_of("port 1\ninclude /does/not/exist.conf\n"),
            "t.conf:2: include: can't open config file '/does/not/exist.conf': No such file or "
            "directory");
  EXPECT_EQ(error_of("include /does/not/*.conf\n"), "no error") << "a pattern may match nothing";
  const TestFolder folder;
  const std::string self = folder.path("self.conf");
  folder.write("self.conf", "include " + self + "\n");
  const auto loaded = load_config({.file = self, .form = ConfigForm::redis_conf});
  ASSERT_FALSE(loaded);
  EXPECT_EQ(loaded.error(),
            self + ":1: include '" + self + "': files include each other too deeply");
}

TEST(ConfigConf, overrides_come_after_the_file) {
  const auto loaded =
      with_overrides("port 1\nbind 9.9.9.9\n",
                     {{.name = "PORT", .words = {"2"}}, {.name = "bind", .words = {"a b"}}});
  ASSERT_TRUE(loaded) << loaded.error();
  EXPECT_EQ(loaded->config.port, 2);
  EXPECT_EQ(loaded->config.bind, (Words{"a", "b"}));
}

TEST(ConfigConf, save_overrides_add_to_a_conf_unless_set) {
  const auto added = with_overrides("save 1 2\n", {{.name = "save", .words = {"3", "4"}}});
  EXPECT_EQ(added->config.save, (std::vector<SavePoint>{{1, 2}, {3, 4}}));
  const auto set =
      with_overrides("save 1 2\n", {{.name = "save", .words = {"3 4"}, .replace = true}});
  EXPECT_EQ(set->config.save, (std::vector<SavePoint>{{3, 4}}));
  const auto alone = with_overrides("", {{.name = "save", .words = {"3", "4"}}});
  EXPECT_EQ(alone->config.save, (std::vector<SavePoint>{{3, 4}}));
}

TEST(ConfigConf, bad_overrides_always_stop) {
  EXPECT_EQ(with_overrides("", {{.name = "foo", .words = {"--bar"}}}).error(),
            "command line: 'foo \"--bar\"': Bad directive or wrong number of arguments");
  EXPECT_EQ(with_overrides("", {{.name = "port", .words = {"--foo"}}}).error(),
            "command line: 'port \"--foo\"': argument couldn't be parsed into an integer");
  EXPECT_EQ(with_overrides("", {{.name = "port", .words = {}}}).error(),
            "command line: 'port': wrong number of arguments");
}

TEST(ConfigConf, dir_becomes_absolute) {
  const TestFolder folder;
  const auto loaded = with_overrides("", {{.name = "dir", .words = {folder.path() + "/../"}}});
  ASSERT_TRUE(loaded) << loaded.error();
  EXPECT_EQ(loaded->config.dir, std::filesystem::canonical(folder.path()).parent_path().string());
}

TEST(ConfigConf, file_names_tell_their_form) {
  EXPECT_EQ(form_of_file("/etc/redis.conf"), ConfigForm::redis_conf);
  EXPECT_EQ(form_of_file("gyre.toml"), ConfigForm::toml);
  EXPECT_EQ(form_of_file("settings"), std::nullopt);
}

}  // namespace
}  // namespace gyre::server
