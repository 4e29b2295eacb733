// Tests of exec/table.h: names to rows, and arities from syntax lines as COMMAND INFO of Redis has
// them.
#include "exec/table.h"

#include <set>
#include <string>
#include <vector>

#include <gtest/gtest.h>

namespace gyre::exec {
namespace {

struct Line {
  std::string_view name;
  std::string_view syntax;
  int arity;
};

// Syntax and arity of Redis 7.0's commands, one of each kind of line.
// clang-format off
const Line kLines[] = {
    {"ACL CAT", "[categoryname]", -2},
    {"ACL DELUSER", "username [username ...]", -3},
    {"ACL DRYRUN", "username command [arg [arg ...]]", -4},
    {"ACL GENPASS", "[bits]", -2},
    {"ACL GETUSER", "username", 3},
    {"ACL HELP", "", 2},
    {"ACL LOG", "[count|RESET]", -2},
    {"ACL SETUSER", "username [rule [rule ...]]", -3},
    {"APPEND", "key value", 3},
    {"ASKING", "", 1},
    {"AUTH", "[username] password", -2},
    {"BGSAVE", "[SCHEDULE]", -1},
    {"BITCOUNT", "key [start end [BYTE|BIT]]", -2},
    {"BITOP", "operation destkey key [key ...]", -4},
    {"BITPOS", "key bit [start [end [BYTE|BIT]]]", -3},
    {"BLMOVE", "source destination LEFT|RIGHT LEFT|RIGHT timeout", 6},
    {"BLMPOP", "timeout numkeys key [key ...] LEFT|RIGHT [COUNT count]", -5},
    {"BLPOP", "key [key ...] timeout", -3},
    {"BRPOPLPUSH", "source destination timeout", 4},
    {"BZMPOP", "timeout numkeys key [key ...] MIN|MAX [COUNT count]", -5},
    {"CLIENT CACHING", "YES|NO", 3},
    {"CLIENT LIST", "[TYPE NORMAL|MASTER|REPLICA|PUBSUB] [ID client-id [client-id ...]]", -2},
    {"CLIENT NO-EVICT", "ON|OFF", 3},
    {"CLIENT PAUSE", "timeout [WRITE|ALL]", -3},
    {"CLIENT REPLY", "ON|OFF|SKIP", 3},
    {"CLIENT SETNAME", "connection-name", 3},
    {"CLIENT UNBLOCK", "client-id [TIMEOUT|ERROR]", -3},
    {"CLUSTER ADDSLOTS", "slot [slot ...]", -3},
    {"CLUSTER ADDSLOTSRANGE", "start-slot end-slot [start-slot end-slot ...]", -4},
    {"CLUSTER COUNT-FAILURE-REPORTS", "node-id", 3},
    {"CLUSTER COUNTKEYSINSLOT", "slot", 3},
    {"CLUSTER FAILOVER", "[FORCE|TAKEOVER]", -2},
    {"CLUSTER GETKEYSINSLOT", "slot count", 4},
    {"CLUSTER KEYSLOT", "key", 3},
    {"CLUSTER MEET", "ip port [cluster_bus_port]", -4},
    {"CLUSTER RESET", "[HARD|SOFT]", -2},
    {"CLUSTER SET-CONFIG-EPOCH", "config-epoch", 3},
    {"COMMAND DOCS", "[command-name [command-name ...]]", -2},
    {"COMMAND LIST", "[FILTERBY MODULE module-name|ACLCAT category|PATTERN pattern]", -2},
    {"CONFIG GET", "parameter [parameter ...]", -3},
    {"CONFIG SET", "parameter value [parameter value ...]", -4},
    {"COPY", "source destination [DB destination-db] [REPLACE]", -3},
    {"DECR", "key", 2},
    {"DECRBY", "key decrement", 3},
    {"DEL", "key [key ...]", -2},
    {"ECHO", "message", 2},
    {"EVAL", "script numkeys [key [key ...]] [arg [arg ...]]", -3},
    {"EVALSHA", "sha1 numkeys [key [key ...]] [arg [arg ...]]", -3},
    {"EXPIRE", "key seconds [NX|XX|GT|LT]", -3},
    {"EXPIREAT", "key unix-time-seconds [NX|XX|GT|LT]", -3},
    {"FAILOVER", "[TO host port [FORCE]] [ABORT] [TIMEOUT milliseconds]", -1},
    {"FCALL", "function numkeys [key [key ...]] [arg [arg ...]]", -3},
    {"FLUSHALL", "[ASYNC|SYNC]", -1},
    {"FUNCTION DELETE", "library-name", 3},
    {"FUNCTION FLUSH", "[ASYNC|SYNC]", -2},
    {"FUNCTION LIST", "[LIBRARYNAME library-name-pattern] [WITHCODE]", -2},
    {"FUNCTION LOAD", "[REPLACE] function-code", -3},
    {"FUNCTION RESTORE", "serialized-value [FLUSH|APPEND|REPLACE]", -3},
    {"GEOADD", "key [NX|XX] [CH] longitude latitude member [longitude latitude member ...]", -5},
    {"GEODIST", "key member1 member2 [M|KM|FT|MI]", -4},
    {"GETBIT", "key offset", 3},
    {"GETRANGE", "key start end", 4},
    {"HDEL", "key field [field ...]", -3},
    {"HELLO", "[protover [AUTH username password] [SETNAME clientname]]", -1},
    {"HEXISTS", "key field", 3},
    {"HINCRBY", "key field increment", 4},
    {"HMSET", "key field value [field value ...]", -4},
    {"HRANDFIELD", "key [count [WITHVALUES]]", -2},
    {"HSCAN", "key cursor [MATCH pattern] [COUNT count]", -3},
    {"HSETNX", "key field value", 4},
    {"INCRBY", "key increment", 3},
    {"INFO", "[section [section ...]]", -1},
    {"KEYS", "pattern", 2},
    {"LATENCY GRAPH", "event", 3},
    {"LATENCY HISTOGRAM", "[command [command ...]]", -2},
    {"LATENCY RESET", "[event [event ...]]", -2},
    {"LCS", "key1 key2 [LEN] [IDX] [MINMATCHLEN len] [WITHMATCHLEN]", -3},
    {"LINDEX", "key index", 3},
    {"LINSERT", "key BEFORE|AFTER pivot element", 5},
    {"LMOVE", "source destination LEFT|RIGHT LEFT|RIGHT", 5},
    {"LMPOP", "numkeys key [key ...] LEFT|RIGHT [COUNT count]", -4},
    {"LOLWUT", "[VERSION version]", -1},
    {"LPOP", "key [count]", -2},
    {"LPOS", "key element [RANK rank] [COUNT num-matches] [MAXLEN len]", -3},
    {"LPUSH", "key element [element ...]", -3},
    {"LRANGE", "key start stop", 4},
    {"LREM", "key count element", 4},
    {"LSET", "key index element", 4},
    {"MEMORY USAGE", "key [SAMPLES count]", -3},
    {"MODULE LOAD", "path [arg [arg ...]]", -3},
    {"MODULE LOADEX", "path [CONFIG name value [CONFIG name value ...]] [ARGS arg [arg ...]]", -3},
    {"MODULE UNLOAD", "name", 3},
    {"MOVE", "key db", 3},
    {"MSET", "key value [key value ...]", -3},
    {"PEXPIRE", "key milliseconds [NX|XX|GT|LT]", -3},
    {"PEXPIREAT", "key unix-time-milliseconds [NX|XX|GT|LT]", -3},
    {"PFADD", "key [element [element ...]]", -2},
    {"PFDEBUG", "subcommand key", 3},
    {"PING", "[message]", -1},
    {"PSETEX", "key milliseconds value", 4},
    {"PSUBSCRIBE", "pattern [pattern ...]", -2},
    {"PUBLISH", "channel message", 3},
    {"PUBSUB CHANNELS", "[pattern]", -2},
    {"PUBSUB NUMSUB", "[channel [channel ...]]", -2},
    {"PUBSUB SHARDNUMSUB", "[shardchannel [shardchannel ...]]", -2},
    {"PUNSUBSCRIBE", "[pattern [pattern ...]]", -1},
    {"RENAME", "key newkey", 3},
    {"REPLICAOF", "host port", 3},
    {"RESTORE",
     "key ttl serialized-value [REPLACE] [ABSTTL] [IDLETIME seconds] [FREQ frequency]", -4},
    {"RPOPLPUSH", "source destination", 3},
    {"SADD", "key member [member ...]", -3},
    {"SCAN", "cursor [MATCH pattern] [COUNT count] [TYPE type]", -2},
    {"SCRIPT DEBUG", "YES|SYNC|NO", 3},
    {"SCRIPT EXISTS", "sha1 [sha1 ...]", -3},
    {"SCRIPT LOAD", "script", 3},
    {"SDIFFSTORE", "destination key [key ...]", -3},
    {"SELECT", "index", 2},
    {"SETBIT", "key offset value", 4},
    {"SETEX", "key seconds value", 4},
    {"SHUTDOWN", "[NOSAVE|SAVE] [NOW] [FORCE] [ABORT]", -1},
    {"SINTERCARD", "numkeys key [key ...] [LIMIT limit]", -3},
    {"SISMEMBER", "key member", 3},
    {"SLOWLOG GET", "[count]", -2},
    {"SMOVE", "source destination member", 4},
    {"SPUBLISH", "shardchannel message", 3},
    {"SSUBSCRIBE", "shardchannel [shardchannel ...]", -2},
    {"SUBSCRIBE", "channel [channel ...]", -2},
    {"SUNSUBSCRIBE", "[shardchannel [shardchannel ...]]", -1},
    {"SWAPDB", "index1 index2", 3},
    {"UNSUBSCRIBE", "[channel [channel ...]]", -1},
    {"WAIT", "numreplicas timeout", 3},
    {"XACK", "key group id [id ...]", -4},
    {"XAUTOCLAIM", "key group consumer min-idle-time start [COUNT count] [JUSTID]", -6},
    {"XDEL", "key id [id ...]", -3},
    {"XGROUP CREATE", "key groupname id|$ [MKSTREAM] [ENTRIESREAD entries_read]", -5},
    {"XGROUP CREATECONSUMER", "key groupname consumername", 5},
    {"XGROUP DESTROY", "key groupname", 4},
    {"XGROUP SETID", "key groupname id|$ [ENTRIESREAD entries_read]", -5},
    {"XINFO STREAM", "key [FULL [COUNT count]]", -3},
    {"XPENDING", "key group [[IDLE min-idle-time] start end count [consumer]]", -3},
    {"XRANGE", "key start end [COUNT count]", -4},
    {"XREAD", "[COUNT count] [BLOCK milliseconds] STREAMS key [key ...] id [id ...]", -4},
    {"XREVRANGE", "key end start [COUNT count]", -4},
    {"XSETID", "key last-id [ENTRIESADDED entries_added] [MAXDELETEDID max_deleted_entry_id]", -3},
    {"XTRIM", "key MAXLEN|MINID [=|~] threshold [LIMIT count]", -4},
    {"ZADD", "key [NX|XX] [GT|LT] [CH] [INCR] score member [score member ...]", -4},
    {"ZCOUNT", "key min max", 4},
    {"ZDIFF", "numkeys key [key ...] [WITHSCORES]", -3},
    {"ZDIFFSTORE", "destination numkeys key [key ...]", -4},
    {"ZINCRBY", "key increment member", 4},
    {"ZMPOP", "numkeys key [key ...] MIN|MAX [COUNT count]", -4},
    {"ZRANDMEMBER", "key [count [WITHSCORES]]", -2},
    {"ZRANGE", "key start stop [BYSCORE|BYLEX] [REV] [LIMIT offset count] [WITHSCORES]", -4},
    {"ZRANGEBYLEX", "key min max [LIMIT offset count]", -4},
    {"ZRANGEBYSCORE", "key min max [WITHSCORES] [LIMIT offset count]", -4},
    {"ZRANGESTORE", "dst src min max [BYSCORE|BYLEX] [REV] [LIMIT offset count]", -5},
    {"ZREVRANGE", "key start stop [WITHSCORES]", -4},
    {"ZREVRANGEBYLEX", "key max min [LIMIT offset count]", -4},
    {"ZREVRANGEBYSCORE", "key max min [WITHSCORES] [LIMIT offset count]", -4},
    // Lines with choices of several words, which Redis prints without brackets.
    {"CLUSTER SETSLOT", "slot <IMPORTING id | MIGRATING id | NODE id | STABLE>", -4},
    {"GEOSEARCH",
     "key <FROMMEMBER member | FROMLONLAT longitude latitude> <BYRADIUS radius <M | KM | FT | MI> | "
                  "BYBOX width height <M | KM | FT | MI>> [ASC | DESC] [COUNT count [ANY]] [WITHCOORD]", -7},
    {"SET", "key value [NX | XX] [GET] [EX seconds | PX milliseconds | KEEPTTL]", -3},
    {"CLIENT REPLY", "<ON | OFF | SKIP>", 3},
    {"CLIENT NO-TOUCH", "<ON|OFF>", 3},
    {"LINSERT", "key <BEFORE | AFTER> pivot element", 5},
    {"X", "<a b | c d> e", 4},
    {"X", "<a | b c> [d] <e>", -3},
    {"X", "<a [b] | c>", -2},
};
// clang-format on

TEST(ArityOf, is_what_redis_says) {
  for (const Line& line : kLines) {
    EXPECT_EQ(arity_of(line.syntax, line.name.find(' ') != line.name.npos), line.arity)
        << line.name << " " << line.syntax;
  }
}

Status nothing(Request&, store::Shard&, resp::Reply&) { return {}; }

constexpr Command kStrings[] = {
    {.name = "GET", .syntax = "key", .flags = kReadonly, .keys = kReadKey, .shape = owner(nothing)},
    {.name = "SET",
     .syntax = "key value [NX]",
     .flags = kWrite,
     .keys = kUpdateKey,
     .shape = owner(nothing)},
    {.name = "MGET",
     .syntax = "key [key ...]",
     .keys = kReadKeys,
     .shape = split(nothing, Fold::by_key)},
};
constexpr Command kOthers[] = {
    {.name = "HELP", .parent = "CLIENT", .shape = here(nothing)},
    {.name = "NO-EVICT", .parent = "CLIENT", .syntax = "<ON | OFF>", .shape = here(nothing)},
    {.name = "CLIENT"},
    {.name = "PING", .syntax = "[message]", .shape = here(nothing)},
    {.name = "SORT_RO", .syntax = "key", .shape = owner(nothing), .arity = -2},
    {.name = "OBJECT"},
    {.name = "HELP", .parent = "OBJECT", .shape = here(nothing)},
};

TEST(CommandTable, finds_names_in_any_case) {
  const Rows files[] = {kStrings, kOthers};
  const CommandTable table(files);
  for (const std::string_view name : {"get", "GET", "gEt"}) {
    ASSERT_NE(table.find(name), nullptr);
    EXPECT_EQ(table.find(name)->name, "GET");
  }
  EXPECT_EQ(table.find("sort_ro")->name, "SORT_RO");
  for (const std::string_view name :
       {"", "ge", "gett", "g\0t", "sort-ro", "SORT\x7fRO", "help", "client|help",
        "a name that is longer than any command has ever been"}) {
    EXPECT_EQ(table.find(name), nullptr) << name;
  }
}

TEST(CommandTable, fills_in_what_follows_from_a_row) {
  const Rows files[] = {kStrings, kOthers};
  const CommandTable table(files);
  EXPECT_EQ(table.find("get")->arity, 2);
  EXPECT_EQ(table.find("set")->arity, -3);
  EXPECT_EQ(table.find("client")->arity, -2);
  EXPECT_EQ(table.find("sort_ro")->arity, -2);
  EXPECT_TRUE(table.find("get")->is_single_key);
  EXPECT_FALSE(table.find("mget")->is_single_key);
  EXPECT_FALSE(table.find("ping")->is_single_key);
  EXPECT_EQ(table.find("mget")->full_name, "mget");
  std::set<uint16_t> ids;
  for (const Command& command : table.commands()) {
    ids.insert(command.id);
    EXPECT_EQ(&table.at(command.id), &command);
    for (const Command& sub : command.subcommands) {
      ids.insert(sub.id);
      EXPECT_EQ(&table.at(sub.id), &sub);
    }
  }
  EXPECT_EQ(ids.size(), table.ids());
  EXPECT_EQ(ids.size(), 10u);
  EXPECT_LT(*ids.rbegin(), table.ids());
}

TEST(CommandTable, subcommands_belong_to_their_container) {
  const Rows files[] = {kStrings, kOthers};
  const CommandTable table(files);
  const Command* client = table.find("CLIENT");
  ASSERT_NE(client, nullptr);
  EXPECT_EQ(client->subcommands.size(), 2u);
  const Command* sub = CommandTable::find_sub(*client, "no-Evict");
  ASSERT_NE(sub, nullptr);
  EXPECT_EQ(sub->full_name, "client|no-evict");
  EXPECT_EQ(sub->arity, 3);
  EXPECT_EQ(CommandTable::find_sub(*client, "list"), nullptr);
  EXPECT_EQ(CommandTable::find_sub(*table.find("object"), "help")->full_name, "object|help");
  EXPECT_EQ(CommandTable::find_sub(*table.find("get"), "help"), nullptr);
}

}  // namespace
}  // namespace gyre::exec
