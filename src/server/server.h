// Server: the process: its cores, what they share, how it starts and stops.
#pragma once

#include <sys/signalfd.h>

#include <atomic>
#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "exec/engine.h"
#include "ring/core.h"
#include "server/config.h"
#include "server/config_load.h"
#include "server/core_server.h"
#include "server/durability.h"
#include "server/listener.h"
#include "server/pid_file.h"
#include "server/supervisor.h"

namespace gyre::server {

// Start: main loads the configuration and calls run(); every core makes its reactor and its
// CoreServer in order, the first one opens the listening sockets; then all run turns. Stop
// (SIGTERM, SIGINT, SHUTDOWN): the data is saved if it has to be, and if that fails the server goes
// on. Then the first core stops listening and tells all cores, which let every connection finish
// the commands it has received and send the replies; when no connection is left, or two seconds
// have passed, the cores end their loops. A second signal ends the process at once.
class Server {
 public:
  Server(LoadedConfig loaded, const exec::CommandTable& commands);
  ~Server();

  // Serves until stopped; returns the exit status.
  int run();

  const exec::CommandTable& commands() const { return *engines_.commands; }
  const exec::Engines& engines() const { return engines_; }
  ring::Cores& cores() { return *cores_; }
  CoreServer& core_server(uint16_t core) { return *core_servers_[core]; }
  uint16_t core_count() const { return cores_->count(); }
  const LoadedConfig& loaded() const { return loaded_; }

  // The configuration all cores have, except while a change is on its way to them. First core only.
  const Config& config() const { return loaded_.config; }
  Config& mutable_config() { return loaded_.config; }
  uint64_t next_config_version() { return ++config_version_; }
  Listeners& listeners() { return *listeners_; }
  // Listens on the addresses and the port of `config` instead; a sentence if that fails, and
  // nothing listens then.
  std::string reopen_listeners(const Config& config);

  const Supervisor& supervisor() const { return supervisor_; }
  int64_t started_ms() const { return started_ms_; }  // Unix
  const std::string& executable() const { return executable_; }
  // Name of the history of the data, for replicas; first core only.
  const std::string& replication_id() const { return replication_id_; }
  void change_replication_id();
  uint64_t startup_memory() const { return startup_memory_; }
  // The most memory ever seen in use, looked at once a second; first core only.
  uint64_t peak_memory() const { return peak_memory_; }
  const std::string& run_id() const { return run_id_; }
  uint64_t next_client_id() { return ++last_client_id_; }

  // The append-only file could not be written (errno); from any core.
  void aof_failed(int error);
  // A journal goes on to a file of this generation; from any core.
  void want_generation(uint64_t generation);
  Durability& durability() { return durability_; }
  bool is_stopping() const { return stopping_.load(std::memory_order_relaxed); }
  // Begins to stop. First core only, as the next two.
  void stop(const StopOrder& order = {});
  // The same, and waits until the data is put away; false if that failed or was aborted, and the
  // server goes on.
  ring::Task<bool> stop_and_wait(StopOrder order);
  // False if it is too late, or nobody wants to stop.
  ring::Task<bool> abort_stop();

  // Notes of the cores.
  void connection_ended(uint16_t core);
  void tick(uint16_t core);
  int connected_clients() const { return clients_.load(std::memory_order_relaxed); }
  uint64_t rejected_connections() const { return rejected_; }
  void reset_rejected_connections() { rejected_ = 0; }

 private:
  static void prepare(ring::Core& core, void* context);
  static void finish(ring::Core& core, void* context);
  void prepare_core(ring::Core& core);
  void announce();
  static ring::Task<> begin(Server* server);  // `server` outlives the task
  void watch_signals();
  void accepted(Arrival arrival);
  static ring::Task<> try_to_stop(Server* server);  // `server` outlives the task
  void check_stop();
  uint16_t least_loaded() const;

  struct SignalRead : ring::FileOp {
    Server* server;
    signalfd_siginfo info;
  };

  LoadedConfig loaded_;
  Supervisor supervisor_;
  PidFile pid_file_;
  uint64_t config_version_ = 0;  // first core only
  exec::Engines engines_;
  std::unique_ptr<ring::Cores> cores_;
  std::vector<std::unique_ptr<CoreServer>> core_servers_;
  std::unique_ptr<Listeners> listeners_;
  std::string error_;
  Durability durability_{*this};
  std::string run_id_;
  std::string replication_id_;
  int64_t started_ms_ = 0;
  std::string executable_;
  uint64_t startup_memory_ = 0;
  uint64_t peak_memory_ = 0;
  uint64_t ticks_ = 0;  // of the first core
  uint64_t seed_ = 0;
  int signal_fd_ = -1;
  SignalRead signal_read_;
  uint64_t last_client_id_ = 0;     // first core only
  std::vector<uint32_t> assigned_;  // connections per core, as the first core knows
  std::atomic<int> clients_{0};
  uint64_t rejected_ = 0;  // first core only
  std::atomic<bool> stopping_{false};
  enum class StopPhase : uint8_t { none, saving, ending };
  StopPhase stop_phase_ = StopPhase::none;  // first core only, as the next four
  StopOrder stop_order_;
  uint64_t stops_ = 0;        // that were begun
  bool is_finished_ = false;  // nothing is left to be written
  int64_t stop_deadline_ms_ = 0;
  std::unique_ptr<std::atomic<uint32_t>[]> ended_;  // connections that ended, per core
};

}  // namespace gyre::server
