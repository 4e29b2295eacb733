// Writing streams.
#include <vector>

#include "persist/rdb_stream.h"

namespace gyre::persist {
namespace {

using data::Element;
using data::StreamBlock;
using data::StreamEntry;
using data::StreamGroup;
using data::StreamId;

// ---- Entries ----

// Most significant byte first, so that ids are in order as bytes.
void write_raw_id(RdbWriter& writer, StreamId id) {
  const uint64_t words[2] = {__builtin_bswap64(id.ms), __builtin_bswap64(id.seq)};
  writer.raw({reinterpret_cast<const char*>(words), sizeof words});
}

void write_id(RdbWriter& writer, StreamId id) {
  writer.length(id.ms);
  writer.length(id.seq);
}

bool has_names(const StreamEntry& entry, const std::vector<Element>& names) {
  size_t at = 0;
  bool is_same = entry.fields() == names.size();
  entry.for_each(
      [&](const Element& name, const Element&) { is_same = is_same && name == names[at++]; });
  return is_same;
}

void add_entry(ListpackBuilder& listpack, const StreamEntry& entry, StreamId base,
               bool has_same_names) {
  const int64_t fields = entry.fields();
  listpack.add(int64_t{has_same_names ? kStreamSameNames : 0});
  listpack.add(static_cast<int64_t>(entry.id().ms - base.ms));
  listpack.add(static_cast<int64_t>(entry.id().seq - base.seq));
  if (!has_same_names) {
    listpack.add(fields);
  }
  entry.for_each([&](const Element& name, const Element& value) {
    if (!has_same_names) {
      listpack.add(name);
    }
    listpack.add(value);
  });
  listpack.add(has_same_names ? 3 + fields : 4 + 2 * fields);
}

// Deleted entries are left out.
void write_block(RdbWriter& writer, const StreamBlock& block) {
  const StreamId base = block.first_id();
  ListpackBuilder& listpack = writer.listpack();
  listpack.clear();
  listpack.add(int64_t{block.count()});
  listpack.add(int64_t{0});
  std::vector<Element> names;
  const StreamEntry first = block.entry(block.begin());
  first.for_each([&](const Element& name, const Element&) { names.push_back(name); });
  listpack.add(static_cast<int64_t>(names.size()));
  for (const Element& name : names) {
    listpack.add(name);
  }
  listpack.add(int64_t{0});
  for (uint32_t at = block.begin(); at != block.end(); at = block.next(at)) {
    if (!block.is_deleted(at)) {
      const StreamEntry entry = block.entry(at);
      add_entry(listpack, entry, base, has_names(entry, names));
    }
  }
  writer.length(sizeof base);  // a string
  write_raw_id(writer, base);
  writer.bytes(listpack.finish());
}

// ---- Groups ----

void write_consumer(RdbWriter& writer, const data::StreamConsumer& consumer) {
  writer.text(consumer.name());
  writer.time_ms(consumer.seen_ms);
  writer.length(consumer.pending().size());
  consumer.pending().ascend({}, [&](const auto& item) {
    write_raw_id(writer, item.id);
    return true;
  });
}

void write_group(RdbWriter& writer, const StreamGroup& group) {
  writer.text(group.name());
  write_id(writer, group.last_id);
  writer.length(static_cast<uint64_t>(group.entries_read));
  writer.length(group.pending().size());
  group.pending().ascend({}, [&](const auto& item) {
    write_raw_id(writer, item.id);
    writer.time_ms(item.value.delivered_ms);
    writer.length(item.value.deliveries);
    return true;
  });
  writer.length(group.consumers().size());
  for (const auto& consumer : group.consumers()) {
    write_consumer(writer, *consumer);
  }
}

}  // namespace

void write_stream(RdbWriter& writer, const data::Stream& stream) {
  uint64_t blocks = 0;
  stream.visit_blocks({}, [&](const StreamBlock&) { return ++blocks; });
  writer.length(blocks);
  stream.visit_blocks({}, [&](const StreamBlock& block) {
    write_block(writer, block);
    return true;
  });
  writer.length(stream.size());
  write_id(writer, stream.last_id());
  write_id(writer, stream.first_id());
  write_id(writer, stream.max_deleted_id());
  writer.length(stream.entries_added());
  writer.length(stream.groups().size());
  for (const auto& group : stream.groups()) {
    write_group(writer, *group);
  }
}

}  // namespace gyre::persist
