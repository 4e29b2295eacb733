// Tests of resp/parser.h: any split gives the same commands, errors are Redis's, memory is what
// came.
#include "resp/parser.h"

#include <algorithm>
#include <cstring>
#include <memory>
#include <string>
#include <vector>

#include <gtest/gtest.h>

#include "base/random.h"

namespace gyre::resp {
namespace {

using Command = std::vector<std::string>;

// A caller as the parser demands it: keeps what was not consumed, at an address that changes with
// every call, in memory that ends where the bytes end.
struct Caller {
  explicit Caller(ParserLimits given = {}) : limits(given) {}

  // False once the stream is broken.
  bool feed(std::string_view bytes) {
    kept.append(bytes);
    while (error.empty() && !kept.empty()) {
      const std::unique_ptr<char[]> memory(new char[kept.size()]);
      std::memcpy(memory.get(), kept.data(), kept.size());
      Arguments out;
      out.views.emplace_back("before");  // of another command of the batch
      size_t consumed = 0;
      const ParseResult result = parser.next(memory.get(), kept.size(), limits, out, consumed);
      EXPECT_LE(consumed, kept.size());
      if (result != ParseResult::command) {
        EXPECT_EQ(out.views.size(), 1u);
        EXPECT_TRUE(out.blobs.empty());
      }
      if (result == ParseResult::error) {
        error = parser.error();
        EXPECT_FALSE(error.empty());
        return false;
      }
      if (result == ParseResult::command) {
        EXPECT_FALSE(parser.is_midway());
        EXPECT_GT(consumed, 0u);
        commands.emplace_back(out.views.begin() + 1, out.views.end());
      } else {
        EXPECT_TRUE(parser.is_midway());
        EXPECT_GE(parser.needed(), 1u);
      }
      kept.erase(0, consumed);
      if (result == ParseResult::incomplete) {
        break;
      }
    }
    return error.empty();
  }

