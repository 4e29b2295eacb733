// Shard: the data of one core: its databases, its clock, and the one funnel for effects.
#pragma once

#include <cstdint>
#include <initializer_list>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/random.h"
#include "data/limits.h"
#include "store/keyspace.h"

namespace gyre::store {

// The process-wide hash of a key; seeded once at start so that clients cannot choose collisions.
uint64_t key_hash(std::string_view key);
void seed_key_hash(uint64_t seed);

// What happened to a key: the name of the keyspace event and its class (the letter of
// notify-keyspace-events).
struct Event {
  char kind;                    // '$' string, 'g' generic, ...; '\0': nobody is told
  const char* name;             // "set", "del", ...
  const Event* then = nullptr;  // the same change is announced once more, under this name
  // False: it is the key's, but no change of what others read there (the groups of a stream).
  bool is_of_value = true;

  static const Event append, copy_to, del, expire, expired, hexpired, hexpired_last, incrby,
      incrbyfloat, move_from, move_to, persist, rename_from, rename_to, restore, set, set_expiring,
      setrange;
};

struct ShardOptions {
  uint16_t databases = 16;
  bool is_lfu = false;          // maxmemory-policy is one of the *-lfu
  bool shares_integers = true;  // Redis would: no policy needs the last use of each
  int lfu_log_factor = 10;
  int lfu_decay_minutes = 1;
  size_t string_max = size_t{512} * 1024 * 1024;  // bytes a string may grow to
  bool compresses_dumps = true;                   // long strings of DUMP's payloads
  data::Limits limits;
  std::string locale_collate;  // see base::Collation
};

// Counters of one core, summed over cores by INFO.
struct ShardStats {
  uint64_t hits = 0;
  uint64_t misses = 0;
  uint64_t expired = 0;
  uint64_t expired_fields = 0;  // of hashes
  uint64_t evicted = 0;
  uint64_t dirty = 0;  // changes since the start
};

// Is told of changes at once, on the core they are made on, if the shard is observed. It notes what
// it sees and touches no key.
class Observer {
 public:
  // A key was changed, and whoever reads it now sees the change.
  virtual void changed(Keyspace& db, const Key& key, const Event& event) = 0;
  // All keys of a database are about to go, or to be exchanged for those of another one (null: for
  // none).
  virtual void emptying(Keyspace& db, Keyspace* instead) = 0;
  // A key has come into being.
  virtual void added(Keyspace& db, const Key& key) = 0;
  // Somebody wanted to read a key that is not there.
  virtual void missed(Keyspace& db, const Key& key) = 0;
  // See Shard::record().
  virtual void record(uint16_t db, std::span<const std::string_view> args) = 0;
  // The time of a field of a hash has come; it is gone.
  virtual void field_expired(Keyspace& db, const Key& key, std::string_view field) = 0;

 protected:
  ~Observer() = default;
};

class Cut;

class Shard {
 public:
  Shard(uint16_t core, const ShardOptions& options, uint64_t seed);
  Shard(const Shard&) = delete;
  Shard& operator=(const Shard&) = delete;
  ~Shard();

  uint16_t core() const { return core_; }
  uint16_t databases() const { return static_cast<uint16_t>(dbs_.size()); }
  Keyspace& db(uint16_t index) { return *dbs_[index]; }

  // Unix ms, the same for everything that happens in one turn.
  int64_t now_ms() const { return now_ms_; }
  void set_now_ms(int64_t now_ms) {
    access_ms_ = now_ms;
    now_ms_ = is_repeating_ ? 0 : now_ms;
  }
  // The same, whatever is repeated.
  int64_t wall_ms() const { return access_ms_; }
  // While what was done before is repeated, no time comes: whatever went then says so itself.
  void set_repeating(bool on) {
    is_repeating_ = on;
    set_now_ms(access_ms_);
  }
  // False while no key may be removed because its time has come (CLIENT PAUSE); nobody sees such a
  // key all the same. DEBUG SET-ACTIVE-EXPIRE leaves this on.
  bool may_expire() const { return may_expire_ && !is_repeating_; }
  void set_may_expire(bool on) { may_expire_ = on; }
  bool active_expire() const { return active_expire_; }
  void set_active_expire(bool on) { active_expire_ = on; }
  // False while RESTORE takes payloads whatever their checksum says, for tests.
  bool checks_dumps() const { return checks_dumps_; }
  void set_checks_dumps(bool on) { checks_dumps_ = on; }

