// What one client does in the transactions part, and the history it writes of it.
#pragma once

#include <array>
#include <atomic>
#include <cstdint>
#include <string>
#include <vector>

#include "crew.h"
#include "txn_history.h"

namespace gyre::consistency {

// What all authors share: fresh values, and lists that are left alone when they have grown long.
class Stock {
 public:
  static constexpr uint32_t kLists = 16, kTexts = 12, kBalls = 8;
  static constexpr uint32_t kLongest = 60;

  uint32_t fresh() { return next_.fetch_add(1, std::memory_order_relaxed); }
  uint32_t list(base::Random& random);
  uint32_t list_to_append(base::Random& random);
  // Every list that was ever used is below.
  uint32_t lists_end() const;

 private:
  struct Slot {
    std::atomic<uint32_t> generation = 0, appended = 0;
  };

  std::atomic<uint32_t> next_ = 1;
  std::array<Slot, kLists> slots_;
};

// A command of a transaction before it is sent; several keys for MSET and MGET.
struct Deed {
  enum class Kind : uint8_t { append, list, set, get, swap, set_many, get_many };

  Kind kind = Kind::get;
  std::vector<uint32_t> keys;
  std::vector<uint32_t> values;

  // Commands of one batch with one key each may take effect in any order, if the keys differ.
  bool is_plain() const { return kind != Kind::set_many && kind != Kind::get_many; }
};

class TxnAuthor {
 public:
  TxnAuthor(const Options& options, Member& member, Stock& stock)
      : options_(options), member_(member), stock_(stock) {}

  // Makes `count` transactions.
  void write(int64_t count);
  // One read of each key, by the client that comes after all others.
  void read_all(uint32_t lists_end, bool plain);
  // Gives every ball its first element.
  void make_balls();

  TxnHistory history;
  std::string refused;  // the first error that nobody had asked for

 private:
  // A single command, which is a transaction of its own.
  Deed invent();
  void do_alone(const Deed& deed);
  // MULTI, some commands, EXEC: in one batch or one by one.
  void do_together();
  // Single commands and transactions in one batch.
  void do_batch();
  // Transactions that must not happen: EXECABORT, DISCARD, a watched key that changed.
  void do_in_vain();
  // WATCH, MGET, MULTI, SET, EXEC.
  void update_watched();
  // A list goes to another name, or an element from one list to another; lists read whole.
  void move_ball();
  void read_balls();

  std::vector<Deed> invent_some(uint64_t most);
  // What a transaction read before MULTI and what else it is known to write go to `before`, which
  // is called once the transaction has begun in the history.
  template <typename Before>
  Outcome execute(const std::vector<Deed>& deeds, bool at_once, const Before& before);
  bool send_multi(const std::vector<Deed>& deeds, bool at_once, Reply& reply, bool& was_sent);
  void note(const Deed& deed, const Reply* reply);
  // Notes a transaction as execute() does; its number in the history.
  uint32_t note_all(const std::vector<Deed>& deeds, int64_t call, const Reply* reply, bool is_exec);
  bool ask(Reply& reply, const std::vector<std::string>& words);
  void check(const Reply& reply);

  const Options& options_;
  Member& member_;
  Stock& stock_;
};

}  // namespace gyre::consistency
