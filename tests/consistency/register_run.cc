// Part (a): registers, counters and compare-and-set on keys of all cores must be linearizable.
#include <fmt/core.h>

#include <algorithm>
#include <atomic>
#include <mutex>
#include <thread>

#include "clock.h"
#include "crew.h"
#include "register_check.h"
#include "register_history.h"
#include "runs.h"

namespace gyre::consistency {

namespace {

constexpr int64_t kOwn = 1'000'000'000;  // values of client n are above (n + 1) * kOwn: all differ

bool is_counter(uint32_t key) { return key % 3 == 0; }

std::string name_of(uint32_t key) {
  return fmt::format("{}:{}", is_counter(key) ? "counter" : "register", key);
}

// One client's share of the history, and how it makes it.
class Author {
 public:
  Author(const Options& options, Member& member)
      : options_(options),
        member_(member),
        seen_(static_cast<size_t>(options.keys), kAbsent),
        next_((member.index + 1) * kOwn) {}

  void write(int64_t count) {
    if (options_.kills > 0) member_.client.ask_id();
    while (static_cast<int64_t>(history.size()) < count) {
      const bool pipelines = member_.index % 2 == 1 && options_.pipeline > 1;
      const uint64_t size = pipelines ? 1 + member_.random.below(options_.pipeline) : 1;
      batch_.clear();
      for (uint64_t i = 0; i < size; i++) batch_.push_back(invent());
      if (!ask()) {
        member_.client.connect();
        if (options_.kills > 0) member_.client.ask_id();
      }
      history.insert(history.end(), batch_.begin(), batch_.end());
    }
  }

  std::vector<Operation> history;
  std::string refused;  // the first error

 private:
  Operation invent() {
    base::Random& random = member_.random;
    const uint64_t keys = static_cast<uint64_t>(options_.keys);
    // A third of all goes to an eighth of the keys.
    const uint64_t chosen = random.below(3) == 0 ? random.below(keys / 8) : random.below(keys);
    Operation operation{.key = static_cast<uint32_t>(chosen), .connection = member_.index};
    const uint64_t dice = random.below(100);
    if (is_counter(operation.key)) {
      operation.verb = dice < 55 ? Verb::increment : dice < 97 ? Verb::get : Verb::take;
      operation.argument = dice < 40 ? 1 : 3;
      return operation;
    }
    constexpr struct {
      uint64_t below;
      Verb verb;
    } kMix[] = {{22, Verb::set},         {58, Verb::get},        {80, Verb::swap_if},
                {88, Verb::get_and_set}, {93, Verb::set_if_new}, {97, Verb::take},
                {100, Verb::erase}};
    operation.verb = std::find_if(std::begin(kMix), std::end(kMix), [dice](const auto& row) {
                       return dice < row.below;
                     })->verb;
    operation.argument = next_++;
    // Nothing seen yet: a value that nobody writes, so the swap fails.
    const int64_t seen = seen_[operation.key];
    operation.expected = seen == kAbsent ? -1 : seen;
    return operation;
  }

  void send(const Operation& operation) {
    const std::string key = name_of(operation.key);
    const std::string argument = std::to_string(operation.argument);
    Client& client = member_.client;
    switch (operation.verb) {
      case Verb::set:
        client.add({"SET", key, argument});
        break;
      case Verb::get:
        client.add({"GET", key});
        break;
      case Verb::increment:
        operation.argument == 1 ? client.add({"INCR", key}) : client.add({"INCRBY", key, argument});
        break;
      case Verb::swap_if:
        client.add({"SET", key, argument, "IFEQ", std::to_string(operation.expected)});
        break;
      case Verb::get_and_set:
        client.add({"GETSET", key, argument});
        break;
      case Verb::set_if_new:
        client.add({"SETNX", key, argument});
        break;
      case Verb::take:
        client.add({"GETDEL", key});
        break;
      case Verb::erase:
        client.add({"DEL", key});
        break;
    }
  }

  bool ask() {
    for (const Operation& operation : batch_) send(operation);
    const int64_t call = now_ns();
    for (Operation& operation : batch_) operation.call = call;
    if (!member_.client.send()) return false;
    Reply reply;
    for (Operation& operation : batch_) {
      if (!member_.client.read(reply)) return false;
      operation.back = now_ns();
      if (reply.is_error() && refused.empty()) refused = reply.text;
      note(operation, reply);
    }
    return true;
  }

