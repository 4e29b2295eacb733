// Transaction: what a client has queued since MULTI, and the keys it watches.
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <span>
#include <string_view>
#include <unordered_set>
#include <vector>

#include "exec/batch.h"
#include "exec/engine.h"
#include "exec/request.h"
#include "ring/task.h"

namespace gyre::exec {

// Begins with MULTI or WATCH, ends with EXEC, DISCARD or the connection. Used on the client's core.
//
// A queued request stays where it was parsed as long as its batch lives, so that a transaction sent
// in one piece is never copied; own() copies it when the batch ends first.
class Transaction {
 public:
  using Names = std::span<const std::string_view>;

  Transaction() = default;
  Transaction(const Transaction&) = delete;
  Transaction& operator=(const Transaction&) = delete;
  ~Transaction() { forget_watches(); }

  bool is_open() const { return is_open_; }
  void open() { is_open_ = true; }
  // A command could not be queued: EXEC will refuse all of them.
  void spoil() { is_spoilt_ = true; }
  bool is_spoilt() const { return is_spoilt_; }

  void queue(Request& request, Route route);
  void own();
  size_t size() const { return queued_.size(); }
  // Of memory, when own() has copied everything.
  size_t bytes() const { return bytes_; }
  // Does one of the queued commands write?
  bool writes() const { return writes_; }

  // Watches keys, on this core or wherever they are.
  void watch_here(Engine& engine, uint16_t db, Names names);
  ring::Task<> watch(Engine& engine, uint16_t db, Names names);  // `names` outlive the task
  void forget_watches();

  // May it run on this core at once? All it needs is here, and nobody holds a key of it.
  bool can_run_here(Engine& engine) const;
  // Runs it, as far as can_run_here(), and answers EXEC.
  void run_here(Engine& engine, Session& session, resp::Reply& reply);
  // Runs it wherever its keys are: locks them, core after core, looks whether what is watched has
  // changed, and runs the commands in their order. All arguments outlive the task.
  ring::Task<> run(Engine& engine, Session& session, resp::Reply& reply);

 private:
  friend class TransactionRun;

  struct Queued {
    Request* request;
    Route route;
  };
  static constexpr uint16_t kNoCore = UINT16_MAX;

  // Has keys, all on one core: may run beside others of its like on other cores.
  static bool is_plain(const Queued& queued) {
    return queued.request->key.name.data() != nullptr && queued.route != Route::several &&
           queued.route != Route::wait;
  }

  // A key that is watched; the name lies in its Watch.
  struct Watched {
    std::string_view name;
    uint64_t hash;
    uint16_t db;
    bool operator==(const Watched&) const = default;
  };
  struct WatchedHash {
    size_t operator()(const Watched& key) const { return key.hash + key.db; }
  };

  std::vector<store::Key> unwatched(uint16_t db, Names names) const;
  void note(Watch& watch);

  bool is_open_ = false;
  bool is_spoilt_ = false;
  bool writes_ = false;
  bool is_spread_ = false;   // keys on several cores, or nobody knows where
  uint16_t core_ = kNoCore;  // of all keys so far
  size_t bytes_ = 0;
  std::vector<Queued> queued_;
  size_t owned_ = 0;  // so many of them lie in blocks_
  std::vector<std::unique_ptr<char[]>> blocks_;
  std::vector<Watch*> watches_;
  std::unordered_set<Watched, WatchedHash> watched_;
};

}  // namespace gyre::exec
