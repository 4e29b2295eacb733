// Inventing transactions, sending them, and writing down what came of them.
#include "txn_author.h"

#include <fmt/core.h>

#include <algorithm>
#include <map>

#include "clock.h"

namespace gyre::consistency {

namespace {

std::vector<std::string> words_of(const Deed& deed) {
  using Kind = Deed::Kind;
  std::vector<std::string> words;
  switch (deed.kind) {
    case Kind::append:
      return {"RPUSH", key_name(deed.keys[0]), std::to_string(deed.values[0])};
    case Kind::list:
      return {"LRANGE", key_name(deed.keys[0]), "0", "-1"};
    case Kind::set:
      return {"SET", key_name(deed.keys[0]), std::to_string(deed.values[0])};
    case Kind::get:
      return {"GET", key_name(deed.keys[0])};
    case Kind::swap:
      return {"GETSET", key_name(deed.keys[0]), std::to_string(deed.values[0])};
    case Kind::set_many:
      words = {"MSET"};
      for (size_t i = 0; i < deed.keys.size(); i++) {
        words.push_back(key_name(deed.keys[i]));
        words.push_back(std::to_string(deed.values[i]));
      }
      return words;
    case Kind::get_many:
      words = {"MGET"};
      for (const uint32_t key : deed.keys) words.push_back(key_name(key));
      return words;
  }
  return words;
}

std::vector<uint32_t> numbers(const Reply& reply) {
  std::vector<uint32_t> found;
  for (const Reply& item : reply.items) found.push_back(static_cast<uint32_t>(item.number));
  return found;
}

}  // namespace

uint32_t Stock::list(base::Random& random) {
  const uint32_t slot = static_cast<uint32_t>(random.below(kLists));
  return slots_[slot].generation.load(std::memory_order_relaxed) * kLists + slot;
}

uint32_t Stock::list_to_append(base::Random& random) {
  const uint32_t key = list(random);
  Slot& slot = slots_[key % kLists];
  if (slot.appended.fetch_add(1, std::memory_order_relaxed) == kLongest) {
    slot.generation.fetch_add(1, std::memory_order_relaxed);
    slot.appended = 0;
  }
  return key;
}

uint32_t Stock::lists_end() const {
  uint32_t end = 0;
  for (const Slot& slot : slots_) end = std::max(end, (slot.generation + 1) * kLists);
  return end;
}

Deed TxnAuthor::invent() {
  base::Random& random = member_.random;
  const auto text = [&] { return kTextKey + static_cast<uint32_t>(random.below(Stock::kTexts)); };
  using Kind = Deed::Kind;
  constexpr Kind kMix[] = {Kind::append, Kind::append, Kind::append,   Kind::list,     Kind::list,
                           Kind::set,    Kind::get,    Kind::set_many, Kind::get_many, Kind::swap};
  Deed deed{.kind = kMix[random.below(std::size(kMix))]};
  if (deed.kind == Kind::append) {
    deed.keys = {stock_.list_to_append(random)};
  } else if (deed.kind == Kind::list) {
    deed.keys = {stock_.list(random)};
  } else {
    const bool is_many = deed.kind == Kind::set_many || deed.kind == Kind::get_many;
    const size_t count = is_many ? 2 + random.below(3) : 1;
    while (deed.keys.size() < count) {
      const uint32_t key = text();
      const bool is_new = std::find(deed.keys.begin(), deed.keys.end(), key) == deed.keys.end();
      if (is_new) deed.keys.push_back(key);
    }
  }
  for (size_t i = 0; i < deed.keys.size(); i++) deed.values.push_back(stock_.fresh());
  return deed;
}

std::vector<Deed> TxnAuthor::invent_some(uint64_t most) {
  std::vector<Deed> deeds;
  for (uint64_t left = 1 + member_.random.below(most); left > 0; left--) deeds.push_back(invent());
  return deeds;
}

void TxnAuthor::write(int64_t count) {
  const auto connect = [this] {
    if (!member_.client.is_open()) member_.client.connect();
    if (options_.kills > 0) member_.client.ask_id();
  };
  connect();
  for (int64_t i = 0; i < count; i++) {
    const uint64_t dice = member_.random.below(100);
    if (options_.plain || dice < 20) {
      do_alone(invent());
    } else if (dice < 45) {
      do_together();
    } else if (dice < 60) {
      do_batch();
    } else if (dice < 66) {
      do_in_vain();
    } else if (dice < 84) {
      update_watched();
    } else if (dice < 95) {
      move_ball();
    } else {
      read_balls();
    }
    // ask() closes what has ended.
    if (!member_.client.is_open()) connect();
  }
}

bool TxnAuthor::ask(Reply& reply, const std::vector<std::string>& words) {
  if (member_.client.add(words).send() && member_.client.read(reply)) return true;
  member_.client.close();
  return false;
}

void TxnAuthor::check(const Reply& reply) {
  if (reply.is_error() && refused.empty()) refused = reply.text;
  for (const Reply& item : reply.items) check(item);
}

void TxnAuthor::note(const Deed& deed, const Reply* reply) {
  using Kind = Deed::Kind;
  if (reply) check(*reply);
  const uint32_t key = deed.keys[0], value = deed.values[0];
  const bool reads_one = deed.kind == Kind::get || deed.kind == Kind::swap;
  if (deed.kind == Kind::append) history.append(key, value);
  if (deed.kind == Kind::list && reply) history.list(key, numbers(*reply));
  if (reads_one && reply) history.read(key, static_cast<uint32_t>(reply->number));
  if (deed.kind == Kind::set || deed.kind == Kind::swap) history.write(key, value);
  for (size_t i = 0; i < deed.keys.size(); i++) {
    if (deed.kind == Kind::set_many) history.write(deed.keys[i], deed.values[i]);
    if (deed.kind != Kind::get_many || !reply) continue;
    const uint32_t found =
        i < reply->items.size() ? static_cast<uint32_t>(reply->items[i].number) : 0;
    history.read(deed.keys[i], found);
  }
}

void TxnAuthor::do_alone(const Deed& deed) {
  const int64_t call = now_ns();
  Reply reply;
  const bool is_answered = ask(reply, words_of(deed));
  history.begin(member_.index, call);
  note(deed, is_answered ? &reply : nullptr);
  history.end(is_answered ? Outcome::done : Outcome::unknown, now_ns());
}

// The answer of EXEC, if there is one; otherwise whether EXEC may have been executed.
bool TxnAuthor::send_multi(const std::vector<Deed>& deeds, bool at_once, Reply& reply,
                           bool& was_sent) {
  Client& client = member_.client;
  if (options_.torn) {
    Reply all{.kind = '*'};
    was_sent = true;
    for (const Deed& deed : deeds) {
      if (!ask(reply, words_of(deed))) return false;
      all.items.push_back(reply);
    }
    reply = std::move(all);
    return true;
  }
  if (!at_once) {
    if (!ask(reply, {"MULTI"})) return false;
    for (const Deed& deed : deeds) {
      if (!ask(reply, words_of(deed))) return false;
      check(reply);
    }
    was_sent = true;
    return ask(reply, {"EXEC"});
  }
  client.add({"MULTI"});
  for (const Deed& deed : deeds) client.add(words_of(deed));
  was_sent = true;
  bool is_answered = client.add({"EXEC"}).send();
  for (size_t i = 0; i < deeds.size() + 2 && is_answered; i++) {
    check(reply);
    is_answered = client.read(reply);
  }
  if (!is_answered) client.close();
  return is_answered;
}

template <typename Before>
Outcome TxnAuthor::execute(const std::vector<Deed>& deeds, bool at_once, const Before& before) {
  const int64_t call = now_ns();
  Reply reply;
  bool was_sent = false;
  const bool is_answered = send_multi(deeds, at_once, reply, was_sent);
  const int64_t back = now_ns();
  if (is_answered && reply.is_error()) check(reply);
  const bool is_done = is_answered && reply.items.size() == deeds.size();
  const bool is_unknown = !is_answered && was_sent;
  const Outcome outcome = is_done ? Outcome::done : is_unknown ? Outcome::unknown : Outcome::failed;
  history.begin(member_.index, call);
  before(outcome);
  for (size_t i = 0; i < deeds.size(); i++) note(deeds[i], is_done ? &reply.items[i] : nullptr);
  history.end(outcome, back);
  return outcome;
}

void TxnAuthor::do_together() {
  execute(invent_some(5), member_.chance(60), [](Outcome) {});
}

uint32_t TxnAuthor::note_all(const std::vector<Deed>& deeds, int64_t call, const Reply* reply,
                             bool is_exec) {
  history.begin(member_.index, call);
  for (size_t i = 0; i < deeds.size(); i++) {
    const bool is_whole = reply && (!is_exec || reply->items.size() == deeds.size());
    note(deeds[i], is_whole ? (is_exec ? &reply->items[i] : reply) : nullptr);
  }
  history.end(reply ? Outcome::done : Outcome::unknown, now_ns());
  return static_cast<uint32_t>(history.txns.size() - 1);
}

void TxnAuthor::do_batch() {
  struct Item {
    std::vector<Deed> deeds;
    bool is_exec = false;
  };
  std::vector<Item> items;
  Client& client = member_.client;
  for (uint64_t left = 2 + member_.random.below(6); left > 0; left--) {
    Item& item = items.emplace_back();
    item.is_exec = member_.chance(40);
    item.deeds = item.is_exec ? invent_some(3) : std::vector{invent()};
    if (item.is_exec) client.add({"MULTI"});
    for (const Deed& deed : item.deeds) client.add(words_of(deed));
    if (item.is_exec) client.add({"EXEC"});
  }
  const int64_t call = now_ns();
  bool is_open = client.send();
  Reply reply;
  std::vector<uint32_t> since;  // what the next one that is not plain comes after
  std::map<uint32_t, uint32_t> last_of;
  uint32_t barrier = ~0u;
  for (const Item& item : items) {
    for (size_t i = 0; i < (item.is_exec ? item.deeds.size() + 2 : 1) && is_open; i++) {
      is_open = client.read(reply);
      if (is_open) check(reply);
    }
    const uint32_t txn = note_all(item.deeds, call, is_open ? &reply : nullptr, item.is_exec);
    if (!item.is_exec && item.deeds[0].is_plain()) {
      const auto [same, is_first] = last_of.try_emplace(item.deeds[0].keys[0], barrier);
      if (same->second != ~0u) history.orders.emplace_back(same->second, txn);
      same->second = txn;
      if (barrier != ~0u && !is_first) history.orders.emplace_back(barrier, txn);
      since.push_back(txn);
      continue;
    }
    if (barrier != ~0u) since.push_back(barrier);
    for (const uint32_t before : since) history.orders.emplace_back(before, txn);
    since.clear();
    last_of.clear();
    barrier = txn;
  }
  if (!is_open) client.close();
}

void TxnAuthor::do_in_vain() {
  const std::vector<Deed> deeds = invent_some(3);
  const uint64_t way = member_.random.below(3);
  Reply reply;
  if (way == 0) {
    Deed changed{Deed::Kind::set, {kTextKey + 1}, {stock_.fresh()}};
    if (!ask(reply, {"WATCH", key_name(changed.keys[0])})) return;
    do_alone(changed);
    if (!member_.client.is_open()) return;
    const Outcome outcome = execute(deeds, member_.chance(50), [](Outcome) {});
    if (outcome == Outcome::done) refused = "EXEC ran although a watched key had been changed";
    return;
  }
  const int64_t call = now_ns();
  bool is_open = ask(reply, {"MULTI"});
  for (size_t i = 0; i < deeds.size() && is_open; i++) is_open = ask(reply, words_of(deeds[i]));
  if (way == 1) {
    is_open = is_open && ask(reply, {"SET", "text:1"}) && ask(reply, {"EXEC"});
    if (is_open && !reply.is_error()) refused = "EXEC ran although a command had been refused";
  } else if (is_open) {
    ask(reply, {"DISCARD"});
  }
  history.begin(member_.index, call);
  for (const Deed& deed : deeds) note(deed, nullptr);
  history.end(Outcome::failed, now_ns());
}

void TxnAuthor::update_watched() {
  Deed look{.kind = Deed::Kind::get_many};
  const uint32_t first = static_cast<uint32_t>(member_.random.below(Stock::kTexts));
  const uint32_t other = static_cast<uint32_t>(1 + member_.random.below(Stock::kTexts - 1));
  look.keys = {kTextKey + first, kTextKey + (first + other) % Stock::kTexts};
  look.values = {0, 0};
  Reply reply, seen;
  if (!ask(reply, {"WATCH", key_name(look.keys[0]), key_name(look.keys[1])})) return;
  const int64_t call = now_ns();
  if (!ask(seen, words_of(look))) return;
  const int64_t back = now_ns();
  // One written and both watched: without WATCH, this is write skew.
  std::vector<Deed> deeds = {{Deed::Kind::set, {look.keys[0]}, {stock_.fresh()}}};
  if (member_.chance(40)) deeds.push_back({Deed::Kind::set, {look.keys[1]}, {stock_.fresh()}});
  if (member_.chance(40)) {
    deeds.push_back(
        {Deed::Kind::append, {stock_.list_to_append(member_.random)}, {stock_.fresh()}});
  }
  const Outcome outcome = execute(deeds, member_.chance(50), [&](Outcome known) {
    if (known == Outcome::done) note(look, &seen);
  });
  if (outcome == Outcome::done) return;
  history.begin(member_.index, call);
  note(look, &seen);
  history.end(Outcome::done, back);
}

void TxnAuthor::read_all(uint32_t lists_end, bool plain) {
  for (uint32_t list = 0; list < lists_end; list++) do_alone({Deed::Kind::list, {list}, {0}});
  for (uint32_t i = 0; i < Stock::kTexts; i++) do_alone({Deed::Kind::get, {kTextKey + i}, {0}});
  if (!plain) read_balls();
}

}  // namespace gyre::consistency
