// Invalidation: what clients that cache keys are told when these have changed.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "resp/output.h"

namespace gyre::exec {

// Made on the core of the keys, and copied for every core that must hear of it.
struct Invalidation {
  struct Change {
    std::string key;
    uint64_t by = 0;  // the client whose command it was; 0: nobody's
  };
  std::vector<Change> changes;  // none: every key there is
};

// An invalidation as it is sent: as a push of RESP3, or as a message of a channel that clients of
// RESP2 listen to. Each is made when it is asked for first.
class InvalidationFrames {
 public:
  // Without what the client `spared` has changed; 0: with everything.
  InvalidationFrames(resp::ChunkPool& pool, const Invalidation& what, uint64_t spared = 0);

  // Is nothing left to be told?
  bool is_empty() const { return count_ == 0 && !what_.changes.empty(); }
  const resp::Frame& in(bool is_resp3);

 private:
  bool is_spared(const Invalidation::Change& change) const {
    return spared_ != 0 && change.by == spared_;
  }
  void encode(resp::Reply& reply, bool is_resp3) const;

  resp::ChunkPool& pool_;
  const Invalidation& what_;
  const uint64_t spared_;
  size_t count_ = 0;  // keys that are told
  size_t size_max_ = 0;
  resp::Frame frames_[2];
};

}  // namespace gyre::exec
