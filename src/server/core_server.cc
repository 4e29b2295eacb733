#include "server/core_server.h"

#include <algorithm>
#include <cstring>
#include <utility>

#include "base/log.h"
#include "server/config_lists.h"
#include "server/server.h"

namespace gyre::server {
namespace {

constexpr uint64_t kTickMs = 100;
constexpr int kGatherTurns = 4;
constexpr size_t kTickBudget = 2000;    // entries looked at per tick
constexpr size_t kBacklogBudget = 200;  // and per turn while more is left

data::Limits limits_of(const Config& config) {
  const auto size = [](int64_t value) { return static_cast<size_t>(value); };
  return {.hash_pack_entries = size(config.hash_max_listpack_entries),
          .hash_pack_value = size(config.hash_max_listpack_value),
          .set_ints = size(config.set_max_intset_entries),
          .set_pack_entries = size(config.set_max_listpack_entries),
          .set_pack_value = size(config.set_max_listpack_value),
          .sorted_set_pack_entries = size(config.zset_max_listpack_entries),
          .sorted_set_pack_value = size(config.zset_max_listpack_value),
          .list_chunk = config.list_max_listpack_size,
          .list_plain_ends = size(config.list_compress_depth),
          .stream_chunk_bytes = size(config.stream_node_max_bytes),
          .stream_chunk_entries = size(config.stream_node_max_entries),
          .hyperloglog_sparse_bytes = size(config.hll_sparse_max_bytes)};
}

store::ShardOptions shard_options(const Config& config) {
  store::ShardOptions options;
  options.databases = static_cast<uint16_t>(config.databases);
  using enum MaxmemoryPolicy;
  const MaxmemoryPolicy policy = config.maxmemory_policy;
  options.is_lfu = policy == allkeys_lfu || policy == volatile_lfu;
  const bool needs_last_use = options.is_lfu || policy == allkeys_lru || policy == volatile_lru;
  options.shares_integers = config.maxmemory == 0 || !needs_last_use;
  options.lfu_log_factor = static_cast<int>(config.lfu_log_factor);
  options.lfu_decay_minutes = static_cast<int>(config.lfu_decay_time);
  options.string_max = static_cast<size_t>(config.proto_max_bulk_len);
  options.compresses_dumps = config.rdbcompression;
  options.limits = limits_of(config);
  options.locale_collate = config.locale_collate;
  return options;
}

}  // namespace

thread_local CoreServer* CoreServer::current_ = nullptr;

CoreServer::CoreServer(Server& server, ring::Core& core, const exec::Engines& engines,
                       const Config& config, uint64_t seed)
    : server_(server),
      core_(core),
      config_(config),
      engine_(core, engines, shard_options(config), seed),
      aof_(core, engine_.recorder().journal()) {
  current_ = this;
  engine_.recorder().set_payloads(payloads_);
  set_loading(true);  // until the first core knows what there is
  configure_engine();
  core.set_turn_hook(*this);
  ticker_.owner = this;
  ticker_.fire = &CoreServer::tick;
  core.timers().add(ticker_, core.now_ms() + kTickMs);
  hurry_.owner = this;
  hurry_.fire = [](ring::Timer& timer) { static_cast<Ticker&>(timer).owner->hurry_if_needed(); };
}

CoreServer::~CoreServer() { current_ = nullptr; }

void CoreServer::apply(const Config& config, uint64_t version) {
  if (version <= config_version_) {
    return;
  }
  config_ = config;
  config_version_ = version;
  store::ShardOptions options = shard_options(config);
  options.databases = engine_.shard().databases();
  engine_.shard().options() = options;
  configure_engine();
}

void CoreServer::configure_engine() {
  engine_.effects().notifications.configure(keyspace_event_letters(config_.notify_keyspace_events));
  engine_.effects().update();
  engine_.stats().set_tracks_latency(config_.latency_tracking);
  core_.set_measures_cpu(config_.measure_turns_in_cpu_time);
  const int64_t limit = config_.client_output_buffer_limit.normal.hard_bytes;
  engine_.set_kept_max(limit > 0 ? static_cast<size_t>(limit) : SIZE_MAX);
  engine_.tracking().set_keys_max(static_cast<uint64_t>(config_.tracking_table_max_keys));
  aof_.set_policy(config_.appendfsync == Appendfsync::always     ? persist::Fsync::always
                  : config_.appendfsync == Appendfsync::everysec ? persist::Fsync::everysec
                                                                 : persist::Fsync::no);
  engine_.recorder().journal().set_time(0);  // the next turn sets it again if that is wanted
  engine_.slow_log().configure(config_.slowlog_log_slower_than, config_.slowlog_max_len);
}

void CoreServer::reset_stats() {
  stats_ = {};
  commands_rate_.restart();
  input_rate_.restart();
  output_rate_.restart();
  engine_.stats().reset();
  store::ShardStats& shard = engine_.shard().stats();
  shard = store::ShardStats{.dirty = shard.dirty};
  core_.stats().turn_us_max = 0;
}

void CoreServer::adopt(Arrival arrival) {
  ++stats_.connections;
  auto* connection = new Connection(*this, std::move(arrival));
  connections_.push_back(*connection);
  ++connection_count_;
  connection->start();
  if (server_.is_stopping()) {
    connection->close_gently();
  }
}

Connection* CoreServer::find(uint64_t id) {
  for (Connection& connection : connections_) {
    if (connection.id == id) {
      return &connection;
    }
  }
  return nullptr;
}

void CoreServer::remove(Connection& connection) {
  std::erase(dirty_, &connection);
  if (connection.is_held()) {
    std::erase_if(held_, [&](const Held& held) { return held.connection == &connection; });
  }
  connection.unlink();
  --connection_count_;
  server_.connection_ended(core_.id());
  delete &connection;
}

// ---- Turns ----

void CoreServer::begin_turn() {
  engine_.shard().set_now_ms(core_.unix_ms());
  if (config_.aof_timestamp_enabled) {
    engine_.recorder().journal().set_time(core_.unix_ms() / 1000);
  }
  if (has_backlog_) {
    work_off(kBacklogBudget);
  }
}

void CoreServer::end_turn() {
  monitors_.end_turn();
  engine_.end_turn();  // after what housekeeping has done
  engine_.recorder().end_step();
  const journal::Journal& journal = engine_.recorder().journal();
  if (journal.is_on()) [[unlikely]] {
    if (!may_gather()) {
      aof_.push();
    }
    if (const uint64_t generation = aof_.take_wanted(); generation != 0) [[unlikely]] {
      server_.want_generation(generation);
    }
    if (aof_error_ == 0 && (!journal.is_safe() || engine_.unsettled().any())) {
      hold_dirty();
    }
    let_out_safe();
    if (aof_.error() != 0 && !std::exchange(has_told_error_, true)) [[unlikely]] {
      server_.aof_failed(aof_.error());
    }
  } else if (engine_.departures().any() || engine_.unsettled().any()) [[unlikely]] {
    let_out_safe();  // the journal was stopped after an error
  }
  // Flushing may end connections, which takes them out of the list: walk by index.
  for (size_t i = 0; i < dirty_.size(); ++i) {
    dirty_[i]->flush();
  }
  dirty_.clear();
}

// Has the core more to do at once, so that the next write may take its records along? Each write
// costs the kernel as much as several requests.
bool CoreServer::may_gather() {
  if (aof_.may_push() && gathered_ < kGatherTurns && core_.reactor().is_ready()) {
    ++gathered_;
    return true;
  }
  gathered_ = 0;
  return false;
}

// What waited for the journal to be safe so far.
void CoreServer::let_out_safe() {
  engine_.unsettled().release();
  engine_.departures().release();
  const journal::Position safe = engine_.recorder().journal().safe();
  while (!held_.empty() && held_.front().until <= safe &&
         engine_.unsettled().is_settled_to(held_.front().groups_to)) {
    const Held held = held_.front();
    held_.pop_front();
    held.connection->let_go(held.number);
    held.connection->flush();
  }
}

// Also those that are held already, before they are let out: answers of this turn rest on more. But
// pushes alone do not prolong it, or a client that is sent many would never see one.
void CoreServer::hold_dirty() {
  const journal::Position until = engine_.recorder().journal().end();
  for (Connection* connection : dirty_) {
    if (!connection->is_held() || connection->has_answers()) {
      connection->hold(++last_held_);
      held_.push_back({until, engine_.unsettled().last(), last_held_, connection});
    }
  }
}

void CoreServer::open_journal(const journal::FileNames& names) {
  engine_.recorder().journal().start(core_.id(), names);
  engine_.effects().update();
}

bool CoreServer::is_aof_quiet() {
  engine_.recorder().end_step();
  return engine_.recorder().journal().is_safe() && aof_.is_idle() && !engine_.unsettled().any() &&
         !engine_.departures().any() && held_.empty();
}

bool CoreServer::end_journal() {
  if (!aof_.is_quiet()) {
    return false;
  }
  engine_.recorder().journal().stop();
  aof_.close();
  if (aof_error_ != 0) {
    set_aof_error(0);
  }
  has_told_error_ = false;
  engine_.effects().update();
  return true;
}

void CoreServer::set_aof_error(int error) {
  aof_error_ = error;
  engine_.departures().set_open(error != 0);
  has_told_error_ = error != 0;
  aof_refusal_ = "MISCONF Errors writing to the AOF file: " + std::string(std::strerror(error));
  if (error == 0) {
    let_out_safe();
    return;
  }
  for (const Held& held : std::exchange(held_, {})) {
    if (held.connection->let_go(held.number)) {
      held.connection->close_now();
    }
  }
}

std::optional<bool> CoreServer::restart_aof(uint64_t generation) {
  if (aof_.error() != 0 && !aof_.is_quiet()) {
    return std::nullopt;
  }
  return aof_.restart(generation);
}

void CoreServer::close_journal() {
  if (!aof_.is_open()) {
    return;
  }
  aof_.finish();
  if (aof_.error() != 0) {
    log::warning("The last writes are not in the append only file: {}",
                 std::strerror(aof_.error()));
  }
}

void CoreServer::tick(ring::Timer& timer) {
  CoreServer& self = *static_cast<Ticker&>(timer).owner;
  self.housekeep();
  self.core_.timers().add(timer, self.core_.now_ms() + kTickMs);
}

void CoreServer::housekeep() {
  ++ticks_;
  if (pause_until_ms_ != 0 && core_.unix_ms() >= pause_until_ms_) {
    unpause();
  }
  work_off(kTickBudget);
  hurry_if_needed();
  aof_.tick();
  commands_rate_.sample(stats_.commands, kTickMs);
  input_rate_.sample(stats_.input_bytes, kTickMs);
  output_rate_.sample(stats_.output_bytes, kTickMs);
  stats_.ops_per_second = commands_rate_.per_second();
  stats_.input_per_second = input_rate_.per_second();
  stats_.output_per_second = output_rate_.per_second();
  if (ticks_ % 10 == 0) {
    check_clients();
  }
  server_.tick(core_.id());
}

void CoreServer::work_off(size_t budget) {
  const bool has_keys = engine_.shard().housekeep(budget);
  has_backlog_ = engine_.tracking().housekeep(budget) || has_keys;
}

// begin_turn() works off what is left; an idle core needs turns to do it in.
void CoreServer::hurry_if_needed() {
  if (has_backlog_ && !hurry_.is_armed()) {
    core_.timers().add(hurry_, core_.now_ms() + 1);
  }
}

// Once a second: idle clients and those that do not read their replies.
void CoreServer::check_clients() {
  const int64_t now_ms = core_.unix_ms();
  for (auto at = connections_.begin(); at != connections_.end();) {
    Connection& connection = *at;
    ++at;  // closing may take it out of the list
    connection.trim();
    if (config_.timeout > 0 && !connection.is_bound &&
        now_ms - connection.active_ms > config_.timeout * 1000 && !connection.is_busy()) {
      log::verbose("Closing idle client {}", connection.id);
      connection.close_now();
      continue;
    }
    const OutputLimit& limit = connection.output_limit();
    const auto bytes = static_cast<int64_t>(connection.output_bytes());
    if (limit.soft_bytes == 0 || bytes <= limit.soft_bytes) {
      connection.over_soft_since_ms = 0;
    } else if (connection.over_soft_since_ms == 0) {
      connection.over_soft_since_ms = now_ms;
    } else if (now_ms - connection.over_soft_since_ms > limit.soft_seconds * 1000) {
      log::warning("Client {} closed for overcoming of output buffer limits ({} bytes)",
                   connection.id, bytes);
      ++stats_.output_limit_disconnections;
      connection.close_now();
    }
  }
}

void CoreServer::report_http(const Arrival& arrival) {
  if (core_.unix_ms() - http_reported_ms_ > 60'000) {
    http_reported_ms_ = core_.unix_ms();
    log::warning(
        "Possible SECURITY ATTACK detected. It looks like somebody is sending POST or Host: "
        "commands to Gyre. This is likely due to an attacker attempting to use Cross Protocol "
        "Scripting to compromise your Gyre instance. Connection from {} aborted.",
        arrival.peer);
  }
}

// ---- Pause ----

void CoreServer::pause(int64_t until_ms, bool all_commands) {
  pause_until_ms_ = std::max(pause_until_ms_, until_ms);
  pause_all_ = pause_all_ || all_commands;
  engine_.shard().set_may_expire(false);
}

void CoreServer::unpause() {
  pause_until_ms_ = 0;
  pause_all_ = false;
  engine_.shard().set_may_expire(true);
  for (Connection& connection : connections_) {
    connection.wake();
  }
}

const char* CoreServer::refusal_of(const exec::Command& command) const {
  if (is_loading_ && !command.has(exec::kLoading)) {
    return "LOADING Gyre is loading the dataset in memory";
  }
  const bool writes = command.is_write() || command.name == "PING";
  if (aof_error_ != 0 && writes) {
    return aof_refusal_.c_str();
  }
  if (has_save_failed_ && writes && config_.stop_writes_on_bgsave_error && !config_.save.empty()) {
    return "MISCONF Gyre is configured to save RDB snapshots, but it's currently unable to persist "
           "to disk. Commands that may modify the data set are disabled, because this instance is "
           "configured to report errors during writes if RDB snapshotting fails "
           "(stop-writes-on-bgsave-error option). Please check the Gyre logs for details about the "
           "RDB error.";
  }
  return nullptr;
}

bool CoreServer::must_pause(const exec::Command& command) const {
  if (command.parent == "CLIENT") {
    return false;  // or nobody could end the pause
  }
  return pause_all_ || command.is_write() || command.has(exec::kMayReplicate);
}

void CoreServer::drain_connections(bool drops_busy) {
  for (auto at = connections_.begin(); at != connections_.end();) {
    Connection& connection = *at;
    ++at;  // closing may take it out of the list
    if (drops_busy && connection.is_busy() && connection.blocked == nullptr) {
      connection.close_now();
    } else {
      connection.close_gently();
    }
  }
}

}  // namespace gyre::server
