// Rows of the TOML table [persistence].
#include <limits.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>

#include "server/config_lists.h"
#include "server/config_tables.h"

namespace gyre::server {
namespace {

constexpr std::string_view kFsync[] = {"everysec", "always", "no"};
constexpr std::string_view kRecoveries[] = {"refuse", "salvage"};
constexpr std::string_view kNoFork =
    "Accepted and ignored; snapshots need no second process and are written in slices.";
constexpr std::string_view kTestOnly = "Accepted and ignored; for the tests of other servers.";

tl::unexpected<std::string> refuse(std::string text) { return tl::unexpected(std::move(text)); }

bool is_path(const std::string& name) { return name.find('/') != std::string::npos; }

Checked<void> check_dbfilename(const std::string& value) {
  if (is_path(value)) {
    return refuse("dbfilename can't be a path, just a filename");
  }
  return {};
}

Checked<void> check_appendfilename(const std::string& value) {
  if (value.empty()) {
    return refuse("appendfilename can't be empty");
  }
  if (is_path(value)) {
    return refuse("appendfilename can't be a path, just a filename");
  }
  return {};
}

Checked<void> check_appenddirname(const std::string& value) {
  if (value.empty()) {
    return refuse("appenddirname can't be empty");
  }
  if (is_path(value)) {
    return refuse("appenddirname can't be a path, just a dirname");
  }
  return {};
}

// The texts are those of chdir(2), which the server calls later with this value.
Checked<void> check_dir(const std::string& value) {
  struct stat status = {};
  if (stat(value.c_str(), &status) != 0) {
    return refuse(std::strerror(errno));
  }
  if (!S_ISDIR(status.st_mode)) {
    return refuse(std::strerror(ENOTDIR));
  }
  if (access(value.c_str(), X_OK) != 0) {
    return refuse(std::strerror(errno));
  }
  return {};
}

}  // namespace

constexpr Row kPersistenceRows[] = {
    text("dir", &Config::dir, "Working directory: snapshots and the append-only file go there.")
        .checked(check_dir)
        .guarded(),
    text("dbfilename", &Config::dbfilename, "File name of the snapshot, inside dir.")
        .checked(check_dbfilename)
        .guarded(),
    list("save", kSaveField,
         "Pairs of seconds and changes: a snapshot is made after that time if there were that "
         "many changes; empty for never."),
    yes_no("stop-writes-on-bgsave-error", &Config::stop_writes_on_bgsave_error,
           "Refuse writes after a snapshot failed."),
    yes_no("rdbcompression", &Config::rdbcompression,
           "Compress long strings in snapshots and in what DUMP answers."),
    yes_no("rdbchecksum", &Config::rdbchecksum, "End snapshots with a checksum, and check it.")
        .fixed(),
    yes_no("rdb-del-sync-files", &Config::rdb_del_sync_files,
           "Remove snapshots made only for replication, when no persistence is on.")
        .later(kWithReplication),
    yes_no("rdb-save-incremental-fsync", &Config::rdb_save_incremental_fsync,
           "Push a snapshot to the disk piece by piece while it is written.")
        .later(kWithPersistence),
    integer("rdb-key-save-delay", &Config::rdb_key_save_delay, INT_MIN, kIntMax,
            "Microseconds to wait after each key that is saved.")
        .unlisted()
        .later(kTestOnly),
    integer("key-load-delay", &Config::key_load_delay, INT_MIN, kIntMax,
            "Microseconds to wait after each key that is loaded.")
        .unlisted()
        .later(kTestOnly),
    integer("loading-process-events-interval-bytes", &Config::loading_process_events_interval_bytes,
            1024, kIntMax, "Bytes loaded between two looks at clients.")
        .unlisted()
        .later(kTestOnly),
    yes_no("appendonly", &Config::appendonly, "Log every write to the append-only file."),
    choice<&Config::appendfsync>("appendfsync", kFsync,
                                 "When the append-only file reaches the disk: before each reply, "
                                 "every second, or when the kernel likes."),
    text("appendfilename", &Config::appendfilename,
         "Base of the file names of the append-only file.")
        .checked(check_appendfilename)
        .fixed(),
    text("appenddirname", &Config::appenddirname, "Directory of the append-only file, inside dir.")
        .checked(check_appenddirname)
        .fixed(),
    yes_no("no-appendfsync-on-rewrite", &Config::no_appendfsync_on_rewrite,
           "Do not flush the append-only file while a snapshot or rewrite runs.")
        .later(kWithPersistence),
    integer("auto-aof-rewrite-percentage", &Config::auto_aof_rewrite_percentage, 0, kIntMax,
            "Percent of growth since the last rewrite that starts the next one; 0 for never."),
    memory("auto-aof-rewrite-min-size", &Config::auto_aof_rewrite_min_size, 0, kLongMax,
           "Bytes below which the append-only file is not rewritten by itself."),
    yes_no("aof-load-truncated", &Config::aof_load_truncated,
           "Start although the end of the append-only file is cut off."),
    choice<&Config::recovery>(
        "recovery", kRecoveries,
        "What a start does with files that are damaged, not just cut off at their end: refuse "
        "them, or load all that is whole, tell what is lost, keep them aside and write new ones."),
    yes_no("aof-use-rdb-preamble", &Config::aof_use_rdb_preamble,
           "Write the base of the append-only file as a snapshot.")
        .later(kWithPersistence),
    yes_no("aof-timestamp-enabled", &Config::aof_timestamp_enabled,
           "Note the time in the append-only file, every second in which something changes; then "
           "gyre-check can take it back to a moment."),
    yes_no("aof-rewrite-incremental-fsync", &Config::aof_rewrite_incremental_fsync,
           "Push a rewrite to the disk piece by piece while it is written.")
        .later(kNoFork),
    yes_no("aof-disable-auto-gc", &Config::aof_disable_auto_gc,
           "Keep files that the manifest no longer needs.")
        .unlisted()
        .later(kWithPersistence),
};

std::span<const Row> persistence_rows() { return kPersistenceRows; }

}  // namespace gyre::server
