// visit_keys(): all keys of a request on this core, with their memory asked for in advance.
#pragma once

#include <algorithm>

#include "exec/request.h"
#include "store/keyspace.h"

namespace gyre::commands {

// Calls visit(const KeyRef&) for each key in order. A cache miss takes as long as a lookup, so the
// misses of several keys are taken together; not of too many, or the first ones would be gone from
// the cache when their turn comes.
template <typename Visit>
void visit_keys(const exec::Request& request, const store::Keyspace& db, Visit&& visit) {
  constexpr size_t kTogether = 16;
  for (size_t at = 0; at < request.keys.size(); at += kTogether) {
    const auto keys = request.keys.subspan(at, std::min(kTogether, request.keys.size() - at));
    if (keys.size() > 1) {
      for (const exec::KeyRef& ref : keys) {
        db.prefetch_slots(ref.hash);
      }
      for (const exec::KeyRef& ref : keys) {
        db.prefetch_entry(ref.hash);
      }
    }
    for (const exec::KeyRef& ref : keys) {
      visit(ref);
    }
  }
}

}  // namespace gyre::commands
