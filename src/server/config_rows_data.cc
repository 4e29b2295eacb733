// Rows of the TOML tables [data] and [memory].
#include "server/config_lists.h"
#include "server/config_tables.h"

namespace gyre::server {
namespace {

constexpr std::string_view kSanitize[] = {"no", "yes", "clients"};
constexpr std::string_view kPolicies[] = {"volatile-lru",   "volatile-lfu", "volatile-random",
                                          "volatile-ttl",   "allkeys-lru",  "allkeys-lfu",
                                          "allkeys-random", "noeviction"};
constexpr std::string_view kSliced =
    "Accepted and ignored; large values are always freed in slices, without a pause.";

}  // namespace

constexpr Row kDataRows[] = {
    integer("databases", &Config::databases, 1, kIntMax, "Number of databases SELECT may name.")
        .fixed(),
    list("notify-keyspace-events", kKeyspaceEventsField,
         "Classes of keyspace events to publish, one letter each of Ag$lshzxeKEtmdn; empty for "
         "none."),
    integer("active-expire-effort", &Config::active_expire_effort, 1, 10,
            "How much work is spent on keys that expired unread, 1 to 10.")
        .later("Accepted and ignored; a timer finds every expired key exactly on time."),
    yes_no("activerehashing", &Config::activerehashing, "Spend idle time on growing tables.")
        .later("Accepted and ignored; tables grow in steps while they are used."),
    integer("hash-max-listpack-entries", &Config::hash_max_listpack_entries, 0, kLongMax,
            "Fields up to which a hash is kept packed.")
        .also("hash-max-ziplist-entries"),
    memory("hash-max-listpack-value", &Config::hash_max_listpack_value, 0, kLongMax,
           "Bytes of a field or value up to which a hash is kept packed.")
        .also("hash-max-ziplist-value"),
    integer("list-max-listpack-size", &Config::list_max_listpack_size, INT_MIN, kIntMax,
            "Elements in a block of a list, or its size: -1 to -5 for 4 to 64 kb.")
        .also("list-max-ziplist-size"),
    integer("list-compress-depth", &Config::list_compress_depth, 0, kIntMax,
            "Blocks at each end of a list that are never compressed; 0 compresses none."),
    integer("set-max-intset-entries", &Config::set_max_intset_entries, 0, kLongMax,
            "Members up to which a set of integers is kept as an array of integers."),
    integer("set-max-listpack-entries", &Config::set_max_listpack_entries, 0, kLongMax,
            "Members up to which a set is kept packed."),
    integer("set-max-listpack-value", &Config::set_max_listpack_value, 0, kLongMax,
            "Bytes of a member up to which a set is kept packed."),
    integer("zset-max-listpack-entries", &Config::zset_max_listpack_entries, 0, kLongMax,
            "Members up to which a sorted set is kept packed.")
        .also("zset-max-ziplist-entries"),
    memory("zset-max-listpack-value", &Config::zset_max_listpack_value, 0, kLongMax,
           "Bytes of a member up to which a sorted set is kept packed.")
        .also("zset-max-ziplist-value"),
    memory("hll-sparse-max-bytes", &Config::hll_sparse_max_bytes, 0, kLongMax,
           "Bytes up to which a HyperLogLog is kept in its sparse form."),
    memory("stream-node-max-bytes", &Config::stream_node_max_bytes, 0, kLongMax,
           "Bytes of one block of a stream; 0 for no limit."),
    integer("stream-node-max-entries", &Config::stream_node_max_entries, 0, kLongMax,
            "Entries of one block of a stream; 0 for no limit."),
    choice<&Config::sanitize_dump_payload>(
        "sanitize-dump-payload", kSanitize,
        "Whether payloads of RESTORE and of snapshots are checked in depth.")
        .later("Accepted and ignored; every payload is always checked in full."),
};

std::span<const Row> data_rows() { return kDataRows; }

constexpr Row kMemoryRows[] = {
    memory("maxmemory", &Config::maxmemory, 0, kLongMax,
           "Bytes of memory the data may use; 0 for no limit.")
        .later(kWithEviction),
    choice<&Config::maxmemory_policy>("maxmemory-policy", kPolicies,
                                      "Which keys make room when maxmemory is reached.")
        .later(kWithEviction),
    integer("maxmemory-samples", &Config::maxmemory_samples, 1, 64,
            "Keys looked at to find one to evict.")
        .later(kWithEviction),
    integer("maxmemory-eviction-tenacity", &Config::maxmemory_eviction_tenacity, 0, 100,
            "How long one round of eviction may take, 0 to 100.")
        .later(kWithEviction),
    integer("lfu-log-factor", &Config::lfu_log_factor, 0, kIntMax,
            "How slowly the counter of accesses saturates.")
        .later(kWithEviction),
    integer("lfu-decay-time", &Config::lfu_decay_time, 0, kIntMax,
            "Minutes after which the counter of accesses is lowered by one.")
        .later(kWithEviction),
    yes_no("lazyfree-lazy-eviction", &Config::lazyfree_lazy_eviction,
           "Free evicted values in the background.")
        .later(kSliced),
    yes_no("lazyfree-lazy-expire", &Config::lazyfree_lazy_expire,
           "Free expired values in the background.")
        .later(kSliced),
    yes_no("lazyfree-lazy-server-del", &Config::lazyfree_lazy_server_del,
           "Free overwritten values in the background.")
        .later(kSliced),
    yes_no("lazyfree-lazy-user-del", &Config::lazyfree_lazy_user_del,
           "Make DEL free in the background like UNLINK.")
        .later(kSliced),
    yes_no("lazyfree-lazy-user-flush", &Config::lazyfree_lazy_user_flush,
           "Make FLUSHALL and FLUSHDB free in the background by default.")
        .later(kSliced),
    yes_no("activedefrag", &Config::activedefrag, "Move values to join free memory.")
        .later(kNotYet),
    memory("active-defrag-ignore-bytes", &Config::active_defrag_ignore_bytes, 1, kLongMax,
           "Wasted bytes below which nothing is moved.")
        .later(kNotYet),
    integer("active-defrag-threshold-lower", &Config::active_defrag_threshold_lower, 0, 1000,
            "Percent of waste at which moving starts.")
        .later(kNotYet),
    integer("active-defrag-threshold-upper", &Config::active_defrag_threshold_upper, 0, 1000,
            "Percent of waste at which moving takes its greatest effort.")
        .later(kNotYet),
    integer("active-defrag-cycle-min", &Config::active_defrag_cycle_min, 1, 99,
            "Percent of CPU spent on moving at the lower threshold.")
        .later(kNotYet),
    integer("active-defrag-cycle-max", &Config::active_defrag_cycle_max, 1, 99,
            "Percent of CPU spent on moving at the upper threshold.")
        .later(kNotYet),
    integer("active-defrag-max-scan-fields", &Config::active_defrag_max_scan_fields, 1, kLongMax,
            "Elements up to which a collection is moved in one step.")
        .later(kNotYet),
    yes_no("jemalloc-bg-thread", &Config::jemalloc_bg_thread,
           "Let a thread of the allocator return free memory to the kernel.")
        .later(kNotYet),
};

std::span<const Row> memory_rows() { return kMemoryRows; }

}  // namespace gyre::server
