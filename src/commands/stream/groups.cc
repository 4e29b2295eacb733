#include "commands/stream/groups.h"

#include "commands/stream/records.h"

namespace gyre::commands {

using data::Stream;
using data::StreamConsumer;
using data::StreamGroup;
using data::StreamId;
using store::Event;

Result<StreamGroup*> find_group(const exec::Request& request, store::Entry* entry,
                                std::string_view group) {
  GYRE_TRY_LET(stream, value_in<Stream>(entry));
  return stream != nullptr ? stream->find_group(group) : nullptr;
}

tl::unexpected<Error> no_group(std::string_view key, std::string_view group) {
  return exec::format_error("NOGROUP No such consumer group '%.*s' for key name '%.*s'",
                            static_cast<int>(group.size()), group.data(),
                            static_cast<int>(key.size()), key.data());
}

tl::unexpected<Error> no_key_or_group(std::string_view key, std::string_view group) {
  return exec::format_error("NOGROUP No such key '%.*s' or consumer group '%.*s'",
                            static_cast<int>(key.size()), key.data(),
                            static_cast<int>(group.size()), group.data());
}

StreamConsumer& find_or_make_consumer(store::Shard& shard, store::Keyspace& db,
                                      const store::Key& key, StreamGroup& group,
                                      std::string_view group_name, std::string_view name) {
  static constexpr Event kMade{'t', "xgroup-createconsumer", nullptr, false};
  StreamConsumer* consumer = group.find_consumer(name);
  if (consumer != nullptr) {
    consumer->seen_ms = shard.now_ms();
    return *consumer;
  }
  StreamConsumer& made = group.make_consumer(name, shard.now_ms());
  GroupRecords(shard, db, key, group_name).made_consumer(name);
  shard.commit(db, key, kMade);
  return made;
}

void advance_group(const Stream& stream, StreamGroup& group, StreamId id) {
  if (id <= group.last_id) {
    return;
  }
  if (group.entries_read != StreamGroup::kUnknown && group.last_id >= stream.first_id() &&
      !stream.may_have_gaps(group.last_id)) {
    group.entries_read += group.entries_read < INT64_MAX ? 1 : 0;
  } else if (stream.entries_added() > 0) {
    const std::optional<uint64_t> position = stream.position(id);
    group.entries_read = position ? static_cast<int64_t>(*position) : StreamGroup::kUnknown;
  }
  group.last_id = id;
}

std::optional<int64_t> group_lag(const Stream& stream, const StreamGroup& group) {
  if (stream.size() == 0) {
    return 0;
  }
  const auto added = static_cast<int64_t>(stream.entries_added());
  const StreamId first = stream.first_id();
  if (group.last_id < first && stream.max_deleted_id() < first) {
    return static_cast<int64_t>(stream.size());
  }
  if (group.entries_read != StreamGroup::kUnknown && !stream.may_have_gaps(group.last_id)) {
    return added - group.entries_read;
  }
  const std::optional<uint64_t> position = stream.position(group.last_id);
  return position ? std::optional(added - static_cast<int64_t>(*position)) : std::nullopt;
}

}  // namespace gyre::commands
