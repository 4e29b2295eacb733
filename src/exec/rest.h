// Rest: what is left of a reply that is too long to be made at once.
#pragma once

#include <cstddef>
#include <cstdint>

#include "exec/locks.h"
#include "exec/part.h"
#include "exec/request.h"
#include "ring/mailbox.h"
#include "store/shard.h"

namespace gyre::exec {

// A handler that has encoded the first part of a long reply leaves the others to a Rest (see
// Engine::leave()), and the connection asks for one after the other as its client takes them. All
// show the value as it was when the handler ran: until the last one is made, the key is locked
// against whoever would change it, and the value is pinned, so that it stays when the key goes
// because its time has come.
//
// A client may be slow, and nobody shall wait for it: as soon as somebody waits for the key, the
// core that owns it makes all that is left, one part in a turn, and lets the key go. What it made
// stays here until the connection fetches it; more than the engine's limit is thrown away, and the
// client is cut off when it asks.
//
// Made, working and destroyed on the core that owns the key; the asking core keeps a pointer.
class Rest : private ring::Message {
 public:
  // The request stays as it is until end or drop().
  Rest(Engine& engine, const Request& request, store::Entry& entry);
  Rest(const Rest&) = delete;
  Rest& operator=(const Rest&) = delete;

  enum class Outcome : uint8_t {
    more,  // ask again
    end,   // all has been handed over; the Rest is gone
    cut,   // there was too much to keep; the Rest is gone
  };
  // Hands over what is made already, or makes the next part.
  Outcome next(resp::Reply& reply);
  // Nobody asks any more. The Rest goes, if not now then soon.
  void drop();

  // Time that the command has taken besides.
  void add_ns(uint64_t ns) { ns_ += ns; }

 protected:
  virtual ~Rest();
  // Encodes one more part, in less than half a millisecond; true if there are others.
  virtual bool encode(resp::Reply& reply) = 0;
  store::Entry& entry() { return entry_; }

 private:
  struct Lock : LockRequest {
    Rest* rest = nullptr;
  };

  void hurry();
  void build();
  void make(resp::Reply& reply);
  void let_go();
  void finish();

  Engine& engine_;
  const Request& request_;
  store::Entry& entry_;
  Lock lock_;
  ReplyBuffer built_;
  uint64_t ns_ = 0;
  bool has_more_ = true;      // to be made; the key is held as long
  bool is_building_ = false;  // a message to this core is on its way
  bool is_dropped_ = false;
  bool is_cut_ = false;
};

}  // namespace gyre::exec
