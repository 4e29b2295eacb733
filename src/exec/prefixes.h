// Prefixes: clients that are told of every change of keys that begin with certain bytes, whether
// they have read them or not (CLIENT TRACKING BCAST).
//
// As with channels, interest is replicated: every core knows of every prefix how many clients each
// core has for it, and which sessions of its own they are. What changes on a core is collected by
// prefix until its turn ends, and then goes out as one message for each prefix and core.
#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "exec/invalidation.h"
#include "exec/news.h"
#include "exec/session.h"

namespace gyre::exec {

struct Prefix {
  std::string text;
  uint32_t total = 0;
  std::vector<uint32_t> counts;  // clients by core
  std::vector<Session*> own;     // of this core
  // Keys that have changed in this turn, and the client that did it last.
  std::map<std::string, uint64_t, std::less<>> changed;
};

class Prefixes {
 public:
  Prefixes(ring::Core& core, const Engines& all, Announcer& announcer)
      : core_(core), all_(all), announcer_(announcer) {}
  Prefixes(const Prefixes&) = delete;
  Prefixes& operator=(const Prefixes&) = delete;

  bool empty() const { return by_text_.empty(); }
  size_t size() const { return by_text_.size(); }

  // The session listens to a prefix that it does not listen to yet. The others hear of it before
  // the session is answered.
  void add(Session& session, std::string_view text);
  // And to one no more. `is_over`: the session is, too.
  void remove(Session& session, std::string_view text, bool is_over);

  // Notes a change by a client (0: nobody).
  void note_change(std::string_view key, uint64_t by);
  bool has_changes() const { return !changed_.empty(); }
  // Calls visit(prefix, what) for every prefix that keys have changed of, and forgets these.
  template <typename Visit>
  void take_changes(Visit visit) {
    for (Prefix* prefix : changed_) {
      visit(static_cast<const Prefix&>(*prefix), collect(*prefix));
    }
    changed_.clear();
  }
  const Prefix* find(std::string_view text) const;

 private:
  struct Interest;

  Prefix& open(std::string_view text);
  void count(Prefix& prefix, uint16_t core, bool is_more);
  void tell(Session* session, std::string_view text, bool is_more);
  static Invalidation collect(Prefix& prefix);

  ring::Core& core_;
  const Engines& all_;
  Announcer& announcer_;
  std::map<std::string, Prefix, std::less<>> by_text_;
  std::map<size_t, size_t> sizes_;  // of the prefixes, and how many have each
  std::vector<Prefix*> changed_;
};

}  // namespace gyre::exec
