// News: what all cores must have heard of before a client is answered.
#pragma once

#include <cstdint>
#include <memory>
#include <vector>

#include "base/intrusive.h"
#include "ring/core.h"
#include "ring/mailbox.h"

namespace gyre::exec {

class Announcer;
class Engine;
struct Engines;
class Session;

// Derive and fill in. Made and deleted on the core that tells it; the others only read it.
class News : public base::ListHook<> {
 public:
  News() = default;
  virtual ~News() = default;

  // Runs on every other core.
  virtual void hear(Engine& at) const = 0;

 protected:
  // The core that tells it.
  uint16_t origin() const { return origin_; }

 private:
  friend class Announcer;
  struct Copy : ring::Message {
    News* news = nullptr;
  };

  Announcer* home_ = nullptr;
  uint16_t origin_ = 0;
  Session* session_ = nullptr;  // whose output stays until all have heard; null: nobody's
  uint32_t pending_ = 0;        // cores that have not heard
  std::vector<Copy> copies_;
};

// Tells the other cores what has changed on this one. Nothing that the session is answered leaves
// until all of them have heard of it (Session::unknown_to): whoever sees the answer may rely on it,
// wherever the next command runs, and handlers need not wait. With one core nothing is ever posted.
// Lanes keep the order, so what one core tells arrives everywhere in that order.
class Announcer {
 public:
  Announcer(ring::Core& core, const Engines& all) : core_(core), all_(all) {}
  Announcer(const Announcer&) = delete;
  Announcer& operator=(const Announcer&) = delete;
  ~Announcer();

  // Is there nobody to be told?
  bool is_alone() const;
  void tell(std::unique_ptr<News> news, Session* session);
  // The session is over and may be gone when the others have heard.
  void forget(Session& session);

 private:
  void heard_by_one(News& news);

  ring::Core& core_;
  const Engines& all_;
  base::List<News> under_way_;  // not heard by all yet
};

}  // namespace gyre::exec
