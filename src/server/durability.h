// Durability: what all cores do together so that the data outlives the process.
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "exec/everywhere_held.h"
#include "journal/file_names.h"
#include "persist/aof_directory.h"
#include "ring/task.h"
#include "server/data_loading.h"

namespace gyre::server {

class Server;

// Before the end of the process.
enum class Saving : uint8_t { by_rules, always, never };

// How the process is to end.
struct StopOrder {
  Saving saving = Saving::by_rules;
  bool is_now = false;     // nobody has time to take his last replies
  bool is_forced = false;  // also if the data cannot be saved

  // shutdown-on-sigterm and shutdown-on-sigint.
  static StopOrder of_signal(uint32_t setting);
};

// DEBUG RELOAD: writes the snapshot that it loads, empties the databases before, takes keys of the
// file in place of those that are there.
struct ReloadOptions {
  bool saves = true;
  bool flushes = true;
  bool replaces = false;
};

// What INFO and LASTSAVE tell.
struct DurabilityStatus {
  bool is_saving = false;
  bool is_save_scheduled = false;
  bool is_last_save_good = true;
  int64_t last_save_s = 0;  // Unix time of the last good one, or of the start
  int64_t last_save_took_s = -1;
  int64_t save_began_s = -1;
  uint64_t saves = 0;
  uint64_t saved_dirty = 0;  // changes since the start that the last good one has

  bool is_rewriting = false;
  bool is_rewrite_scheduled = false;
  bool is_last_rewrite_good = true;
  int64_t last_rewrite_took_s = -1;
  int64_t rewrite_began_s = -1;
  uint64_t rewrites = 0;

  bool is_aof_on = false;
  uint64_t aof_size = 0;       // of the base, and of what has come since
  uint64_t aof_base_size = 0;  // after the last rewrite, or at the start
};

// Lives on the first core.
class Durability {
 public:
  explicit Durability(Server& server) : server_(server), loading_(server) {}
  Durability(const Durability&) = delete;
  Durability& operator=(const Durability&) = delete;

  // Loads what the configuration says, and begins to write down what changes. False if that cannot
  // be; error() says why.
  ring::Task<bool> start();
  const std::string& error() const { return error_; }

  const DataLoading& loading() const { return loading_; }
  // From the start of the process on, until all data is there.
  bool is_loading() const { return is_loading_; }
  // A start would find what the journals write.
  bool is_in_force() const { return status_.is_aof_on && !is_first_due_ && aof_error_ == 0; }
  const DurabilityStatus& status() const { return status_; }

  // Writes a snapshot, after one that is under way; true if that went well.
  ring::Task<bool> save();
  // Begins to. The answers are Redis's; an error begins with "ERR".
  const char* begin_save(bool may_be_scheduled);
  const char* begin_rewrite();
  // DEBUG RELOAD and DEBUG LOADAOF: drops all data and loads it from the files, while clients are
  // told so. Null, or the error to answer.
  ring::Task<const char*> reload(ReloadOptions options);
  ring::Task<const char*> reload_aof();
  // CONFIG SET appendonly: whether it can be turned on, turning it, and waiting until that has
  // taken place: what was written is on the disk and the files are closed, or the first rewrite has
  // begun. The first one logs why not.
  ring::Task<bool> can_turn_on();
  void turn(bool on);
  ring::Task<> wait_until_turned(bool on);
  // Once a second: begins what is due by the settings.
  void tick();
  // BGSAVE CANCEL.
  const char* cancel_save();
  // Before the process ends: false if what has to be saved could not be, or if that was aborted;
  // everything goes on then. Else nobody writes any more what is not written down.
  ring::Task<bool> prepare_end(StopOrder order);
  void abort_end();
  // Who waits to write need not be answered any more: it would not be in the snapshot.
  bool is_saved_for_good() const { return is_saved_for_good_ && !status_.is_aof_on; }
  // Behind prepare_end(), when connections are told to leave: until nothing is under way.
  ring::Task<> end();

