// CoreServer: what one core serves: its engine, its connections, its housekeeping.
#pragma once

#include <cstdint>
#include <deque>
#include <memory>
#include <optional>
#include <vector>

#include "base/intrusive.h"
#include "exec/engine.h"
#include "persist/aof_writer.h"
#include "persist/entry_payloads.h"
#include "persist/snapshot_part.h"
#include "ring/core.h"
#include "ring/scope.h"
#include "server/config.h"
#include "server/connection.h"
#include "server/monitors.h"

namespace gyre::server {

class Server;

// Counters of one core that INFO sums.
struct ServerStats {
  uint64_t commands = 0;
  uint64_t connections = 0;  // accepted since the start
  uint64_t input_bytes = 0;
  uint64_t output_bytes = 0;
  uint64_t output_limit_disconnections = 0;
  uint64_t query_limit_disconnections = 0;
  uint64_t ops_per_second = 0;  // these three over the last sixteen samples
  uint64_t input_per_second = 0;
  uint64_t output_per_second = 0;
};

// How fast a counter has grown lately.
class Rate {
 public:
  // Notes the counter, every `period_ms`.
  void sample(uint64_t counter, uint64_t period_ms) {
    samples_[next_++ % kSamples] = (counter - last_) * 1000 / period_ms;
    last_ = counter;
  }
  uint64_t per_second() const {
    uint64_t sum = 0;
    for (const uint64_t sample : samples_) {
      sum += sample;
    }
    return sum / kSamples;
  }
  // The counter was set to zero.
  void restart() { last_ = 0; }

 private:
  static constexpr size_t kSamples = 16;
  uint64_t samples_[kSamples] = {};
  size_t next_ = 0;
  uint64_t last_ = 0;
};

class CoreServer final : public ring::TurnHook {
 public:
  CoreServer(Server& server, ring::Core& core, const exec::Engines& engines, const Config& config,
             uint64_t seed);
  ~CoreServer();

  static CoreServer& current() { return *current_; }

  Server& server() { return server_; }
  ring::Core& core() { return core_; }
  ring::Scope& scope() { return scope_; }
  exec::Engine& engine() { return engine_; }
  const Config& config() const { return config_; }
  Monitors& monitors() { return monitors_; }
  // The session of the connection is over.
  void forget(Connection& connection) {
    engine_.forget(connection);
    monitors_.remove(connection, true);
  }
  // CONFIG SET: takes over a new configuration, unless it has a later one; runs on every core.
  void apply(const Config& config, uint64_t version);
  // CONFIG RESETSTAT
  void reset_stats();
  ServerStats& stats() { return stats_; }

  // Serves a socket from now on.
  void adopt(Arrival arrival);
  base::List<Connection>& connections() { return connections_; }
  size_t connection_count() const { return connection_count_; }
  Connection* find(uint64_t id);
  void add_dirty(Connection& connection) { dirty_.push_back(&connection); }
  // The connection is over: deletes it.
  void remove(Connection& connection);

  // CLIENT PAUSE, as it concerns this core. `until_ms` is Unix time.
  void pause(int64_t until_ms, bool all_commands);
  void unpause();
  bool is_pausing() const { return pause_until_ms_ != 0; }
  bool is_paused_for(const exec::Command& command) const {
    return pause_until_ms_ != 0 && must_pause(command);
  }
  int64_t pause_until_ms() const { return pause_until_ms_; }

  // Data is being loaded, and most commands have to wait for that.
  bool is_loading() const { return is_loading_; }
  void set_loading(bool on) {
    is_loading_ = on;
    engine_.shard().set_repeating(on);
  }
  // There are commands that may not run, as long as this lasts.
  bool is_refusing() const { return is_loading_ || has_save_failed_ || aof_error_ != 0; }
  // The last snapshot could not be written.
  void set_save_failed(bool on) { has_save_failed_ = on; }
  // Why the command may not run; null: it may.
  const char* refusal_of(const exec::Command& command) const;
  // Writes of this core are taken down from now on; files are offered to aof().
  void open_journal(const journal::FileNames& names);
  persist::AofWriter& aof() { return aof_; }
  // Everything that was taken down is safe, and nobody waits for that.
  bool is_aof_quiet();
  // The journal stops, with nothing owed any more. False while something is under way.
  bool end_journal();
  // The part of this core of the snapshot that is being written; null: none is.
  persist::SnapshotPart* snapshot() { return snapshot_.get(); }
  void begin_snapshot(const persist::SnapshotOptions& options) {
    snapshot_ = std::make_unique<persist::SnapshotPart>(engine_.shard(), options);
  }
  void end_snapshot() { snapshot_.reset(); }
  // The append-only file could not be written or flushed (errno), 0: it can be again. Whoever waits
  // for it is let go without an answer.
  void set_aof_error(int error);
  // After an error: the base of this generation is on the disk. Nothing while something is under
  // way; false if a later generation is needed (see AofWriter::restart()).
  std::optional<bool> restart_aof(uint64_t generation);
  // What was not written yet is, after the last turn.
  void close_journal();

  // Logs that a connection spoke HTTP, once a minute at most.
  void report_http(const Arrival& arrival);

  // Lets every connection finish what it runs, then closes it.
  // Whoever is in the midst of a command is let go without an answer, if that is to be.
  void drain_connections(bool drops_busy);

  void begin_turn() override;
  void end_turn() override;

 private:
  void configure_engine();
  bool must_pause(const exec::Command& command) const;
  static void tick(ring::Timer& timer);
  void housekeep();
  void work_off(size_t budget);
  void check_clients();
  void let_out_safe();
  bool may_gather();
  void hold_dirty();
  void hurry_if_needed();

  struct Ticker : ring::Timer {
    CoreServer* owner;
  };

  static thread_local CoreServer* current_;

  Server& server_;
  ring::Core& core_;
  Config config_;
  uint64_t config_version_ = 0;
  exec::Engine engine_;
  persist::EntryPayloads payloads_;
  persist::AofWriter aof_;
  std::unique_ptr<persist::SnapshotPart> snapshot_;
  Monitors monitors_{*this};
  ring::Scope scope_;
  base::List<Connection> connections_;
  size_t connection_count_ = 0;
  std::vector<Connection*> dirty_;
  struct Held {
    journal::Position until;
    uint64_t groups_to;  // these have to settle
    uint64_t number;
    Connection* connection;
  };
  std::deque<Held> held_;  // whose replies wait for the journal, perhaps several times
  uint64_t last_held_ = 0;
  ServerStats stats_;
  Ticker ticker_;
  Ticker hurry_;              // makes a turn a millisecond from now while housekeeping has work
  bool has_backlog_ = false;  // housekeeping work is left
  int64_t pause_until_ms_ = 0;
  bool pause_all_ = false;
  bool is_loading_ = false;
  bool has_save_failed_ = false;
  int aof_error_ = 0;
  bool has_told_error_ = false;
  int gathered_ = 0;  // turns in a row that have left their records to the next one
  std::string aof_refusal_;
  uint64_t ticks_ = 0;
  int64_t http_reported_ms_ = 0;
  Rate commands_rate_;
  Rate input_rate_;
  Rate output_rate_;
};

}  // namespace gyre::server
