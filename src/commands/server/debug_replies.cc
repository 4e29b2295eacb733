// DEBUG PROTOCOL, DEBUG HELP.
#include <string>

#include "base/text.h"
#include "commands/server/debug.h"
#include "exec/request.h"

namespace gyre::commands {
namespace {

void numbers(resp::Reply& reply) {
  for (int i = 0; i < 3; ++i) {
    reply.integer(i);
  }
}

constexpr std::string_view kHelp[] = {
    "DEBUG <subcommand> [<arg> [value] [opt] ...]. Subcommands are:",
    "CHANGE-REPL-ID",
    "    Gives the data another replication id.",
    "DICT-RESIZING <0|1>",
    "    Accepted; tables grow in small steps anyway.",
    "DIGEST",
    "    Tells a digest of all keys and values, equal to Redis's for equal data.",
    "DIGEST-VALUE [<key> ...]",
    "    Tells a digest of each value.",
    "ERROR <text>",
    "    Answers with the text as an error.",
    "HTSTATS <db>",
    "    Tells about the tables of a database.",
    "LOADAOF",
    "    Drops all data and loads it again from the append-only file.",
    "LOG <text>",
    "    Writes the text to the log.",
    "OBJECT <key>",
    "    Tells how a value is kept.",
    "PAUSE-CRON <0|1>",
    "    Accepted; housekeeping goes on.",
    "POPULATE <count> [<prefix> [<size>]]",
    "    Creates so many keys that do not exist yet.",
    "PROTOCOL <type>",
    "    Answers with a value of the type: string, integer, double, bignum, null, array, set,",
    "    map, attrib, push, verbatim, true or false.",
    "QUICKLIST-PACKED-THRESHOLD <size>",
    "    Accepted; lists have no such threshold.",
    "RELOAD [NOSAVE] [NOFLUSH] [MERGE]",
    "    Saves all data, drops it, and loads it again. NOSAVE loads the file that is there, "
    "NOFLUSH",
    "    drops nothing, MERGE takes keys of the file in place of those that are there.",
    "REPLYBUFFER <PEAK-RESET-TIME <never|reset|ms>|RESIZING <0|1>>",
    "    Accepted; connections have no reply buffers of their own.",
    "SDSLEN <key>",
    "    Tells the sizes of a key and its string.",
    "SET-ACTIVE-EXPIRE <0|1>",
    "    Whether keys are removed when their time comes, before anybody looks at them.",
    "SET-DISABLE-DENY-SCRIPTS <0|1>",
    "    Accepted; there are no scripts.",
    "SET-SKIP-CHECKSUM-VALIDATION <0|1>",
    "    Whether RESTORE takes payloads with a wrong checksum.",
    "SLEEP <seconds>",
    "    Stops all cores for so long.",
    "STRINGMATCH-LEN <pattern> <text>",
    "    Tells whether the pattern matches.",
    "HELP",
    "    Print this help."};

}  // namespace

Status reply_sample(std::string_view type, resp::Reply& reply) {
  const auto is = [type](std::string_view name) { return base::equals_ignore_case(type, name); };
  if (is("string")) {
    reply.bulk("Hello World");
  } else if (is("integer")) {
    reply.integer(12345);
  } else if (is("double")) {
    reply.number(3.141);
  } else if (is("null")) {
    reply.null();
  } else if (is("array")) {
    reply.array(3);
    numbers(reply);
  } else if (is("set")) {
    reply.set(3);
    numbers(reply);
  } else if (is("map")) {
    reply.map(3);
    for (int i = 0; i < 3; ++i) {
      reply.integer(i);
      reply.boolean(i == 1);
    }
  } else if (is("bignum")) {
    constexpr std::string_view kDigits = "1234567999999999999999999999999999999";
    if (reply.is_resp3()) {
      reply.raw("(" + std::string(kDigits) + "\r\n");
    } else {
      reply.bulk(kDigits);
    }
  } else if (is("attrib")) {
    if (reply.is_resp3()) {
      reply.raw("|1\r\n");
      reply.bulk("key-popularity");
      reply.array(2);
      reply.bulk("key:123");
      reply.integer(90);
    }
    reply.bulk("Some real reply following the attribute");
  } else if (is("push")) {
    if (!reply.is_resp3()) {
      return fail("ERR RESP2 is not supported by this command");
    }
    reply.push(2);
    reply.bulk("server-cpu-usage");
    reply.integer(42);
    reply.bulk("Some real reply following the push reply");
  } else if (is("verbatim")) {
    reply.verbatim("This is a verbatim\nstring");
  } else if (is("true") || is("false")) {
    reply.boolean(is("true"));
  } else {
    return fail(
        "ERR Wrong protocol type name. Please use one of the following: "
        "string|integer|double|bignum|null|array|set|map|attrib|push|verbatim|true|false");
  }
  return {};
}

void reply_debug_help(resp::Reply& reply) {
  reply.array(std::size(kHelp));
  for (const std::string_view line : kHelp) {
    reply.simple(line);
  }
}

}  // namespace gyre::commands
