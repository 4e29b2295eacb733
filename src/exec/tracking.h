// Tracking: clients that cache what they read, and are told when it has changed (CLIENT TRACKING).
//
// A request of such a client carries its marks (exec::Care), and the core that owns a key notes
// who has read it, in the same turn as the read: so no write falls between. A change takes the note
// away and sends an invalidation to the core of each client, in the lane that the reply to the read
// has gone through before; what that core sends a client waits for the reply that is under way. So
// a client never sees the invalidation before the reply, and never keeps what has changed.
//
// What goes to other cores is collected until the turn ends: lanes are published no sooner, and one
// message carries all. Every core keeps the state of its own clients, and looks at it when an
// invalidation arrives: whoever has left or tracks no more is passed over.
//
// An invalidation may be redirected to another client, on whatever core: the client's core sends it
// on, and hears back when there is nobody.
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "exec/invalidation.h"
#include "exec/news.h"
#include "exec/prefixes.h"
#include "exec/session.h"
#include "exec/tracking_table.h"
#include "ring/core.h"
#include "store/shard.h"

namespace gyre::exec {

struct TrackingOptions {
  bool is_broadcast = false;  // BCAST
  bool opts_in = false;       // OPTIN
  bool opts_out = false;      // OPTOUT
  bool is_no_loop = false;    // NOLOOP
  uint64_t redirect = 0;      // the client that gets the invalidations; 0: oneself
  uint16_t redirect_core = 0;
};

// Of a session that tracks.
struct ClientTracking {
  TrackingOptions options;
  bool is_caching_given = false;      // CLIENT CACHING was said, for the next command
  bool is_redirect_broken = false;    // nobody was there to get an invalidation
  std::vector<std::string> prefixes;  // sorted
};

// One per engine.
class Tracking {
 public:
  Tracking(ring::Core& core, const Engines& all, Announcer& announcer, resp::ChunkPool& chunks,
           uint64_t seed);
  Tracking(const Tracking&) = delete;
  Tracking& operator=(const Tracking&) = delete;
  ~Tracking();

  // ---- Of sessions of this core ----
  // Turns it on, or changes how; no prefix may overlap with one that the session has.
  void enable(Session& session, const TrackingOptions& options,
              std::vector<std::string_view> prefixes);
  void disable(Session& session);
  // The session may be a target of redirection from now on.
  void add_target(Session& session);
  // The session is over.
  void forget(Session& session);
  // All keys of a database have gone. Once, on every core.
  void flush();
  size_t clients() const { return clients_.size(); }

  // ---- Of keys of this core ----
  // Does anybody want to know of changes?
  bool is_noting() const { return !table_.empty() || !prefixes_.empty(); }
  // The client whose command runs, if it does not want to hear of its own changes; else 0.
  void set_author(uint64_t client) { author_ = client; }
  // Notes that a client has read a key.
  void remember(const store::Key& key, Tracker tracker);
  // `is_expired`: it is nobody's doing.
  void note_change(const store::Key& key, bool is_expired);
  // Has anything been collected for other cores, or for prefixes?
  bool has_collected() const { return has_mail_ || prefixes_.has_changes(); }
  // Sends that off. At the end of a turn.
  void end_turn();
  // So many keys may be noted on all cores together; 0: any number.
  void set_keys_max(uint64_t keys_max);
  // Works off what is too much, within a budget of keys; true if work is left.
  bool housekeep(size_t budget);
  size_t keys() const { return table_.keys(); }
  size_t items() const { return table_.items(); }
  Prefixes& prefixes() { return prefixes_; }

 private:
  struct Mail;
  struct Broadcast;
  struct Redirection;

  void invalidate(std::string_view key, const std::vector<Tracker>& trackers, uint64_t by);
  void forget_any_key();
  bool is_over_limit() const { return table_.keys() > keys_max_; }
  void deliver(uint64_t client, InvalidationFrames& frames, const Invalidation& what);
  void deliver_to_prefix(const Prefix& prefix, const Invalidation& what);
  void send(Session& tracker, InvalidationFrames& frames, const Invalidation& what,
            uint64_t spared);
  void redirect(Session& tracker, const Invalidation& what, uint64_t spared);
  void break_redirect(uint64_t client);
  static void give(Session& target, InvalidationFrames& frames);

  ring::Core& core_;
  const Engines& all_;
  resp::ChunkPool& chunks_;
  Prefixes prefixes_;
  TrackingTable table_;
  size_t keys_max_ = SIZE_MAX;
  uint64_t author_ = 0;
  base::Random random_;
  std::unordered_map<uint64_t, Session*> clients_;  // that track
  std::unordered_map<uint64_t, Session*> targets_;  // that invalidations may be redirected to
  std::vector<std::unique_ptr<Mail>> mail_;         // by core; null: none
  uint64_t invalidations_ = 0;                      // so far
  bool has_mail_ = false;
};

}  // namespace gyre::exec
