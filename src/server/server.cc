#include "server/server.h"

#include <sys/resource.h>
#include <unistd.h>

#include <algorithm>
#include <climits>
#include <csignal>
#include <cstdio>

#include "base/clock.h"
#include "base/log.h"
#include "base/random.h"
#include "base/text.h"
#include "ring/faults.h"
#include "ring/hop.h"
#include "ring/sleep.h"
#include "server/admission.h"
#include "server/cpus.h"
#include "server/every_core.h"
#include "server/memory_usage.h"

#include <gyre/version.h>

namespace gyre::server {
namespace {

sigset_t stop_signals() {
  sigset_t set;
  sigemptyset(&set);
  sigaddset(&set, SIGTERM);
  sigaddset(&set, SIGINT);
  return set;
}

void raise_limit(int resource, rlim_t wanted) {
  rlimit limit = {};
  getrlimit(resource, &limit);
  limit.rlim_cur = std::min(limit.rlim_max, std::max(limit.rlim_cur, wanted));
  setrlimit(static_cast<__rlimit_resource_t>(resource), &limit);
}

std::string random_hex(base::Random& random) {
  std::string text;
  for (int i = 0; i < 5; ++i) {
    char part[16];
    std::snprintf(part, sizeof part, "%08x", static_cast<unsigned>(random.next() >> 32));
    text += part;
  }
  return text;
}

}  // namespace

Server::Server(LoadedConfig loaded, const exec::CommandTable& commands)
    : loaded_(std::move(loaded)), supervisor_(loaded_.config.supervised) {
  engines_.commands = &commands;
  base::Random random(base::entropy_seed());
  run_id_ = random_hex(random);
  replication_id_ = random_hex(random);
  seed_ = random.next();
  store::seed_key_hash(random.next());
}

Server::~Server() = default;

void Server::change_replication_id() {
  base::Random random(base::entropy_seed());
  replication_id_ = random_hex(random);
}

int Server::run() {
  base::calibrate_ticks();
  std::signal(SIGPIPE, SIG_IGN);
  sigset_t set = stop_signals();
  pthread_sigmask(SIG_BLOCK, &set, nullptr);  // threads inherit it
  signal_fd_ = signalfd(-1, &set, SFD_CLOEXEC);
  raise_limit(RLIMIT_MEMLOCK, RLIM_INFINITY);

  ring::Cores::Options options;
  options.count = static_cast<uint16_t>(config().cores > 0 ? config().cores : usable_cpus());
  if (const std::string_view wrong = ring::arm_faults(); !wrong.empty()) {
    std::fprintf(stderr, "gyre-server: %s\n", std::string(wrong).c_str());
    return 1;
  }
  options.reactor.ring_entries = static_cast<uint32_t>(config().io_ring_entries);
  options.reactor.receive_buffers = static_cast<uint32_t>(config().io_recv_buffers);
  options.reactor.receive_buffer_size = static_cast<uint32_t>(config().io_recv_buffer_size);
  raise_limit(RLIMIT_NOFILE,
              static_cast<rlim_t>(config().maxclients) + 64 + 2 * reserved_files(options.count));
  cores_ = std::make_unique<ring::Cores>(options);
  engines_.engines.resize(options.count);
  core_servers_.resize(options.count);
  assigned_.resize(options.count);
  ended_ = std::make_unique<std::atomic<uint32_t>[]>(options.count);
  started_ms_ = base::unix_ms();
  char path[PATH_MAX];
  const ssize_t length = readlink("/proc/self/exe", path, sizeof path);
  executable_.assign(path, static_cast<size_t>(std::max<ssize_t>(0, length)));

  const std::string error = cores_->run(&Server::prepare, &Server::finish, this);
  if (!error.empty() || !error_.empty()) {
    // Once for whoever looks: a terminal shows standard error, too.
    const std::string& text = error.empty() ? error_ : error;
    if (!config().logfile.empty() || config().syslog_enabled || isatty(STDOUT_FILENO) == 0) {
      log::warning("{}", text);
    }
    std::fprintf(stderr, "gyre-server: %s\n", text.c_str());
    return 1;
  }
  pid_file_.remove();
  log::notice("Gyre is now ready to exit, bye bye...");
  return 0;
}

void Server::prepare(ring::Core& core, void* context) {
  static_cast<Server*>(context)->prepare_core(core);
}

void Server::prepare_core(ring::Core& core) {
  auto& slot = core_servers_[core.id()];
  slot = std::make_unique<CoreServer>(*this, core, engines_, config(), seed_ + core.id());
  engines_.engines[core.id()] = &slot->engine();
  if (core.id() != 0) {
    return;
  }
  listeners_ = std::make_unique<Listeners>(
      core.reactor(),
      [](void* context, Arrival arrival) {
        static_cast<Server*>(context)->accepted(std::move(arrival));
      },
      this);
  error_ = listeners_->open(config());
  if (error_.empty() && !listeners_->has_any()) {
    error_ = "Configured to not listen anywhere, exiting.";
  }
  watch_signals();
  if (!error_.empty()) {
    stop();
    return;
  }
  startup_memory_ = peak_memory_ = used_memory();
  log::notice("Gyre {}.{}.{} starts: {} core(s), {}", GYRE_VERSION_MAJOR, GYRE_VERSION_MINOR,
              GYRE_VERSION_PATCH, cores_->count(), core.reactor().description());
  if (!loaded_.file.empty()) {
    log::notice("Configuration loaded from {}", loaded_.file);
  }
  for (const std::string& warning : loaded_.warnings) {
    log::warning("{}", warning);
  }
  tell(core, 0, [this] { CoreServer::current().scope().spawn(&Server::begin, this); });
}

// In the first turn, when all cores have started.
ring::Task<> Server::begin(Server* server) {
  // Scripts and test suites wait for this, and later for that connections are accepted.
  std::printf(" PID: %d\n", getpid());
  std::fflush(stdout);
  if (co_await server->durability_.start()) {
    server->announce();
    co_return;
  }
  server->error_ = server->durability_.error();
  server->stop();
}

// The data is there.
void Server::announce() {
  if (!config().pidfile.empty()) {
    pid_file_.write(config().pidfile);
  }
  if (config().port != 0) {
    log::notice("Ready to accept connections tcp (port {})", config().port);
  }
  if (!config().unixsocket.empty()) {
    log::notice("Ready to accept connections unix ({})", config().unixsocket);
  }
  if (!config().logfile.empty()) {
    std::printf("Ready to accept connections\n");
    std::fflush(stdout);
  }
  supervisor_.ready();
}

void Server::finish(ring::Core& core, void* context) {
  auto& server = *static_cast<Server*>(context);
  server.core_servers_[core.id()]->close_journal();
  if (core.id() == 0) {
    server.listeners_.reset();
  }
}

void Server::want_generation(uint64_t generation) {
  tell(ring::Core::current(), 0, [this, generation] { durability_.want_generation(generation); });
}

void Server::aof_failed(int error) {
  tell(ring::Core::current(), 0, [this, error] { durability_.aof_failed(error); });
}

// ---- Signals ----

void Server::watch_signals() {
  signal_read_.kind = ring::FileOp::Kind::read;
  signal_read_.fd = signal_fd_;
  signal_read_.data = &signal_read_.info;
  signal_read_.size = sizeof signal_read_.info;
  signal_read_.server = this;
  signal_read_.may_fail = false;
  signal_read_.done = [](ring::FileOp& op) {
    Server& server = *static_cast<SignalRead&>(op).server;
    if (server.stop_phase_ != StopPhase::none) {
      log::warning("Received a second signal, exiting at once");
      _exit(1);
    }
    const bool is_int = server.signal_read_.info.ssi_signo == SIGINT;
    log::notice("Received {} scheduling shutdown...", is_int ? "SIGINT" : "SIGTERM");
    const Config& config = server.config();
    server.stop(
        StopOrder::of_signal(is_int ? config.shutdown_on_sigint : config.shutdown_on_sigterm));
    server.watch_signals();
  };
  core_servers_[0]->core().reactor().submit(signal_read_);
}

void Server::tick(uint16_t core) {
  if (core == 0) {
    check_stop();
    if (++ticks_ % 10 == 0) {
      durability_.tick();
      peak_memory_ = std::max(peak_memory_, used_memory());
    }
  }
}

// ---- Connections ----

std::string Server::reopen_listeners(const Config& config) {
  listeners_->close();
  return listeners_->open(config);
}

uint16_t Server::least_loaded() const {
  uint16_t best = 0;
  uint32_t fewest = UINT32_MAX;
  for (uint16_t id = 0; id < cores_->count(); ++id) {
    const uint32_t now = assigned_[id] - ended_[id].load(std::memory_order_relaxed);
    if (now < fewest) {
      fewest = now;
      best = id;
    }
  }
  return best;
}

void Server::connection_ended(uint16_t core) {
  ended_[core].fetch_add(1, std::memory_order_relaxed);
  clients_.fetch_sub(1, std::memory_order_relaxed);
}

void Server::accepted(Arrival arrival) {
  const bool is_full = is_reserved_file(arrival.fd, core_count());
  const std::string_view refused =
      refusal(arrival, config(), is_full ? INT_MAX : connected_clients());
  if (!refused.empty()) {
    ++rejected_;
    [[maybe_unused]] const ssize_t sent =
        send(arrival.fd, refused.data(), refused.size(), MSG_DONTWAIT | MSG_NOSIGNAL);
    ::close(arrival.fd);
    return;
  }
  arrival.id = next_client_id();
  const uint16_t to = least_loaded();
  ++assigned_[to];
  clients_.fetch_add(1, std::memory_order_relaxed);
  tell(ring::Core::current(), to, [arrival = std::move(arrival)]() mutable {
    CoreServer::current().adopt(std::move(arrival));
  });
}

}  // namespace gyre::server
