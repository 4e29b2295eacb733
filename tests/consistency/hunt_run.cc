// Part (e): the hunt for deadlocks. Commands over many keys in every order, transactions of them,
// blocking commands, and those that stop the whole world, from all clients at once, as long as
// wanted.
//
// Every client must always get its answer: the board ends the run if one does not. Besides, four
// keys on four cores are only ever written together, so whoever reads them together must see them
// equal.
#include <fmt/core.h>

#include <atomic>
#include <map>
#include <mutex>
#include <string_view>

#include "clock.h"
#include "crew.h"
#include "places.h"
#include "runs.h"

namespace gyre::consistency {

namespace {

// A word of one capital letter stands for something random: a key of a String, List, seT, Zset,
// Hash or stream (X) type or any of them (A), a small number N, a value V, a timeout D in seconds,
// W in ms.
constexpr std::string_view kSingle[] = {"SET S V",       "GET S",
                                        "INCR S",        "APPEND S V",
                                        "DEL A",         "EXPIRE A N",
                                        "PEXPIRE A N",   "TYPE A",
                                        "RPUSH L V V",   "LPUSH L V",
                                        "LPOP L",        "LRANGE L 0 -1",
                                        "LTRIM L 0 50",  "SADD T V V V",
                                        "SREM T V",      "SMEMBERS T",
                                        "SPOP T",        "ZADD Z N V N V",
                                        "ZRANGE Z 0 -1", "HSET H V V V V",
                                        "HGETALL H",     "XADD X MAXLEN 50 * V V",
                                        "XLEN X",        "OBJECT ENCODING A",
                                        "DUMP A",        "GETDEL S",
                                        "PERSIST A"};
constexpr std::string_view kSeveral[] = {"MSET S V S V S V",
                                         "MGET S S S S",
                                         "MSETNX S V S V",
                                         "DEL A A A",
                                         "UNLINK A A",
                                         "EXISTS A A A A",
                                         "TOUCH A A A",
                                         "RENAME A A",
                                         "RENAMENX A A",
                                         "COPY A A REPLACE",
                                         "LMOVE L L LEFT RIGHT",
                                         "RPOPLPUSH L L",
                                         "LMPOP 3 L L L LEFT COUNT N",
                                         "SMOVE T T V",
                                         "SINTERSTORE T T T T",
                                         "SUNIONSTORE T T T",
                                         "SDIFFSTORE T T T",
                                         "SINTER T T T",
                                         "SUNION T T T",
                                         "SINTERCARD 2 T T",
                                         "ZUNIONSTORE Z 3 Z Z T",
                                         "ZINTERSTORE Z 2 Z Z",
                                         "ZDIFFSTORE Z 2 Z Z",
                                         "ZRANGESTORE Z Z 0 -1",
                                         "ZMPOP 2 Z Z MIN",
                                         "SORT L ALPHA STORE L",
                                         "BITOP XOR S S S",
                                         "PFADD A V",
                                         "LCS S S",
                                         "XREAD STREAMS X X 0 0"};
constexpr std::string_view kBlocking[] = {"BLPOP L L L D",
                                          "BRPOP L L D",
                                          "BLMOVE L L LEFT RIGHT D",
                                          "BRPOPLPUSH L L D",
                                          "BLMPOP D 3 L L L RIGHT COUNT N",
                                          "BZPOPMIN Z Z D",
                                          "BZPOPMAX Z Z Z D",
                                          "BZMPOP D 2 Z Z MAX",
                                          "XREAD BLOCK W STREAMS X X $ $"};
constexpr std::string_view kWhole[] = {"FLUSHALL",   "FLUSHDB",  "FLUSHALL ASYNC",
                                       "SWAPDB 0 1", "KEYS *",   "SCAN 0 COUNT 100",
                                       "DBSIZE",     "RANDOMKEY"};

// Mistakes that the mix makes on purpose. Any other error is the hunt's own, or the server's.
constexpr std::string_view kErrors[] = {"WRONGTYPE",
                                        "ERR no such key",
                                        "ERR value is not an integer",
                                        "EXECABORT",
                                        "ERR source and destination objects are the same",
                                        "UNBLOCKED",
                                        "ERR The specified keys must contain string values",
                                        "ERR increment or decrement would overflow",
                                        "ERR string exceeds maximum allowed size"};
constexpr uint32_t kKeysOfType = 8;

struct Tally {
  uint64_t answers = 0, errors = 0;
  std::map<std::string, uint64_t> wrongs;
};

class Hunter {
 public:
  Hunter(Member& member, const Options& options) : member_(member), options_(options) {
    for (uint32_t i = 0; i < 4; i++) together_.push_back(key_in(fmt::format("together:{}:", i), i));
  }