  ParserLimits limits;
  Parser parser;
  std::string kept;
  std::vector<Command> commands;
  std::string error;
};

std::string encode(const Command& command) {
  std::string out = "*" + std::to_string(command.size()) + "\r\n";
  for (const std::string& arg : command) {
    out += "$" + std::to_string(arg.size()) + "\r\n" + arg + "\r\n";
  }
  return out;
}

std::string bytes_of(size_t size) {
  std::string bytes(size, '\0');
  for (size_t i = 0; i < size; ++i) {
    bytes[i] = static_cast<char>(i * 7 + i / 256);
  }
  return bytes;
}

struct Outcome {
  std::vector<Command> commands;
  std::string error;
};

Outcome parse_whole(const std::string& stream, ParserLimits limits = {}) {
  Caller caller(limits);
  caller.feed(stream);
  return {caller.commands, caller.error};
}

void expect_same(const Caller& split, const std::vector<Command>& commands,
                 const std::string& error, size_t at) {
  ASSERT_EQ(split.commands.size(), commands.size()) << "split at " << at;
  ASSERT_EQ(split.error, error) << "split at " << at;
  for (size_t i = 0; i < commands.size(); ++i) {
    ASSERT_TRUE(split.commands[i] == commands[i]) << "split at " << at << ", command " << i;
  }
}

// Streams short enough to try all splits into two, and into single bytes.
const std::string kStreams[] = {
    encode({"SET", "key", "value"}) + encode({"GET", "key"}) + encode({"PING"}),
    encode({"SET", "", std::string("\r\n$5\r\n*3\r\n\0", 11)}) + "PING\r\n" + encode({"GET", ""}),
    "*0\r\n*-1\r\n*-5\r\n\r\n\n  \r\n" + encode({"PING"}),
    "SET \"a b\\x41\\n\" 'it\\'s'\r\nPING\nGET k\r\n*1\r\n$4\r\nPING\r\n\r\n",
    encode({"MSET", "a", "1", "b", "22", "c", "333", "dddd", "4", "e", bytes_of(300)}),
    encode(Command(130, "x")) + encode({bytes_of(1000), bytes_of(99), bytes_of(100)}),
    "*2\r\n$3\r\nGET\r\n$1\r\nk\r\n*1\r\n!4\r\nPING\r\n",
    "*1\r\n$-1\r\n",
    "*x\r\n",
    "*1\r\n\r\n",
    "*3\r\n$3\r\nSET\r\n$1\r\na\r\n$0x\r\n",
    "SET 'unbalanced\r\nPING\r\n",
    "*2147483648\r\n",
};

TEST(Parser, every_split_gives_the_same_commands) {
  for (const std::string& stream : kStreams) {
    const Outcome whole = parse_whole(stream);
    EXPECT_TRUE(whole.commands.size() + whole.error.size() > 0);
    for (size_t at = 0; at <= stream.size(); ++at) {
      Caller split;
      split.feed(std::string_view(stream).substr(0, at)) &&
          split.feed(std::string_view(stream).substr(at));
      expect_same(split, whole.commands, whole.error, at);
      if (HasFatalFailure()) {
        return;
      }
    }
    Caller bytes;
    for (const char byte : stream) {
      if (!bytes.feed({&byte, 1})) {
        break;
      }
    }
    expect_same(bytes, whole.commands, whole.error, 0);
  }
}

TEST(Parser, splits_of_large_bulks_give_the_same_commands) {
  std::vector<Command> commands = {
      {"SET", "small", bytes_of(65'535)},
      {"SET", "big", bytes_of(65'536)},
      {"PING"},
      {"MSET", bytes_of(70'000), "a", "b", bytes_of(100'000), "", bytes_of(66'000)},
      {bytes_of(200'000), "x"},
      {"GET", "k"},
  };
  std::string stream;
  std::vector<size_t> interesting;
  for (const Command& command : commands) {
    size_t at = stream.size() + 4;
    for (const std::string& arg : command) {
      at += encode({arg}).size() - 4;
      interesting.push_back(at - 2);
    }
    stream += encode(command);
  }
  base::Random random(3);
  for (int round = 0; round < 250; ++round) {
    Caller caller;
    size_t at = 0;
    while (at < stream.size()) {
      size_t next = at + 1 + random.below(round % 2 == 0 ? 50'000 : 4096);
      if (random.below(2) == 0) {  // near a border
        const auto border = std::upper_bound(interesting.begin(), interesting.end(), at + 6);
        next = border == interesting.end() ? next : *border - 6 + random.below(12);
      }
      next = std::clamp(next, at + 1, stream.size());
      ASSERT_TRUE(caller.feed(std::string_view(stream).substr(at, next - at)));
      at = next;
    }
    expect_same(caller, commands, "", static_cast<size_t>(round));
    ASSERT_TRUE(caller.kept.empty());
  }
}

TEST(Parser, garbage_is_parsed_alike_however_it_comes) {
  base::Random random(7);
  const std::string alphabet("**$$$$0123459\r\n\r\n\r\n\r\n-+ab \"'\\x\t\0", 32);
  const std::string pieces[] = {"*1\r\n",        "*2\r\n",     "$1\r\nx\r\n",
                                "$3\r\nabc\r\n", "$0\r\n\r\n", "PING\r\n"};
  size_t errors = 0;
  size_t commands = 0;
  for (int round = 0; round < 30'000; ++round) {
    std::string stream;
    for (size_t i = random.below(12) + 1; i > 0; --i) {
      if (random.below(3) == 0) {
        stream += alphabet[random.below(alphabet.size())];
      } else {
        stream += pieces[random.below(std::size(pieces))];
      }
    }
    const Outcome whole = parse_whole(stream);
    Caller split;
    for (size_t at = 0; at < stream.size();) {
      const size_t size = std::min<size_t>(1 + random.below(9), stream.size() - at);
      if (!split.feed(std::string_view(stream).substr(at, size))) {
        break;
      }
      at += size;
    }
    ASSERT_EQ(split.error, whole.error);
    ASSERT_EQ(split.commands, whole.commands);
    errors += whole.error.empty() ? 0 : 1;
    commands += whole.commands.size();
  }
  EXPECT_GT(errors, 1000u);
  EXPECT_GT(commands, 10'000u);
}

std::string error_of(const std::string& stream, ParserLimits limits = {}) {
  return parse_whole(stream, limits).error;
}

TEST(Parser, broken_protocol_gets_the_texts_of_redis) {
  EXPECT_EQ(error_of("*x\r\n"), "Protocol error: invalid multibulk length");
  EXPECT_EQ(error_of("*\r\n"), "Protocol error: invalid multibulk length");
  EXPECT_EQ(error_of("*01\r\n"), "Protocol error: invalid multibulk length");
  EXPECT_EQ(error_of("*+1\r\n"), "Protocol error: invalid multibulk length");
  EXPECT_EQ(error_of("* 1\r\n"), "Protocol error: invalid multibulk length");
  EXPECT_EQ(error_of("*2147483648\r\n"), "Protocol error: invalid multibulk length");
  EXPECT_EQ(error_of("*99999999999999999999\r\n"), "Protocol error: invalid multibulk length");
  EXPECT_EQ(error_of("*2147483647\r\n"), "");
  EXPECT_EQ(error_of("*1\r\n$x\r\n"), "Protocol error: invalid bulk length");
  EXPECT_EQ(error_of("*1\r\n$\r\n"), "Protocol error: invalid bulk length");
  EXPECT_EQ(error_of("*1\r\n$-1\r\n"), "Protocol error: invalid bulk length");
  EXPECT_EQ(error_of("*1\r\n$536870913\r\n"), "Protocol error: invalid bulk length");
  EXPECT_EQ(error_of("*1\r\n$536870912\r\n"), "");
  EXPECT_EQ(error_of("*1\r\n$11\r\n", {.bulk_max = 10}), "Protocol error: invalid bulk length");
  EXPECT_EQ(error_of("*1\r\n$9223372036854775807\r\n", {.bulk_max = INT64_MAX}), "");
  EXPECT_EQ(error_of("*1\r\n+OK\r\n"), "Protocol error: expected '$', got '+'");
  EXPECT_EQ(error_of("*1\r\n\r\n"), "Protocol error: expected '$', got '\r'");
  EXPECT_EQ(error_of("GET 'a\r\n"), "Protocol error: unbalanced quotes in request");
  EXPECT_EQ(error_of("GET \"a\"b\r\n"), "Protocol error: unbalanced quotes in request");
}

TEST(Parser, lines_above_64_kib_are_refused_however_they_arrive) {
  const std::string line(64 * 1024, '1');
  EXPECT_EQ(error_of(line), "");
  EXPECT_EQ(error_of(line + "1"), "Protocol error: too big inline request");
  EXPECT_EQ(error_of("*" + line), "Protocol error: too big mbulk count string");
  EXPECT_EQ(error_of("*" + line.substr(1)), "");
  EXPECT_EQ(error_of("*1\r\n$" + line), "Protocol error: too big bulk count string");
  EXPECT_EQ(error_of("*1\r\n" + line + "1"), "Protocol error: too big bulk count string");
  EXPECT_EQ(error_of("*1\r\n$" + line.substr(1)), "");
  EXPECT_EQ(parse_whole("ECHO " + line.substr(6) + "\r\n").commands.size(), 1u);
  // An end that has come too late is as good as none.
  EXPECT_EQ(error_of(line + "1\r\n"), "Protocol error: too big inline request");
  EXPECT_EQ(error_of("*" + line + "\r\n"), "Protocol error: too big mbulk count string");
  EXPECT_EQ(error_of("*1\r\n$" + line + "\r\n"), "Protocol error: too big bulk count string");
  // A NUL hides the end, as it does in Redis.
  const std::string nul(1, '\0');
  EXPECT_EQ(error_of(nul + "A\r\n" + line), "Protocol error: too big inline request");
  EXPECT_EQ(error_of("*" + nul + "\r\n" + line), "Protocol error: too big mbulk count string");
  EXPECT_EQ(error_of("*1\r\n$" + nul + "\r\n" + line), "Protocol error: too big bulk count string");
  EXPECT_EQ(error_of("*1\r\n" + nul + "\r\n" + line), "Protocol error: too big bulk count string");
}

TEST(Parser, strangers_may_send_ten_arguments_of_16_kib) {
  const ParserLimits limits{.authenticated = false};
  EXPECT_EQ(error_of("*11\r\n", limits), "Protocol error: unauthenticated multibulk length");
  EXPECT_EQ(error_of("*10\r\n", limits), "");
  EXPECT_EQ(error_of("*1\r\n$16385\r\n", limits), "Protocol error: unauthenticated bulk length");
  EXPECT_EQ(error_of("*1\r\n$16384\r\n", limits), "");
}

TEST(Parser, inline_commands_are_words_with_quotes) {
  const auto words = [](const std::string& line) {
    const Outcome caller = parse_whole(line + "\n");
    return caller.commands.empty() ? Command{"?"} : caller.commands[0];
  };
  EXPECT_EQ(words("set  k\tv "), (Command{"set", "k", "v"}));
  EXPECT_EQ(words("echo \"a b\\\"\\x41\\n\\r\\t\\b\\a\\z\""),
            (Command{"echo", "a b\"A\n\r\t\b\az"}));
  EXPECT_EQ(words("echo 'it\\'s \\n'"), (Command{"echo", "it's \\n"}));
  EXPECT_EQ(words("echo \"\" ''"), (Command{"echo", "", ""}));
  EXPECT_EQ(words("ping\r"), (Command{"ping"}));
  EXPECT_EQ(words("ping\r\r"), (Command{"ping"}));  // the first one is a blank
  EXPECT_EQ(words(""), Command{});
  EXPECT_EQ(words("$3"), (Command{"$3"}));
}

TEST(Parser, a_big_bulk_takes_no_more_memory_than_came) {
  Caller caller;
  const std::string bytes = bytes_of(32 * 1024);
  caller.feed("*3\r\n$3\r\nSET\r\n$1\r\nk\r\n$104857600\r\n");
  EXPECT_LT(caller.parser.held_bytes(), 64 * 1024u);
  size_t sent = 0;
  while (sent < 100 * 1024 * 1024) {
    caller.feed(bytes);
    sent += bytes.size();
    ASSERT_LE(caller.parser.held_bytes(), 2 * sent + 64 * 1024);
    ASSERT_TRUE(caller.kept.empty());  // the caller's buffer does not grow
  }
  EXPECT_EQ(caller.parser.needed(), 2u);
  EXPECT_TRUE(caller.commands.empty());
  caller.feed("\r");
  EXPECT_EQ(caller.parser.needed(), 1u);
  caller.feed("\n");
  ASSERT_EQ(caller.commands.size(), 1u);
  EXPECT_EQ(caller.commands[0][2].size(), 104'857'600u);
  EXPECT_EQ(caller.commands[0][2].substr(32 * 1024 * 3000, bytes.size()), bytes);
  EXPECT_LT(caller.parser.held_bytes(), 4096u);
}

TEST(Parser, announcements_reserve_nothing) {
  Caller caller;
  caller.feed("*2147483647\r\n$536870912\r\n");
  EXPECT_LE(caller.parser.held_bytes(), 64 * 1024u);
  caller.feed("abc");
  EXPECT_LE(caller.parser.held_bytes(), 64 * 1024u);
}

TEST(Parser, a_big_bulk_can_be_taken_over) {
  Parser parser;
  Arguments out;
  size_t consumed = 0;
  const std::string value = bytes_of(100'000);
  const std::string stream = encode({"SET", "k", value});
  ASSERT_EQ(parser.next(stream.data(), 1000, {}, out, consumed), ParseResult::incomplete);
  EXPECT_EQ(consumed, 1000u);
  ASSERT_EQ(parser.next(stream.data() + consumed, stream.size() - consumed, {}, out, consumed),
            ParseResult::command);
  ASSERT_EQ(out.blobs.size(), 3u);
  base::Blob* blob = out.blobs[2].take();
  EXPECT_EQ(blob->view(), value);
  EXPECT_EQ(out.views[2].data(), blob->data());
  EXPECT_FALSE(blob->is_shared());
  EXPECT_LE(blob->capacity, value.size());
  blob->unref();
}

TEST(Parser, needed_is_never_more_than_what_is_missing) {
  for (const std::string& stream :
       {encode({"SET", "k", bytes_of(5000)}), encode({bytes_of(70'000)})}) {
    for (size_t at = 1; at < stream.size(); at += 1 + at / 60) {
      Caller caller;
      caller.feed(std::string_view(stream).substr(0, at));
      ASSERT_LE(caller.parser.needed(), stream.size() - at) << at;
    }
  }
}

TEST(Parser, reset_forgets_an_unfinished_command) {
  Caller caller;
  caller.feed("*3\r\n$3\r\nSET\r\n$100000\r\nabc");
  caller.parser.reset();
  caller.kept.clear();
  EXPECT_FALSE(caller.parser.is_midway());
  caller.feed("PING\r\n");
  ASSERT_EQ(caller.commands.size(), 1u);
}

}  // namespace
}  // namespace gyre::resp