  void note(Operation& operation, const Reply& reply) {
    int64_t& seen = seen_[operation.key];
    switch (operation.verb) {
      case Verb::set:
        seen = operation.argument;
        return;
      case Verb::swap_if:
        operation.result = reply.nil ? 0 : 1;
        if (!reply.nil) seen = operation.argument;
        return;
      case Verb::get_and_set:
        operation.result = reply.nil ? kAbsent : reply.number;
        seen = operation.argument;
        return;
      default:
        operation.result = reply.nil ? kAbsent : reply.number;
        if (operation.verb == Verb::get) seen = operation.result;
    }
  }

  const Options& options_;
  Member& member_;
  std::vector<int64_t> seen_;  // by key: the last value this client knows of
  int64_t next_;
  std::vector<Operation> batch_;
};

// Checks the keys in as many threads as there are cores.
class Bench {
 public:
  explicit Bench(std::vector<std::vector<Operation>> keys) : keys_(std::move(keys)) {}

  bool check() {
    std::vector<std::thread> threads;
    for (unsigned i = 0; i < std::max(1U, std::thread::hardware_concurrency()); i++) {
      threads.emplace_back([this] {
        for (size_t key = next_++; key < keys_.size(); key = next_++) check_key(key);
      });
    }
    for (std::thread& thread : threads) thread.join();
    return wrong_ == 0;
  }

  uint64_t positions() const { return positions_; }

 private:
  void check_key(size_t key) {
    const RegisterVerdict verdict = check_register(keys_[key]);
    positions_ += verdict.positions;
    std::vector<Operation>().swap(keys_[key]);
    if (verdict.linearizable == Answer::yes) return;
    std::lock_guard lock(mutex_);
    const std::string name = name_of(static_cast<uint32_t>(key));
    const bool sure = verdict.linearizable == Answer::no;
    if (++wrong_ > 3) return;
    fmt::print("VIOLATION: {} {}\n{}", name, sure ? "is not linearizable" : "is too hard to check",
               verdict.story);
  }

  std::vector<std::vector<Operation>> keys_;
  std::atomic<size_t> next_ = 0;
  std::atomic<uint64_t> positions_ = 0;
  std::mutex mutex_;
  uint64_t wrong_ = 0;
};

}  // namespace

bool run_registers(const Options& options) {
  Crew crew(options);
  std::deque<Author> authors;
  for (Member& member : crew.members()) authors.emplace_back(options, member);
  const int64_t start = now_ns();
  crew.run_with_killer(options.kills > 0 ? crew.members().size() : 0, [&](Member& member) {
    authors[member.index].write((options.count + options.clients - 1) / options.clients);
  });
  const int64_t middle = now_ns();
  std::vector<std::vector<Operation>> keys(static_cast<size_t>(options.keys));
  uint64_t total = 0, open = 0;
  for (Author& author : authors) {
    if (!author.refused.empty()) {
      fmt::print("VIOLATION: an error was answered: {}\n", author.refused);
      return false;
    }
    for (const Operation& operation : author.history) {
      keys[operation.key].push_back(operation);
      open += operation.is_answered() ? 0 : 1;
    }
    total += author.history.size();
    std::vector<Operation>().swap(author.history);
  }
  for (uint32_t key = 0; key < keys.size(); key++) {
    Operation last{.call = now_ns(), .key = key, .connection = ~0u, .verb = Verb::get};
    const Reply reply = crew.control().must({"GET", name_of(key)});
    last.back = now_ns();
    last.result = reply.nil ? kAbsent : reply.number;
    keys[key].push_back(last);
  }
  Bench bench(std::move(keys));
  const bool fine = bench.check();
  const int64_t end = now_ns();
  fmt::print(
      "registers: {} operations on {} keys in {:.1f} s, {} kills left {} without an answer; "
      "checked in {:.1f} s "
      "({} positions)\n",
      total, options.keys, seconds(middle - start), crew.kills(), open, seconds(end - middle),
      bench.positions());
  return fine;
}

}  // namespace gyre::consistency
