// Lists that are renamed over each other and hand elements on, between cores.
//
// A ball is a list that never empties. Every transaction that changes a ball also pushes a fresh
// element to its end, so the last element names what the whole list then is: to the checker a ball
// is a key with single values, and a hash of all elements is the value's content.
#include <fmt/core.h>

#include "clock.h"
#include "txn_author.h"

namespace gyre::consistency {

namespace {

constexpr size_t kKept = 8;  // elements that LTRIM leaves

using Elements = std::vector<uint32_t>;

uint64_t hash_of(const Elements& elements) {
  uint64_t mixed = 14695981039346656037ULL;
  for (const uint32_t element : elements) mixed = (mixed ^ element) * 1099511628211ULL;
  return mixed | 1;
}

Elements elements_of(const Reply& reply) {
  Elements found;
  for (const Reply& item : reply.items) found.push_back(static_cast<uint32_t>(item.number));
  return found;
}

uint32_t name_of(const Elements& elements) { return elements.empty() ? 0 : elements.back(); }

std::string ball(uint32_t index) { return key_name(kBallKey + index); }

struct Move {
  uint32_t from = 0, to = 0;
  bool renames = false;
  uint32_t left = 0, arrived = 0;  // the fresh ends of `from` and `to`

  // Both lists as they are afterwards.
  void apply(Elements& source, Elements& target) const {
    if (renames) {
      target = source;
      source.clear();
    } else if (!source.empty()) {
      target.push_back(source.front());
      source.erase(source.begin());
    }
    source.push_back(left);
    target.push_back(arrived);
    for (Elements* elements : {&source, &target}) {
      if (elements->size() <= kKept) continue;
      elements->erase(elements->begin(), elements->end() - static_cast<ptrdiff_t>(kKept));
    }
  }

  void add_to(Client& client) const {
    if (renames) {
      client.add({"RENAME", ball(from), ball(to)});
    } else {
      client.add({"LMOVE", ball(from), ball(to), "LEFT", "RIGHT"});
    }
    client.add({"RPUSH", ball(from), std::to_string(left)});
    client.add({"RPUSH", ball(to), std::to_string(arrived)});
    const std::string begin = fmt::format("-{}", kKept);
    client.add({"LTRIM", ball(from), begin, "-1"}).add({"LTRIM", ball(to), begin, "-1"});
  }
  static constexpr size_t kCommands = 5;
};

}  // namespace

void TxnAuthor::make_balls() {
  for (uint32_t index = 0; index < Stock::kBalls; index++) {
    const uint32_t value = stock_.fresh();
    const int64_t call = now_ns();
    member_.client.must({"RPUSH", ball(index), std::to_string(value)});
    history.begin(member_.index, call);
    history.write(kBallKey + index, value, hash_of({value}));
    history.end(Outcome::done, now_ns());
  }
}

void TxnAuthor::read_balls() {
  const uint64_t count = 2 + member_.random.below(Stock::kBalls - 1);
  const uint32_t first = static_cast<uint32_t>(member_.random.below(Stock::kBalls));
  Client& client = member_.client;
  const int64_t call = now_ns();
  client.add({"MULTI"});
  for (uint32_t i = 0; i < count; i++)
    client.add({"LRANGE", ball((first + i) % Stock::kBalls), "0", "-1"});
  Reply reply;
  bool is_answered = client.add({"EXEC"}).send();
  for (size_t i = 0; i < count + 2 && is_answered; i++) is_answered = client.read(reply);
  if (!is_answered) return client.close();
  check(reply);
  history.begin(member_.index, call);
  for (uint32_t i = 0; i < reply.items.size(); i++) {
    const Elements elements = elements_of(reply.items[i]);
    history.read(kBallKey + (first + i) % Stock::kBalls, name_of(elements), hash_of(elements));
  }
  history.end(Outcome::done, now_ns());
}

// With WATCH the lists are read before MULTI, without it inside of the transaction.
void TxnAuthor::move_ball() {
  Client& client = member_.client;
  base::Random& random = member_.random;
  Move move{.from = static_cast<uint32_t>(random.below(Stock::kBalls)),
            .renames = random.below(2) == 0};
  move.to = static_cast<uint32_t>(move.from + 1 + random.below(Stock::kBalls - 1)) % Stock::kBalls;
  move.left = stock_.fresh();
  move.arrived = stock_.fresh();
  const bool watches = member_.chance(50);
  const std::string from = ball(move.from), to = ball(move.to);
  Elements source, target;
  Reply reply, first, second;
  const int64_t look_call = now_ns();
  if (watches) {
    const bool is_answered = ask(reply, {"WATCH", from, to}) &&
                             ask(first, {"LRANGE", from, "0", "-1"}) &&
                             ask(second, {"LRANGE", to, "0", "-1"});
    if (!is_answered) return;
    source = elements_of(first);
    target = elements_of(second);
  }
  const int64_t call = now_ns();
  client.add({"MULTI"});
  if (!watches) client.add({"LRANGE", from, "0", "-1"}).add({"LRANGE", to, "0", "-1"});
  move.add_to(client);
  const size_t replies = 2 + Move::kCommands + (watches ? 0 : 2);
  bool is_answered = client.add({"EXEC"}).send();
  for (size_t i = 0; i < replies && is_answered; i++) {
    is_answered = client.read(reply);
    if (is_answered) check(reply);
  }
  const int64_t back = now_ns();
  if (!is_answered) client.close();
  const bool is_done = is_answered && !reply.nil && !reply.is_error();
  if (is_done && !watches) {
    source = elements_of(reply.items[0]);
    target = elements_of(reply.items[1]);
  }
  const uint32_t keys[] = {kBallKey + move.from, kBallKey + move.to};
  const Elements before[] = {source, target};
  move.apply(source, target);
  const bool is_known = is_done || watches;
  const auto note_reads = [&](size_t i) {
    history.read(keys[i], name_of(before[i]), hash_of(before[i]));
  };
  history.begin(member_.index, call);
  if (is_done) note_reads(0), note_reads(1);
  history.write(keys[0], move.left, is_known ? hash_of(source) : 0);
  history.write(keys[1], move.arrived, is_known ? hash_of(target) : 0);
  history.end(is_done ? Outcome::done : is_answered ? Outcome::failed : Outcome::unknown, back);
  if (is_done || !watches) return;
  for (size_t i = 0; i < 2; i++) {
    history.begin(member_.index, look_call);
    note_reads(i);
    history.end(Outcome::done, call);
  }
}

}  // namespace gyre::consistency
