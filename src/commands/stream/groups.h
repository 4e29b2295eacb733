// What the commands of consumer groups share.
#pragma once

#include <string_view>

#include "commands/stream/streams.h"

namespace gyre::commands {

// A change that Redis does not announce.
inline constexpr store::Event kStreamGroupChanged{'\0', "xgroup-changed", nullptr, false};

// Null if there is no such key or group.
Result<data::StreamGroup*> find_group(const exec::Request& request, store::Entry* entry,
                                      std::string_view group);

tl::unexpected<Error> no_group(std::string_view key, std::string_view group);
tl::unexpected<Error> no_key_or_group(std::string_view key, std::string_view group);

// The consumer, who has just been seen; a new one is committed.
data::StreamConsumer& find_or_make_consumer(store::Shard& shard, store::Keyspace& db,
                                            const store::Key& key, data::StreamGroup& group,
                                            std::string_view group_name, std::string_view name);

// The group was given an entry: it has read up to there.
void advance_group(const data::Stream& stream, data::StreamGroup& group, data::StreamId id);

// How many entries the group has not been given yet; empty if that is not known.
std::optional<int64_t> group_lag(const data::Stream& stream, const data::StreamGroup& group);

}  // namespace gyre::commands
