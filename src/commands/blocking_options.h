// What blocking commands share: their timeout, and what they wait for.
#pragma once

#include <cstdint>
#include <optional>
#include <string_view>

#include "exec/blocked.h"
#include "exec/carry.h"
#include "exec/request.h"
#include "store/shard.h"
#include "store/value.h"

namespace gyre::commands {

// Milliseconds from a timeout in seconds, rounded up; 0: for ever.
Result<uint64_t> parse_timeout(std::string_view text);
// The same without the error, which the handler reports.
std::optional<uint64_t> timeout_at(const exec::Request& request, size_t index);

// The key holds a collection of the type. Another type may follow it, so it is no error.
template <typename T>
bool has_value(const exec::Request& request, store::Shard& shard, const store::Key& key) {
  const store::Entry* entry = shard.db(request.db).peek(key);
  return entry != nullptr && entry->type() == store::kTypeOf<T>;
}

// Makes the arguments those of a command on the first of `numkeys` keys at `first`, which becomes
// the parked one. `numkeys` is 0 if no argument tells how many there are.
void narrow_keys(const exec::Request& request, exec::ParkedKey& parked, size_t numkeys,
                 size_t first, size_t count);

// The read step of a pop from the first of several keys: which of them exist.
inline void note_existing(const exec::Request& request, store::Shard& shard, exec::Carry& carry) {
  for (const exec::KeyRef& ref : request.keys) {
    carry.at(ref.position).exists = shard.db(request.db).peek(request.key_at(ref)) != nullptr;
  }
}

// Of "key [key ...] timeout", for collections of a type.
template <typename T>
inline constexpr exec::Blocking kBlockingPop{
    .timeout_ms =
        [](const exec::Request& request) { return timeout_at(request, request.size() - 1); },
    .can_serve = has_value<T>,
    .narrow =
        [](const exec::Request& request, store::Shard&, exec::ParkedKey& parked) {
          narrow_keys(request, parked, 0, 1, request.size() - 2);
        }};

}  // namespace gyre::commands
