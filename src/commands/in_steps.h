// reply_in_steps(): replies of many elements, which are made part by part if they get long.
#pragma once

#include <algorithm>
#include <cstddef>

#include "exec/engine.h"
#include "exec/rest.h"
#include "store/entry.h"

namespace gyre::commands {

// A walk is a small object that knows what is to be shown of a value, and how far it has come:
//
//     using Value = ...;
//     static constexpr size_t kPart = ...;  // elements that are made at once, not too many
//     // Encodes about `count` more elements; true if there are others.
//     bool step(const Value& value, size_t count, resp::Reply& reply);
//
// Not more bytes than these either.
inline constexpr size_t kWholeBytes = 1024 * 1024;  // of a reply that is not divided
inline constexpr size_t kPartBytes = 256 * 1024;

// For kPart: about 300 microseconds.
inline constexpr size_t kPartInOrder = 8192;  // neighbours in memory
inline constexpr size_t kPartOfTable = 3072;  // a cache miss each, of which several go together
inline constexpr size_t kPartByChance = 768;  // and one after the other

// True if there is more to show.
template <typename Walk>
bool walk_part(Walk& walk, const typename Walk::Value& value, resp::Reply& reply,
               size_t bytes_max) {
  constexpr size_t kFirst = 16;  // to learn how long they are
  constexpr size_t kStepMax = 512;
  const size_t begin = reply.written();
  size_t count = kFirst;
  for (size_t seen = 0; seen < Walk::kPart;) {
    if (!walk.step(value, count, reply)) {
      return false;
    }
    seen += count;
    const size_t bytes = reply.written() - begin;
    if (bytes >= bytes_max) {
      break;
    }
    count = std::clamp((bytes_max - bytes) / (bytes / seen + 1), size_t{1}, kStepMax);
  }
  return true;
}

template <typename Walk>
class WalkRest final : public exec::Rest {
 public:
  WalkRest(exec::Engine& engine, const exec::Request& request, store::Entry& entry, Walk walk)
      : Rest(engine, request, entry), walk_(walk) {}

 private:
  bool encode(resp::Reply& reply) override {
    return walk_part(walk_, entry().template value<typename Walk::Value>(), reply, kPartBytes);
  }

  Walk walk_;
};

// Encodes the elements of a request's value, behind a header that tells their number.
template <typename Walk>
Status reply_in_steps(const exec::Request& request, store::Shard& shard, resp::Reply& reply,
                      const typename Walk::Value& value, Walk walk) {
  while (walk_part(walk, value, reply, kWholeBytes)) {
    exec::Engine& engine = exec::Engine::current();
    if (engine.takes_rests()) {
      store::Entry* entry = shard.db(request.db).peek(request.key);
      return engine.leave(*new WalkRest<Walk>(engine, request, *entry, walk));
    }
  }
  return {};
}

}  // namespace gyre::commands