  // Every change of a key passes here exactly once, after it was made: the dirty count, and what
  // watches keys, follow from it. Nothing else may do those.
  void commit(Keyspace& db, const Key& key, const Event& event) {
    ++stats_.dirty;
    if (is_observed_) [[unlikely]] {
      observer_->changed(db, key, event);
    }
  }
  // A command that repeats on one key of database `db` what the running one does to it, for
  // commands that would do something else the next time. Who says one says all of them, in their
  // order.
  void record(uint16_t db, std::initializer_list<std::string_view> args) {
    if (is_observed_) [[unlikely]] {
      observer_->record(db, {args.begin(), args.size()});
    }
  }
  void record(uint16_t db, std::span<const std::string_view> args) {
    if (is_observed_) [[unlikely]] {
      observer_->record(db, args);
    }
  }
  // Somebody wants to know of changes, or nobody does any more. Not owned.
  void set_observer(Observer& observer) { observer_ = &observer; }
  void set_observed(bool on) { is_observed_ = on; }
  // Who wants to know, if anybody does.
  Observer* observer() const { return is_observed_ ? observer_ : nullptr; }

  // Keys as they were at one moment are being saved; null: they are not. Not owned.
  Cut* cut() const { return cut_; }
  void set_cut(Cut* cut) { cut_ = cut; }

  // Notes an access to the entry; OBJECT IDLETIME, OBJECT FREQ and eviction read it.
  void touch(Entry& entry);
  // The same for the command that runs now, unless its client asked not to touch keys.
  void note_access(Entry& entry) {
    if (!is_quiet_) {
      touch(entry);
    }
  }
  // CLIENT NO-TOUCH of the client whose command runs from now on.
  void set_quiet(bool on) { is_quiet_ = on; }
  bool is_quiet() const { return is_quiet_; }
  void set_new_access(Entry& entry);
  // The entry replaces another of the same key, which keeps the frequency of its use.
  void set_access_after(Entry& entry, const Entry& old);
  uint32_t idle_seconds(const Entry& entry) const;
  // The entry was used so long ago, or so often on the scale of frequency(), 255 at most. Only the
  // one of the two that the policy goes by has an effect.
  void set_idle_seconds(Entry& entry, uint64_t seconds);
  void set_frequency(Entry& entry, uint32_t frequency);
  // What OBJECT REFCOUNT answers: Redis shares the objects of small integers, never to be freed.
  int64_t reference_count(const Entry& entry) const;
  uint32_t frequency(const Entry& entry) const;

  // Housekeeping, ten times a second or more often while there is work: removes expired keys, frees
  // flushed tables and large values, within a budget of entries. True if work is left.
  bool housekeep(size_t budget);
  // Empties one database. housekeep() frees the memory.
  void flush(uint16_t db);
  // Exchanges the contents of two databases.
  void swap(uint16_t first, uint16_t second);
  // Frees up to `budget` entries and elements of what was discarded; true if any are left.
  bool free_discarded(size_t budget);
  // Empties a table slice by slice.
  void discard(Table table);
  // Destroys an entry that is in no table any more; a large value is freed slice by slice.
  void discard(Entry* entry) {
    if (entry->form() != Form::value) {
      Entry::destroy(entry);
    } else {
      discard_value(entry);
    }
  }

  // While a value of this shard is lent to other cores, no collection is freed.
  void lend() { ++lent_; }
  void take_back() { --lent_; }
  // A value that somebody reads over several turns: it is not freed before unpin(), even if its key
  // goes, and its fields do not expire. Nothing else keeps it from being changed.
  void pin(Entry& entry);
  void unpin(Entry& entry);
  bool is_pinned(const Entry& entry) const { return !pins_.empty() && find_pin(entry) != nullptr; }

  ShardStats& stats() { return stats_; }
  ShardOptions& options() { return options_; }
  const ShardOptions& options() const { return options_; }
  base::Random& random() { return random_; }
  // Approximate bytes of tables and indexes.
  size_t table_memory() const;

 private:
  struct Pin {
    Entry* entry;
    uint32_t readers;
    bool is_discarded;
  };

  void discard_value(Entry* entry);
  size_t queue_or_destroy(Entry* entry);
  const Pin* find_pin(const Entry& entry) const;
  Pin* find_pin(const Entry& entry) {
    return const_cast<Pin*>(std::as_const(*this).find_pin(entry));
  }

  const uint16_t core_;
  bool is_observed_ = false;
  Observer* observer_ = nullptr;
  Cut* cut_ = nullptr;
  ShardOptions options_;
  int64_t now_ms_;
  int64_t access_ms_;  // the time that uses of keys are noted with
  bool is_repeating_ = false;
  bool is_quiet_ = false;
  bool may_expire_ = true;
  bool active_expire_ = true;
  bool checks_dumps_ = true;
  ShardStats stats_;
  base::Random random_;
  std::vector<std::unique_ptr<Keyspace>> dbs_;
  std::vector<Table> discarded_;
  std::vector<Entry*> discarded_values_;  // large ones
  size_t lent_ = 0;
  size_t discarded_pieces_ = 0;  // blocks of memory in both, about
  size_t paid_back_ = 0;         // pieces since the last round of housekeeping
  std::vector<Pin> pins_;
  size_t first_db_ = 0;  // of the next round of housekeeping
};

}  // namespace gyre::store
