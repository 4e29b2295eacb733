#include "exec/invalidation.h"

namespace gyre::exec {
namespace {

constexpr size_t kAround = 96;     // the words, and the lengths of arrays
constexpr size_t kAroundKey = 32;  // its length and line ends

}  // namespace

InvalidationFrames::InvalidationFrames(resp::ChunkPool& pool, const Invalidation& what,
                                       uint64_t spared)
    : pool_(pool), what_(what), spared_(spared), size_max_(kAround) {
  for (const Invalidation::Change& change : what.changes) {
    if (!is_spared(change)) {
      ++count_;
      size_max_ += kAroundKey + change.key.size();
    }
  }
}

const resp::Frame& InvalidationFrames::in(bool is_resp3) {
  resp::Frame& frame = frames_[is_resp3 ? 1 : 0];
  if (frame.is_empty()) {
    frame.make(pool_, size_max_, is_resp3,
               [this, is_resp3](resp::Reply& reply) { encode(reply, is_resp3); });
  }
  return frame;
}

void InvalidationFrames::encode(resp::Reply& reply, bool is_resp3) const {
  if (is_resp3) {
    reply.push(2);
    reply.bulk("invalidate");
  } else {
    reply.push(3);
    reply.bulk("message");
    reply.bulk("__redis__:invalidate");
  }
  if (what_.changes.empty()) {
    reply.null();
    return;
  }
  reply.array(count_);
  for (const Invalidation::Change& change : what_.changes) {
    if (!is_spared(change)) {
      reply.bulk(change.key);
    }
  }
}

}  // namespace gyre::exec
