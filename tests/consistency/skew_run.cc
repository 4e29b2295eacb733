// Part (c): one client does INCR A, then INCR B; nobody may see B ahead of A, nor A ahead by two.
#include <fmt/core.h>

#include <atomic>

#include "clock.h"
#include "crew.h"
#include "places.h"
#include "runs.h"

namespace gyre::consistency {

namespace {

// A and B are on different cores, whether there are two or four.
struct Pair {
  std::string a, b;
  // What was answered to the writer so far, for readers that come later.
  std::atomic<int64_t> written_a = 0, written_b = 0;
  std::atomic<bool> is_over = false;
};

struct Sight {
  int64_t a = 0, b = 0;
};

class Reader {
 public:
  Reader(Member& member, Pair& pair, bool plain) : member_(member), pair_(pair), plain_(plain) {}

  std::string read_all() {
    while (!pair_.is_over) {
      const int64_t least_a = pair_.written_a, least_b = pair_.written_b;
      const uint64_t way = member_.random.below(plain_ ? 3 : 5);
      const Sight sight = look(way);
      sights++;
      // With GET B before GET A, A may have grown meanwhile.
      const bool is_late = way == 2;
      const bool is_skewed = sight.a < sight.b || (sight.a > sight.b + 1 && !is_late);
      const bool is_stale =
          sight.a < std::max(least_a, last_.a) || sight.b < std::max(least_b, last_.b);
      if (is_skewed || is_stale) {
        return fmt::format(
            "{} = {} and {} = {} were seen by {}, {}; before, {} and {} had been answered to the "
            "writer, "
            "{} and {} to this reader",
            pair_.a, sight.a, pair_.b, sight.b, kWays[way], is_skewed ? "skewed" : "stale", least_a,
            least_b, last_.a, last_.b);
      }
      last_ = sight;
    }
    return "";
  }

  uint64_t sights = 0;

 private:
  static constexpr const char* kWays[] = {"MGET A B", "MGET B A", "GET B, then GET A",
                                          "MULTI GET A GET B", "MULTI GET B GET A"};

  Sight look(uint64_t way) {
    Client& client = member_.client;
    const std::string &a = pair_.a, &b = pair_.b;
    if (way == 0) {
      const Reply reply = client.must({"MGET", a, b});
      return {reply.items[0].number, reply.items[1].number};
    }
    if (way == 1) {
      const Reply reply = client.must({"MGET", b, a});
      return {reply.items[1].number, reply.items[0].number};
    }
    if (way == 2) {
      Sight sight;
      sight.b = client.must({"GET", b}).number;
      sight.a = client.must({"GET", a}).number;
      return sight;
    }
    client.must({"MULTI"});
    client.must({"GET", way == 3 ? a : b});
    client.must({"GET", way == 3 ? b : a});
    const Reply reply = client.must({"EXEC"});
    const int64_t first = reply.items.at(0).number, second = reply.items.at(1).number;
    return way == 3 ? Sight{first, second} : Sight{second, first};
  }

  Member& member_;
  Pair& pair_;
  const bool plain_;
  Sight last_;
};

// In strict order, INCR A and INCR B leave in one batch.
void write_pair(Member& member, Pair& pair, int64_t count, bool pipelined) {
  Client& client = member.client;
  for (int64_t i = 1; i <= count; i++) {
    if (pipelined) client.add({"INCR", pair.a}).add({"INCR", pair.b}).send();
    Reply reply;
    if (pipelined ? !client.read(reply) : !client.call(reply, {"INCR", pair.a})) break;
    pair.written_a = i;
    if (pipelined ? !client.read(reply) : !client.call(reply, {"INCR", pair.b})) break;
    pair.written_b = i;
  }
  pair.is_over = true;
}

}  // namespace

bool run_skew(const Options& options) {
  Crew crew(options);
  // Of four clients, one writes a pair and three read it.
  const size_t pair_count = (crew.members().size() + 3) / 4;
  std::deque<Pair> pairs(pair_count);
  for (size_t i = 0; i < pair_count; i++) {
    pairs[i].a = key_in(fmt::format("skew:a:{}:", i), static_cast<uint32_t>(i));
    pairs[i].b = key_in(fmt::format("skew:b:{}:", i), static_cast<uint32_t>(i + 2));
  }
  std::vector<std::string> stories(crew.members().size());
  std::vector<uint64_t> sights(crew.members().size());
  const int64_t start = now_ns();
  crew.run([&](Member& member) {
    Pair& pair = pairs[(member.index + member.index / pair_count) % pair_count];
    if (member.index < pair_count) {
      write_pair(member, pair, options.count / static_cast<int64_t>(pair_count) + 1,
                 options.strict);
      return;
    }
    Reader reader(member, pair, options.plain);
    stories[member.index] = reader.read_all();
    sights[member.index] = reader.sights;
  });
  uint64_t total = 0;
  bool fine = true;
  for (size_t i = 0; i < stories.size(); i++) {
    total += sights[i];
    if (stories[i].empty()) continue;
    fmt::print("VIOLATION: client {}: {}\n", i, stories[i]);
    fine = false;
  }
  fmt::print("skew: {} sights of {} pairs ({}) in {:.1f} s\n", total, pair_count,
             options.strict ? "one batch, strict order" : "one by one", seconds(now_ns() - start));
  return fine;
}

}  // namespace gyre::consistency