  void run(int64_t end) {
    if (options_.kills > 0) member_.client.ask_id();
    while (now_ns() < end && tally.wrongs.empty()) {
      if (act()) continue;
      member_.client.connect();
      if (options_.kills > 0) member_.client.ask_id();
    }
  }

  Tally tally;

 private:
  std::string key(char type) {
    constexpr std::string_view kTypes = "SLTZHX";
    if (type == 'A') type = kTypes[member_.random.below(kTypes.size())];
    const uint32_t index = static_cast<uint32_t>(member_.random.below(kKeysOfType));
    return key_in(fmt::format("hunt:{}:{}:", type, index), index);
  }

  std::string word(std::string_view text) {
    const uint64_t number = member_.random.below(30);
    if (text.size() != 1 || text[0] < 'A') return std::string(text);
    if (text == "N") return std::to_string(1 + number);
    if (text == "V") return std::to_string(number * number);
    if (text == "D") return fmt::format("0.{:03}", 1 + number);
    if (text == "W") return std::to_string(1 + number);
    return key(text[0]);
  }

  std::vector<std::string> words(std::string_view pattern) {
    std::vector<std::string> all;
    while (!pattern.empty()) {
      const size_t space = std::min(pattern.find(' '), pattern.size());
      all.push_back(word(pattern.substr(0, space)));
      pattern.remove_prefix(std::min(space + 1, pattern.size()));
    }
    return all;
  }

  template <size_t N>
  std::vector<std::string> one_of(const std::string_view (&patterns)[N]) {
    return words(patterns[member_.random.below(N)]);
  }

  std::vector<std::string> anything() {
    const uint64_t dice = member_.random.below(1000);
    if (dice < 6) return one_of(kWhole);
    if (dice < 450) return one_of(kSeveral);
    if (dice < 560 && !options_.plain && !options_.unblocked) return one_of(kBlocking);
    return one_of(kSingle);
  }

  std::vector<std::string> read_together() {
    std::vector<std::string> all = {"MGET"};
    const size_t first = member_.random.below(4);
    for (size_t i = 0; i < 4; i++) all.push_back(together_[(first + i) % 4]);
    return all;
  }

  std::vector<std::string> write_together() {
    const std::string value = std::to_string(member_.random.next());
    std::vector<std::string> all = {"MSET"};
    const size_t first = member_.random.below(4);
    for (size_t i = 0; i < 4; i++) {
      all.push_back(together_[(first + i) % 4]);
      all.push_back(value);
    }
    return all;
  }

  // A request, or several of one batch. False: the connection has ended.
  bool act() {
    Client& client = member_.client;
    const uint64_t dice = member_.random.below(100);
    asked_ = 0;
    whole_.clear();
    if (dice < 8) return add(write_together()) && finish();
    if (dice < 16) {
      whole_.push_back(asked_);
      return add(read_together()) && finish();
    }
    if (dice < 19) return add({"SELECT", std::to_string(member_.random.below(2))}) && finish();
    if (dice < 40 && !options_.plain) return transact();
    if (dice < 60) {
      for (uint64_t left = 1 + member_.random.below(12); left > 0; left--) add(anything());
      return finish();
    }
    client.add(anything());
    asked_++;
    return finish();
  }

