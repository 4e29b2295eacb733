// Recorder: what the changes of one core must be repeated as (docs/durability.md).
#pragma once

#include <cstdint>
#include <span>
#include <string_view>
#include <vector>

#include "exec/request.h"
#include "journal/journal.h"
#include "store/shard.h"

namespace gyre::exec {

// Writes a value as the payload of a RESTORE; whoever knows files offers one.
class Payloads {
 public:
  // Good until the next call.
  virtual std::string_view payload(const store::Entry& entry) = 0;

 protected:
  ~Payloads() = default;
};

// What is repeated whole or not at all: a command or a transaction that writes on several cores.
struct AtomicGroup {
  uint64_t id = 0;     // 0: there is nothing to repeat
  uint32_t parts = 0;  // cores that have one; 0: this core has more to come
};

// Notes which keys a command changes, and takes down at its end what does the same again: the
// command, what its handler has said instead, or the state of the keys. One per engine.
class Recorder {
 public:
  explicit Recorder(store::Shard& shard) : shard_(shard) {}
  Recorder(const Recorder&) = delete;
  Recorder& operator=(const Recorder&) = delete;

  journal::Journal& journal() { return journal_; }
  const journal::Journal& journal() const { return journal_; }
  bool is_on() const { return journal_.is_on(); }
  // Not owned.
  void set_payloads(Payloads& payloads) { payloads_ = &payloads; }

  // ---- what the shard tells ----
  void note(store::Keyspace& db, const store::Key& key, const store::Event& event);
  void say(uint16_t db, std::span<const std::string_view> args);
  void note_field_expired(store::Keyspace& db, const store::Key& key, std::string_view field);

  // ---- what the engine tells ----
  bool has_pending() const { return noted_ != 0; }
  // What has been taken down since the start, but for keys and fields whose time had come.
  uint64_t writes() const { return writes_; }
  // A command runs; only between these two is anything held of it.
  void begin_command(const Request& request) { request_ = &request; }
  void end_command(const Request& request) {
    request_ = nullptr;
    if (has_pending()) [[unlikely]] {
      close(&request);
    }
  }
  // Something has run that cannot be repeated as it was.
  void end_step() {
    if (has_pending()) [[unlikely]] {
      close(nullptr);
    }
  }

  // Between these two runs what this core does for a group, or some of it.
  void begin_part(const AtomicGroup& group) {
    if (is_on() && group.id != 0) [[unlikely]] {
      end_step();
      journal_.begin_part();
    }
  }
  void end_part(const AtomicGroup& group) {
    if (is_on() && group.id != 0) [[unlikely]] {
      end_step();
      journal_.end_part(group.id, group.parts);
    }
  }
  // A command about all keys, as `group` if there are several cores. On each of them while all of
  // them are locked.
  void say_for_all(const AtomicGroup& group, uint16_t db,
                   std::initializer_list<std::string_view> args);
  // A number that no group had before, in any run of the server.
  uint64_t next_group_id();

 private:
  // What has been noted since the last record, as bits.
  enum Noted : uint8_t {
    kOwnExpiry = 1 << 0,  // when the key of the command goes
    kOwnValue = 1 << 1,   // anything else of it
    kOthers = 1 << 2,     // other keys, in pending_
    kSaid = 1 << 3,       // the handler has said what to repeat
  };
  // A key that has changed, and is not the one that the command is about.
  struct Pending {
    uint16_t db = 0;
    uint64_t hash = 0;
    bool is_expiry_alone = false;  // nothing but the time at which the key goes
    size_t name_at = 0;            // in names_
    size_t name_size = 0;
  };

  std::string_view name_of(const Pending& pending) const {
    return {names_.data() + pending.name_at, pending.name_size};
  }

  void close(const Request* request);
  bool repeats(const Request& request) const;
  void note_other(store::Keyspace& db, const store::Key& key, bool is_expiry_alone);
  void record_state(uint16_t db_index, const store::Key& key, bool is_expiry_alone);

  store::Shard& shard_;
  journal::Journal journal_;
  Payloads* payloads_ = nullptr;
  std::vector<Pending> pending_;
  std::vector<char> names_;  // of the keys of pending_: the caller's views end with the command
  const Request* request_ = nullptr;  // that runs; null while none does
  uint8_t noted_ = 0;
  uint64_t writes_ = 0;
  uint64_t last_group_ = 0;
};

}  // namespace gyre::exec
