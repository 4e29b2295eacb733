// The arguments of XREAD and XREADGROUP, and how what one core reads gets to the one that answers.
#pragma once

#include <cstdint>
#include <optional>
#include <string_view>
#include <utility>

#include "commands/stream/streams.h"
#include "exec/blocked.h"

namespace gyre::commands {

struct ReadOptions {
  size_t count = SIZE_MAX;  // entries of each stream
  std::optional<uint64_t> block_ms;
  bool is_group = false;
  bool has_no_ack = false;
  std::string_view group;
  std::string_view consumer;
  uint32_t first_key = 0;  // position; as many ids follow the keys
  uint32_t keys = 0;
};

// Checks that the keys are where the request was sent for, too.
Result<ReadOptions> parse_read_options(const exec::Request& request, const exec::Carry& carry,
                                       bool is_group);

// The options alone, whichever keys the request was sent for.
Result<ReadOptions> parse_read_options(const exec::Request& request, bool is_group);
// How long to wait: of exec::Blocking.
std::optional<uint64_t> read_timeout(const exec::Request& request, bool is_group);
// Makes the arguments those of a command on the parked key alone, with `id` for its id.
void narrow_read(const exec::Request& request, const ReadOptions& options, std::string_view id,
                 exec::ParkedKey& parked);

// The entries behind an id.
inline StreamRange range_behind(data::StreamId id) {
  const std::optional<data::StreamId> next = id.next();
  return next ? StreamRange{*next, data::StreamId::max()} : StreamRange{data::StreamId::max(), {}};
}

// Writes replies into a blob, for another core.
class BlobReply final : public resp::Sink {
 public:
  explicit BlobReply(bool is_resp3) : reply_(*this, is_resp3), blob_(base::Blob::make(kFirst)) {
    reply_.lend(blob_.get()->data(), blob_.get()->data() + blob_.get()->capacity);
  }
  resp::Reply& reply() { return reply_; }
  // What was written.
  base::BlobRef take() {
    blob_.get()->size = used();
    return std::move(blob_);
  }
  // The same as an entry that carries it.
  store::Entry* take_entry() {
    return store::Entry::make_blob("", take().take(), store::Entry::kNever);
  }

  void more(resp::Reply& reply, size_t size) override;
  bool attach(resp::Reply&, base::Blob&, std::string_view) override { return false; }

 private:
  static constexpr size_t kFirst = 1024;

  size_t used() const { return static_cast<size_t>(reply_.at() - blob_.get()->data()); }

  resp::Reply reply_;
  base::BlobRef blob_;
};

// Begins the part of the reply that comes from one key.
inline void reply_source(resp::Reply& reply, std::string_view key) {
  if (!reply.is_resp3()) {
    reply.array(2);
  }
  reply.bulk(key);
}
// Begins the reply with so many of those parts; with none it is all of the reply.
inline void reply_sources(resp::Reply& reply, size_t count) {
  if (count == 0) {
    reply.null_array();
  } else if (reply.is_resp3()) {
    reply.map(count);
  } else {
    reply.array(count);
  }
}
// Leaves the error that a key led to for the core that answers: the first of all is Redis's answer.
void carry_error(exec::Carry& carry, uint32_t position, Error error);
// The first error that was left; success if there was none.
Status carried_error(const exec::Carry& carry);
// The parts that the cores have left.
void reply_carried(resp::Reply& reply, const exec::Carry& carry);

}  // namespace gyre::commands
