#include "commands/stream/claims.h"

namespace gyre::commands {

using data::Stream;
using data::StreamConsumer;
using data::StreamGroup;
using data::StreamId;
using data::StreamPending;

Result<ClaimTarget> find_claim_target(const exec::Request& request, store::Shard& shard) {
  GYRE_TRY_LET(stream, find_value_for_write<Stream>(request, shard));
  StreamGroup* group = stream != nullptr ? stream->find_group(request.arg(kClaimGroup)) : nullptr;
  return group != nullptr ? Result<ClaimTarget>(ClaimTarget{stream, group})
                          : no_key_or_group(request.key.name, request.arg(kClaimGroup));
}

void Claim::apply(StreamGroup& group, StreamId id, StreamConsumer& consumer,
                  const StreamPending* pending, int64_t now_ms) const {
  uint64_t count = pending != nullptr ? pending->deliveries : 1;
  if (deliveries >= 0) {
    count = static_cast<uint64_t>(deliveries);
  } else if (!is_id_only) {
    ++count;
  }
  group.give(id, consumer, delivered_ms, count);
  consumer.active_ms = now_ms;
}

void reply_claimed(resp::Reply& reply, const Stream& stream, const std::vector<StreamId>& ids,
                   bool is_id_only) {
  reply.array(ids.size());
  for (const StreamId id : ids) {
    if (is_id_only) {
      reply_stream_id(reply, id);
    } else {
      reply_stream_entry(reply, *stream.find(id));
    }
  }
}

}  // namespace gyre::commands
