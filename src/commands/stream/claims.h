// What XCLAIM and XAUTOCLAIM share.
#pragma once

#include <cstdint>
#include <string_view>
#include <vector>

#include "base/number.h"
#include "commands/stream/groups.h"

namespace gyre::commands {

// Positions of their arguments.
inline constexpr size_t kClaimGroup = 2;
inline constexpr size_t kClaimConsumer = 3;
inline constexpr size_t kClaimMinIdle = 4;
inline constexpr size_t kClaimFirst = 5;  // id

struct ClaimTarget {
  data::Stream* stream;
  data::StreamGroup* group;
};
Result<ClaimTarget> find_claim_target(const exec::Request& request, store::Shard& shard);

inline Result<int64_t> parse_claim_number(std::string_view text, const char* error) {
  const auto number = base::parse_int64(text);
  return number ? Result<int64_t>(*number) : fail(error);
}

// Makes a consumer the owner of an entry.
struct Claim {
  int64_t delivered_ms = 0;
  int64_t deliveries = -1;  // negative: once more than so far
  bool is_id_only = false;  // then not even that

  // `pending` is what is pending so far; null if nothing.
  void apply(data::StreamGroup& group, data::StreamId id, data::StreamConsumer& consumer,
             const data::StreamPending* pending, int64_t now_ms) const;
};

// An array of ids, or of entries, which must be there.
void reply_claimed(resp::Reply& reply, const data::Stream& stream,
                   const std::vector<data::StreamId>& ids, bool is_id_only);

}  // namespace gyre::commands
