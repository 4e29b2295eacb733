// Writing streams.
#include <vector>

#include "base/assert.h"
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

void write_head(RdbWriter& writer, const StreamGroup& group) {
  writer.text(group.name());
  write_id(writer, group.last_id);
  writer.length(static_cast<uint64_t>(group.entries_read));
  writer.length(group.pending().size());
}

void write_head(RdbWriter& writer, const data::StreamConsumer& consumer) {
  writer.text(consumer.name());
  writer.time_ms(consumer.seen_ms);
  writer.length(consumer.pending().size());
}

// Writes items of a tree from `from` on, and leaves there where to go on; true at the end.
template <typename Tree, typename Write>
bool write_items(RdbWriter& writer, uint64_t end, const Tree& tree, StreamId& from, Write&& write) {
  return tree.ascend(from, [&](const auto& item) {
    if (writer.written() >= end) {
      from = item.id;
      return false;
    }
    write_raw_id(writer, item.id);
    write(item);
    return true;
  });
}

}  // namespace

bool RdbStreamSlices::write(RdbWriter& writer, uint64_t end) {
  while (!is_done_ && writer.written() < end) {
    if (!write_part(writer, end)) {
      return false;
    }
  }
  return is_done_;
}

// Writes what is next; false if there was too much of it.
bool RdbStreamSlices::write_part(RdbWriter& writer, uint64_t end) {
  const auto groups = static_cast<ptrdiff_t>(stream_.groups().size());
  switch (next_) {
    case Part::start:
      writer.length(stream_.blocks());
      next_ = Part::blocks;
      return true;
    case Part::blocks:
      if (!write_blocks(writer, end)) {
        return false;
      }
      write_progress(writer);
      next_ = Part::group;
      return true;
    case Part::group:
      if (group_ == groups) {
        is_done_ = true;
        return true;
      }
      write_head(writer, group());
      from_ = {};
      next_ = Part::pending;
      return true;
    case Part::pending:
      if (!write_items(writer, end, group().pending(), from_, [&](const auto& item) {
            writer.time_ms(item.value.delivered_ms);
            writer.length(item.value.deliveries);
          })) {
        return false;
      }
      writer.length(group().consumers().size());
      consumer_ = 0;
      next_ = Part::consumer;
      return true;
    case Part::consumer:
      if (consumer_ == static_cast<ptrdiff_t>(group().consumers().size())) {
        ++group_;
        next_ = Part::group;
        return true;
      }
      write_head(writer, *group().consumers().begin()[consumer_]);
      from_ = {};
      next_ = Part::ids;
      return true;
    case Part::ids:
      if (!write_items(writer, end, group().consumers().begin()[consumer_]->pending(), from_,
                       [](const auto&) {})) {
        return false;
      }
      ++consumer_;
      next_ = Part::consumer;
      return true;
  }
  GYRE_UNREACHABLE();
}

bool RdbStreamSlices::write_blocks(RdbWriter& writer, uint64_t end) {
  bool is_all = true;
  stream_.visit_blocks(from_, [&](const StreamBlock& block) {
    is_all = writer.written() < end;
    if (is_all) {
      write_block(writer, block);
    } else {
      from_ = block.first_id();
    }
    return is_all;
  });
  return is_all;
}

void RdbStreamSlices::write_progress(RdbWriter& writer) const {
  writer.length(stream_.size());
  write_id(writer, stream_.last_id());
  write_id(writer, stream_.first_id());
  write_id(writer, stream_.max_deleted_id());
  writer.length(stream_.entries_added());
  writer.length(stream_.groups().size());
}

}  // namespace gyre::persist