  // A core could not write or flush: until a rewrite has put everything that is in memory on the
  // disk, writes are refused.
  void aof_failed(int error);

  // Makes the files of all generations up to this one and offers them to the cores.
  void want_generation(uint64_t generation);

 private:
  ring::Task<bool> open_directory();
  ring::Task<bool> prepare_directory();
  ring::Task<bool> prepare_journals();
  ring::Task<bool> name_journals();
  static ring::Task<> turn_as_wanted(Durability* self);  // `self` outlives the task
  ring::Task<> turn_on();
  ring::Task<> turn_off();
  ring::Task<> end_rewrite();
  ring::Task<> give_up_snapshot();
  ring::Task<> be_alone();
  ring::Task<bool> save_at_end(StopOrder order);
  ring::Task<> go_on();
  ring::Task<bool> open_journals();
  ring::Task<bool> make_generation();
  static ring::Task<> make_generations(Durability* self);  // `self` outlives the task
  ring::Task<> end_loading();
  // `held`: on behalf of somebody who has locked all cores; else null.
  ring::Task<bool> run_save(const exec::Request* held = nullptr);
  ring::Task<bool> run_rewrite(const exec::Request* held = nullptr);
  ring::Task<bool> write_base(const exec::Request* held);
  ring::Task<bool> count_base(const persist::AofFile& base, uint64_t generation);
  ring::Task<const char*> run_again(bool is_aof, ReloadOptions options);
  ring::Task<const char*> reload_held(ReloadOptions options, const exec::Request& held);
  ring::Task<const char*> reload_aof_held();
  ring::Task<> wait_until_quiet();
  ring::Task<> begin_again(bool empties);
  ring::Task<> end_again();
  ring::Task<> look_around();
  ring::Task<> recover_aof();
  ring::Task<> write_anew();
  ring::Task<bool> keep_writing_anew(int64_t first_ms, bool is_recovery);
  ring::Task<bool> restart_aof(uint64_t generation);
  bool is_busy() const { return status_.is_saving || status_.is_rewriting || is_alone_; }
  bool is_save_due(int64_t now_s) const;
  bool is_rewrite_due(int64_t now_s) const;
  void begin_scheduled();

  Server& server_;
  DataLoading loading_;
  std::unique_ptr<persist::AofDirectory> aof_;
  uint64_t made_ = 0;  // the last generation that has files
  uint64_t wanted_ = 0;
  bool is_making_ = false;
  bool is_looking_ = false;
  int recoveries_ = 0;  // tasks that try to, now and then
  int aof_error_ = 0;
  bool is_error_told_ = false;  // to all cores
  bool is_loading_ = true;
  bool is_alone_ = false;     // something is at work that nothing else goes beside
  bool is_given_up_ = false;  // the snapshot that is being written
  bool is_background_save_ = false;
  bool is_end_aborted_ = false;
  bool has_stopped_others_ = false;  // for the end of the process
  bool is_saved_for_good_ = false;
  std::unique_ptr<exec::HeldCores> end_lock_;
  bool is_on_wanted_ = false;  // the append-only file
  bool is_turning_ = false;
  bool is_first_due_ = false;  // it was turned on, and has no base of its own yet
  bool has_journals_ = false;
  // The base came from elsewhere, and a rewrite saves the next start some time.
  bool is_base_due_ = false;
  journal::FileNames names_;
  std::vector<uint64_t> dirty_before_;  // by core, while data is loaded again
  int64_t last_try_s_ = 0;              // of a snapshot
  int64_t last_rewrite_try_s_ = 0;
  uint64_t dirty_ = 0;          // of all cores, a second ago at most
  uint64_t written_bytes_ = 0;  // likewise, to files of the append-only file
  uint64_t written_before_base_ = 0;
  DurabilityStatus status_;
  std::string error_;
};

}  // namespace gyre::server
