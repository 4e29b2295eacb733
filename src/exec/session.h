// Session: a caller of commands: which database, which protocol, which permissions.
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>
#include <string_view>

namespace gyre::resp {
class Frame;
}

namespace gyre::exec {

class Blocked;
struct ClientTracking;
class Transaction;
struct Request;
struct Subscriptions;

// A connection is a Session with a socket; replayers, scripts and the embedded library are Sessions
// without one. Used on its own core only.
class Session {
 public:
  Session();
  Session(const Session&) = delete;
  Session& operator=(const Session&) = delete;

  uint64_t id = 0;
  uint16_t home = 0;      // its core; like the number it never changes
  std::string name;       // CLIENT SETNAME
  std::string_view peer;  // address of a client, for logs
  uint16_t db = 0;
  bool resp3 = false;
  bool authenticated = true;
  bool no_touch = false;
  bool no_evict = false;
  // CLIENT REPLY
  bool reply_off = false;
  bool reply_skip_next = false;  // SKIP was just said
  bool reply_skip = false;       // the command that runs now is the skipped one

  // What its requests need (see Care), and whether something has to be seen to around each of
  // them: update_care() derives both, after a change of what they depend on. The latter may be
  // said too long, never too short.
  uint8_t care = 0;
  bool is_unusual = false;
  void update_care();

  // CLIENT TRACKING is on; else null. Belongs to Tracking.
  std::unique_ptr<ClientTracking> tracking;
  bool is_target = false;  // invalidations of other clients may be redirected here
  // Somebody wants to see its commands (MONITOR).
  bool is_watched = false;

  // Makes a request one of this caller, as the caller is now.
  void claim(Request& request);

  // MULTI was said, or keys are watched; else null.
  std::unique_ptr<Transaction> transaction;
  // The command that waits for a key, null if none does.
  Blocked* blocked = nullptr;
  // EXEC runs for this caller and has locked all cores.
  bool holds_cores = false;
  // As which it is repeated then; 0: not at all.
  uint64_t held_group = 0;
  // EXEC runs for this caller: what else might wait may not.
  bool is_in_exec = false;

  // What it listens to; null: nothing. Belongs to Channels, which a session leaves before it ends.
  Subscriptions* subscriptions = nullptr;
  uint32_t unknown_to = 0;  // changes of its subscriptions that other cores have not heard of yet

  bool is_subscribed() const { return subscriptions != nullptr; }
  // It sees the commands of all clients.
  bool is_monitor() const { return is_monitor_; }
  void set_monitor(bool on) {
    is_monitor_ = on;
    is_bound = on || is_subscribed();
  }
  // One or the other: it may not run everything.
  bool is_bound = false;
  // Subscribed clients of RESP2 cannot tell replies from messages, and may say little.
  bool is_only_listening() const { return is_subscribed() && !resp3; }

  // Sends a message that is no reply, in the protocol of the session: behind the reply of the
  // command of its own that runs now, if one does. In a turn of its core; changes no subscription.
  virtual void push(const resp::Frame&) {}
  // A command of it is about to run or has run, and `is_watched`.
  virtual void show(const Request&) {}
  // Bytes of replies that may be kept for it; who is owed more is cut off.
  virtual size_t reply_max() const { return SIZE_MAX; }
  virtual void cut() {}
  // What was done for it cannot be made safe: it is not answered, and ends.
  virtual void lose() {}
  // What is queued to be sent may leave now, though it had to stay while `unknown_to` was not 0.
  virtual void let_out() {}
  // Nobody is there any more to be answered.
  virtual bool is_gone() const { return false; }

 protected:
  ~Session();

 private:
  bool is_monitor_ = false;
};

// Around a command that runs, so that somebody who watches is shown it: before if it has keys,
// since it may take its arguments over, else after, when the session is what it has made of it.
class Showing {
 public:
  Showing(Session& session, const Request& request);
  Showing(const Showing&) = delete;
  Showing& operator=(const Showing&) = delete;
  ~Showing();

 private:
  Session& session_;
  const Request& request_;
  const bool is_before_;
};

}  // namespace gyre::exec
