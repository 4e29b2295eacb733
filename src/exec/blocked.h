// Blocked: a client whose command waits until a key has something for it.
#pragma once

#include <atomic>
#include <coroutine>
#include <cstdint>
#include <memory>
#include <string>
#include <unordered_map>
#include <vector>

#include "base/intrusive.h"
#include "exec/part.h"
#include "exec/request.h"
#include "ring/mailbox.h"
#include "ring/timer.h"

namespace gyre::exec {

class Blocked;
class Engine;

// Who waits for one key, in the order of asking.
struct BlockedQueue;

// One of the keys a client waits for. Lives on the client's core; linked and unlinked on the core
// that owns the key.
struct ParkedKey : base::ListHook<> {
  Blocked* who = nullptr;
  uint16_t core = 0;
  BlockedQueue* queue = nullptr;
  bool is_away = false;  // its client has been sent for; those behind it wait
  // The command as it is served by this key alone.
  Request request;
  KeyRef key;
  std::vector<std::string_view> argv;
  std::vector<std::string> texts;
};

struct BlockedQueue {
  uint16_t db = 0;
  uint64_t hash = 0;
  std::string name;
  bool is_ready = false;   // is in a list of keys to look at
  bool is_served = false;  // just now: it stays even if nobody waits any more
  size_t minding = 0;      // of those who wait: must be told that the key has gone
  base::List<ParkedKey> waiting;

  store::Key key() const { return {name, hash}; }
};

// A client is served once, whichever of its keys has something first, on whichever core: whoever
// wants to end the wait must win the state. Lives in the frame of the coroutine that waits.
class Blocked : ring::Message {
 public:
  enum class End : uint8_t {
    none,
    served,     // reply() is the answer
    retry,      // a key that has something is needed together with keys of other cores
    timeout,    // answered with null
    unblocked,  // by CLIENT UNBLOCK with ERROR
    closed,     // the client has gone
  };

  Blocked(Engine& home, const Request& request) : home_(home), request_(request) {}
  Blocked(const Blocked&) = delete;
  Blocked& operator=(const Blocked&) = delete;

  const Request& request() const { return request_; }
  ReplyBuffer& reply() { return reply_; }
  // Makes the object for one of the command's keys, on the client's core.
  ParkedKey& add_key(const KeyRef& key);
  std::vector<std::unique_ptr<ParkedKey>>& keys() { return keys_; }

  // ---- On the client's core ----
  // Ends the wait; false if somebody else has done so or is about to.
  bool cancel(End reason);
  void start_timer(uint64_t timeout_ms);
  void stop_timer();
  // What it was served with is not safe and cannot be for now.
  bool is_lost() const { return is_lost_; }
  // Awaitable: how the wait has ended.
  auto wait() {
    struct Awaiter {
      Blocked& self;
      bool await_ready() const noexcept { return self.end_ != End::none; }
      void await_suspend(std::coroutine_handle<> handle) { self.caller_ = handle; }
      End await_resume() const noexcept {
        self.caller_ = nullptr;
        return self.end_;
      }
    };
    return Awaiter{*this};
  }
  // Waits again after End::retry. What ended the wait meanwhile does so now.
  void wait_again();

  // ---- On the core of a key ----
  bool is_taken() const { return state_.load(std::memory_order_relaxed) != State::waiting; }
  // True if the caller is the one to serve.
  bool claim() {
    State expected = State::waiting;
    return state_.compare_exchange_strong(expected, State::taken, std::memory_order_acq_rel);
  }
  // After that: tells the client's core.
  void finish(Engine& at, End end);

 private:
  enum class State : uint8_t { waiting, taken };
  struct Alarm : ring::Timer {
    Blocked* who = nullptr;
  };

  void end(End how);

  Engine& home_;
  const Request& request_;
  std::atomic<State> state_{State::waiting};
  End end_ = End::none;
  End message_end_ = End::none;  // on its way home
  bool is_lost_ = false;
  End missed_ = End::none;  // came while it could not be heeded
  std::coroutine_handle<> caller_;
  Alarm alarm_;
  ReplyBuffer reply_;
  std::vector<std::unique_ptr<ParkedKey>> keys_;
};

// The keys of one core that clients wait for.
class BlockedKeys {
 public:
  BlockedKeys() = default;
  BlockedKeys(const BlockedKeys&) = delete;
  BlockedKeys& operator=(const BlockedKeys&) = delete;

  bool empty() const { return by_hash_.empty(); }
  size_t size() const { return by_hash_.size(); }
  void park(ParkedKey& parked);
  void unpark(ParkedKey& parked);
  // A client that was sent for has not been served: those behind it have their turn again.
  void come_back(ParkedKey& parked);

  void note_change(uint16_t db, const store::Key& key);
  // All keys of a database are others now, or none.
  void note_all(uint16_t db);

  // Is there a key to look at?
  bool has_ready() const { return !ready_.empty(); }
  // Locks have been given back: what could not be served before comes up again.
  void retry_locked();
  // Serves those whose keys have something, in their order, and tells their cores.
  void serve(Engine& at);

 private:
  BlockedQueue* find(uint16_t db, const store::Key& key);
  void look_at(BlockedQueue& queue);
  void serve_queue(Engine& at, BlockedQueue& queue);
  void serve_one(Engine& at, ParkedKey& parked);
  void drop_if_idle(BlockedQueue& queue);

  std::unordered_multimap<uint64_t, std::unique_ptr<BlockedQueue>> by_hash_;
  std::vector<BlockedQueue*> ready_;
  std::vector<BlockedQueue*> locked_;  // to be looked at, but somebody holds the key
  bool is_serving_ = false;
};

}  // namespace gyre::exec
