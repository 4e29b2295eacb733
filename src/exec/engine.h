// Engine: what one core needs to execute commands.
#pragma once

#include <cstdint>
#include <memory>
#include <span>
#include <utility>
#include <vector>

#include "exec/channels.h"
#include "exec/command_stats.h"
#include "exec/departures.h"
#include "exec/effects.h"
#include "exec/locks.h"
#include "exec/news.h"
#include "exec/request.h"
#include "exec/slow_log.h"
#include "exec/table.h"
#include "exec/unsettled.h"
#include "resp/output.h"
#include "ring/core.h"
#include "store/shard.h"

namespace gyre::exec {

class Batch;
class Engine;
class Rest;

// All engines of a process, by core.
struct Engines {
  const CommandTable* commands = nullptr;
  std::vector<Engine*> engines;  // one per core, filled in as the cores start

  Engine& at(uint16_t core) const { return *engines[core]; }
  uint16_t count() const { return static_cast<uint16_t>(engines.size()); }
};

class Engine {
 public:
  Engine(ring::Core& core, const Engines& all, const store::ShardOptions& options, uint64_t seed);
  Engine(const Engine&) = delete;
  Engine& operator=(const Engine&) = delete;
  ~Engine();

  // The engine of the calling core.
  static Engine& current() { return *current_; }

  uint16_t core_id() const { return core_id_; }
  ring::Core& core() { return core_; }
  store::Shard& shard() { return shard_; }
  Locks& locks() { return locks_; }
  Effects& effects() { return effects_; }
  Recorder& recorder() { return effects_.recorder; }
  Unsettled& unsettled() { return unsettled_; }
  // For messages that answer other cores.
  Departures& departures() { return departures_; }
  Watches& watches() { return effects_.watches; }
  BlockedKeys& blocked() { return effects_.blocked; }
  // Clients of this core whose commands wait for keys.
  size_t blocked_clients() const { return blocked_clients_; }
  void count_blocked(int change) { blocked_clients_ += static_cast<size_t>(change); }

  // Between begin_unit() and end_unit() commands run as one, and nobody is served with what the
  // first of them leaves. Not nested.
  void begin_unit() { is_in_unit_ = true; }
  void end_unit() {
    is_in_unit_ = false;
    serve_blocked();
  }
  // Gives locks back, and serves whoever can be served now.
  void release(LockRequest& lock) {
    locks_.release(lock);
    effects_.blocked.retry_locked();
    serve_blocked();
  }
  // Serves the clients that wait for keys which have something now.
  void serve_blocked() {
    if (effects_.blocked.has_ready() && !is_in_unit_) [[unlikely]] {
      effects_.blocked.serve(*this);
      effects_.update();
    }
  }
  const Engines& all() const { return all_; }
  const CommandTable& commands() const { return *all_.commands; }
  resp::ChunkPool& chunks() { return chunks_; }
  // The memory of frames that are pushed to sessions.
  resp::ChunkPool& push_chunks() { return push_chunks_; }
  Announcer& announcer() { return announcer_; }
  Channels& channels() { return channels_; }
  Tracking& tracking() { return tracking_; }
  CommandStats& stats() { return stats_; }
  SlowLog& slow_log() { return slow_log_; }

  // The core that owns a key.
  uint16_t owner_of(std::string_view key) const;

  // Is a key of the request locked by a command over several cores? Then it must wait its turn.
  bool is_blocked(const Request& request) const { return locks_.any() && has_locked_key(request); }

  // Runs an owner, split or here command to its end on this core, with its errors encoded and its
  // time counted. The keys must not be locked by others.
  void run(Request& request, resp::Reply& reply);
  // The same for one of several commands in a row, between start_clock() and stop_clock(). Reading
  // the clock costs as much as a lookup in the table, so the end of a command is the beginning of
  // the next one, and brief commands of one kind that follow each other are timed together: each
  // counts with its share. (Unless the slow log asks for times that short.)
  // Whoever `takes_rests` looks for one when run_next() says that the reply has an end elsewhere.
  void start_clock(bool takes_rests = false);
  // False: see take_rest().
  [[nodiscard]] bool run_next(Request& request, resp::Reply& reply);
  // Runs the attempt of a command of shape wait; false if it must wait, and nothing has happened.
  [[nodiscard]] bool run_attempt(Request& request, resp::Reply& reply);
  // Runs a command that wants to block if it finds nothing; false if so, and nothing has happened.
  [[nodiscard]] bool run_or_block(Request& request, resp::Reply& reply);
  // For the handlers of such commands: there is nothing for them at their keys.
  Status nothing_yet(const Request& request, resp::Reply& reply);
  void stop_clock() {
    if (run_.calls > 0) {
      end_run();
    }
    takes_rests_ = false;
  }

