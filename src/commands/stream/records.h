// What repeats a change of a stream whose command would do something else the next time: it goes by
// the clock, by where blocks begin, or by what was read so far.
#pragma once

#include <span>
#include <string_view>

#include "commands/stream/groups.h"
#include "commands/stream/trim_options.h"

namespace gyre::commands {

// Of one group, for one command; says nothing unless somebody listens.
class GroupRecords {
 public:
  GroupRecords(store::Shard& shard, store::Keyspace& db, const store::Key& key,
               std::string_view group)
      : shard_(shard), db_(db), key_(key), group_(group) {}

  bool is_wanted() const { return shard_.observer() != nullptr; }
  // The entry is pending for the consumer now, as the group says.
  void owned(const data::StreamGroup& group, std::string_view consumer, data::StreamId id) const;
  void acknowledged(data::StreamId id) const;
  // How far the group has read.
  void advanced(const data::StreamGroup& group) const;
  void made_consumer(std::string_view consumer) const;

 private:
  store::Shard& shard_;
  store::Keyspace& db_;
  const store::Key& key_;
  std::string_view group_;
};

// XADD with the id it chose, and what it trimmed.
void record_added(const exec::Request& request, store::Shard& shard, const data::Stream& stream,
                  const StreamOptions& options, data::StreamId id, bool has_trimmed);
// What XTRIM removed.
void record_trimmed(const exec::Request& request, store::Shard& shard, const data::Stream& stream,
                    const StreamOptions& options);

}  // namespace gyre::commands