  bool transact() {
    if (member_.chance(40)) add({"WATCH", key('A'), key('A'), together_[0]});
    if (member_.chance(30)) add({"GET", key('S')});
    add({"MULTI"});
    for (uint64_t left = 1 + member_.random.below(6); left > 0; left--) add(anything());
    if (member_.chance(30)) add(write_together());
    if (member_.chance(5)) return add({"DISCARD"}) && finish();
    if (member_.chance(30)) {
      add(read_together());
      inside_ = true;
    }
    return add({"EXEC"}) && finish();
  }

  bool add(const std::vector<std::string>& words) {
    member_.client.add(words);
    asked_++;
    return true;
  }

  bool finish() {
    Client& client = member_.client;
    Reply reply;
    const bool looks_inside = inside_;
    inside_ = false;
    bool is_open = client.send(static_cast<int64_t>(asked_));
    for (size_t i = 0; i < asked_ && is_open; i++) {
      is_open = client.read(reply);
      if (!is_open) break;
      note(reply);
      const bool is_whole = std::find(whole_.begin(), whole_.end(), i) != whole_.end();
      if (is_whole) compare(reply);
      if (looks_inside && i + 1 == asked_ && !reply.items.empty()) compare(reply.items.back());
    }
    return is_open;
  }

  void note(const Reply& reply) {
    tally.answers++;
    if (!reply.is_error()) {
      for (const Reply& item : reply.items) {
        if (item.is_error()) note(item);
      }
      return;
    }
    tally.errors++;
    for (const std::string_view known : kErrors) {
      if (reply.text.starts_with(known)) return;
    }
    tally.wrongs[reply.text]++;
  }

  void compare(const Reply& reply) {
    for (const Reply& item : reply.items) {
      const Reply& first = reply.items[0];
      if (item.nil == first.nil && item.text == first.text) continue;
      tally.wrongs["keys written together were seen as " + reply.describe()]++;
      return;
    }
  }

  Member& member_;
  const Options& options_;
  std::vector<std::string> together_;
  size_t asked_ = 0;
  std::vector<size_t> whole_;  // requests of the batch that read all of together_
  bool inside_ = false;        // the last command of the transaction does
};

// Nobody is left who waits, and nothing is left locked.
std::string look_afterwards(Client& client) {
  client.must({"MSET", "a", "1", "b", "2", "c", "3", "d", "4", "e", "5", "f", "6"});
  client.must({"FLUSHALL"});
  // Ends of connections reach the server on their own.
  for (int round = 0;; round++) {
    const Reply reply = client.must({"INFO", "clients"});
    const size_t at = reply.text.find("blocked_clients:");
    if (at == std::string::npos || reply.text.substr(at + 16, 1) == "0") return "";
    if (round == 1000) return "clients that are gone are still blocked";
    std::this_thread::sleep_for(std::chrono::milliseconds(10));
  }
}

}  // namespace

bool run_hunt(const Options& options) {
  Crew crew(options);
  crew.unblocks = true;
  std::deque<Hunter> hunters;
  for (Member& member : crew.members()) hunters.emplace_back(member, options);
  const int64_t start = now_ns();
  crew.run_with_killer(options.kills > 0 ? crew.members().size() : 0, [&](Member& member) {
    hunters[member.index].run(start + options.seconds * 1'000'000'000);
    member.client.close();
  });
  Tally all;
  for (const Hunter& hunter : hunters) {
    all.answers += hunter.tally.answers;
    all.errors += hunter.tally.errors;
    for (const auto& [text, count] : hunter.tally.wrongs) all.wrongs[text] += count;
  }
  const std::string left = look_afterwards(crew.control());
  if (!left.empty()) all.wrongs[left]++;
  for (const auto& [text, count] : all.wrongs) fmt::print("VIOLATION: {} times: {}\n", count, text);
  fmt::print(
      "hunt: {} answers in {:.1f} s, of these {} errors that were meant; {} kills, no stall\n",
      all.answers, seconds(now_ns() - start), all.errors, crew.kills());
  return all.wrongs.empty();
}

}  // namespace gyre::consistency
