#include "commands/stream/records.h"

#include <vector>

#include "base/number.h"

namespace gyre::commands {

using data::Stream;
using data::StreamGroup;
using data::StreamId;
using data::StreamPending;

namespace {

struct Number {
  char digits[base::kIntCharsMax];
  size_t size;
  explicit Number(int64_t value) : size(base::format_int64(digits, value)) {}
  std::string_view text() const { return {digits, size}; }
};

struct IdText {
  char chars[2 * base::kIntCharsMax + 1];
  size_t size;
  explicit IdText(StreamId id) : size(id.format(chars)) {}
  std::string_view text() const { return {chars, size}; }
};

// Where blocks begin depends on the past of a stream, but what is left has a first id.
void record_trimmed_blocks(const exec::Request& request, store::Shard& shard, const Stream& stream,
                           const StreamOptions& options) {
  const bool is_dropping = options.trim.references == data::References::drop;
  if (stream.size() == 0) {
    is_dropping
        ? shard.record(request.db, {"XTRIM", request.key.name, "MAXLEN", "=", "0", "DELREF"})
        : shard.record(request.db, {"XTRIM", request.key.name, "MAXLEN", "=", "0"});
    return;
  }
  const IdText first(stream.first_id());
  is_dropping
      ? shard.record(request.db, {"XTRIM", request.key.name, "MINID", "=", first.text(), "DELREF"})
      : shard.record(request.db, {"XTRIM", request.key.name, "MINID", "=", first.text()});
}

bool trims_by_blocks(const StreamOptions& options) { return options.trim.whole_blocks; }

// What is left has gaps, which only the state tells.
bool is_hard_to_tell(const StreamOptions& options) {
  return trims_by_blocks(options) && options.trim.references == data::References::heed;
}

}  // namespace

void GroupRecords::owned(const StreamGroup& group, std::string_view consumer, StreamId id) const {
  if (!is_wanted()) {
    return;
  }
  const StreamPending& pending = *group.find_pending(id);
  const IdText at(id);
  const Number time(pending.delivered_ms);
  const Number count(static_cast<int64_t>(pending.deliveries));
  shard_.record(db_.index(), {"XCLAIM", key_.name, group_, consumer, "0", at.text(), "TIME",
                              time.text(), "RETRYCOUNT", count.text(), "FORCE", "JUSTID"});
}

void GroupRecords::acknowledged(StreamId id) const {
  if (is_wanted()) {
    shard_.record(db_.index(), {"XACK", key_.name, group_, IdText(id).text()});
  }
}

void GroupRecords::advanced(const StreamGroup& group) const {
  if (!is_wanted()) {
    return;
  }
  const IdText last(group.last_id);
  const Number read(group.entries_read);
  shard_.record(db_.index(),
                {"XGROUP", "SETID", key_.name, group_, last.text(), "ENTRIESREAD", read.text()});
}

void GroupRecords::made_consumer(std::string_view consumer) const {
  if (is_wanted()) {
    shard_.record(db_.index(), {"XGROUP", "CREATECONSUMER", key_.name, group_, consumer});
  }
}

void record_added(const exec::Request& request, store::Shard& shard, const Stream& stream,
                  const StreamOptions& options, StreamId id, bool has_trimmed) {
  if (shard.observer() == nullptr || (has_trimmed && is_hard_to_tell(options))) {
    return;
  }
  const bool is_as_sent = has_trimmed && !trims_by_blocks(options);
  const IdText text(id);
  std::vector<std::string_view> args;
  if (is_as_sent) {
    args.assign(request.argv, request.argv + options.fields);
    args.back() = text.text();
  } else {
    args = {"XADD", request.key.name, text.text()};
  }
  args.insert(args.end(), request.argv + options.fields, request.argv + request.argc);
  shard.record(request.db, args);
  if (has_trimmed && !is_as_sent) {
    record_trimmed_blocks(request, shard, stream, options);
  }
}

void record_trimmed(const exec::Request& request, store::Shard& shard, const Stream& stream,
                    const StreamOptions& options) {
  if (shard.observer() == nullptr || is_hard_to_tell(options)) {
    return;
  }
  if (trims_by_blocks(options)) {
    record_trimmed_blocks(request, shard, stream, options);
  } else {
    shard.record(request.db, request.args(0));
  }
}

}  // namespace gyre::commands