  // For handlers of long replies: may the rest of this one come later?
  bool takes_rests() const { return takes_rests_; }
  // What the handler returns that has left its reply to `rest`, only if takes_rests().
  Status leave(Rest& rest) {
    rest_ = &rest;
    return fail(kUnfinished);
  }
  // The rest of the reply of the last command that ran, if there is one.
  Rest* take_rest() { return std::exchange(rest_, nullptr); }
  // Bytes of replies that may be kept for one client.
  void set_kept_max(size_t bytes) { kept_max_ = bytes; }
  size_t kept_max() const { return kept_max_; }

  // Tells whoever keeps the request's keys locked that it waits.
  void want_keys(const Request& request);

  // Counts a command that has run: its time, and its failure if `failed`.
  void note(const Request& request, uint64_t ns, bool failed) {
    note_calls(request, ns, 1, failed ? 1 : 0);
  }

  // Answers a request with an error before it ran.
  void reject(const Request& request, const char* text, resp::Reply& reply);
  // Runs a gather command whose keys are all on this core.
  Status run_gather_here(Request& request, resp::Reply& reply);
  // Answers with the error of a command that has failed.
  void encode_error(Error error, resp::Reply& reply) {
    reply.error(error);
    stats_.count_error(error.text());
  }

  // Around what a request does here; see Careful.
  void begin_care(const Request& request);
  void end_care(const Request& request);

  // At the end of a turn: serves whom housekeeping has something for, and sends off what was
  // collected for other cores.
  void end_turn();
  // A session of this core is over.
  void forget(Session& session) {
    channels_.forget(session);
    tracking_.forget(session);
  }

  // Free batches of this core.
  Batch& take_batch();
  void give_back(Batch& batch);

 private:
  // Brief commands of one kind that have run since the clock was read.
  struct Run {
    const Request* last = nullptr;
    uint32_t calls = 0;
    uint32_t failed = 0;
  };

  // Stands for no error of the client's.
  static constexpr Error kUnfinished{"ERR unfinished"};

  bool has_locked_key(const Request& request) const;
  uint64_t read_clock();
  void end_run();
  Status call_with_care(Request& request, resp::Reply& reply);
  // Counts `calls` of one command that took `ns` together; one that was slow is the last, as far as
  // anybody can tell.
  void note_calls(const Request& request, uint64_t ns, uint32_t calls, uint32_t failed) {
    CommandStats::Row& row = stats_.at(request.command->id);
    row.failed += failed;
    stats_.count_calls(row, ns, calls);
    if (slow_log_.is_slow(ns)) [[unlikely]] {
      slow_log_.add(request, ns, shard_.now_ms());
    }
  }

  static thread_local Engine* current_;

  ring::Core& core_;
  const uint16_t core_id_;
  const Engines& all_;
  store::Shard shard_;
  Locks locks_;
  resp::ChunkPool chunks_;
  resp::ChunkPool push_chunks_;
  Announcer announcer_;
  Channels channels_;
  Tracking tracking_;
  Effects effects_;
  Unsettled unsettled_;
  Departures departures_;
  uint64_t ticks_ = 0;  // when the clock was read last
  Run run_;
  bool takes_rests_ = false;
  bool is_in_unit_ = false;
  bool may_block_ = false;
  bool would_block_ = false;
  size_t blocked_clients_ = 0;
  Rest* rest_ = nullptr;
  size_t kept_max_ = SIZE_MAX;
  CommandStats stats_;
  SlowLog slow_log_;
  std::vector<std::unique_ptr<Batch>> batches_;
};

// While it lives, what a request needs besides its handler is seen to (see Care). Once on every
// core that something is done for the request on, around all of it that touches keys.
class Careful {
 public:
  Careful(Engine& at, const Request& request) : at_(at), request_(request) {
    if (request.care != 0) [[unlikely]] {
      at.begin_care(request);
    }
  }
  Careful(const Careful&) = delete;
  Careful& operator=(const Careful&) = delete;
  ~Careful() {
    if (request_.care != 0) [[unlikely]] {
      at_.end_care(request_);
    }
  }

 private:
  Engine& at_;
  const Request& request_;
};

}  // namespace gyre::exec
