// Reading streams.
#include <algorithm>
#include <string>
#include <vector>

#include "persist/listpack.h"
#include "persist/rdb_stream.h"

namespace gyre::persist {
namespace {

using data::Digits;
using data::Element;
using data::Stream;
using data::StreamConsumer;
using data::StreamGroup;
using data::StreamId;

StreamId read_id(RdbReader& reader) {
  const uint64_t ms = reader.length();
  return {ms, reader.length()};
}

StreamId id_of(std::string_view bytes) {
  uint64_t words[2];
  std::memcpy(words, bytes.data(), sizeof words);
  return {__builtin_bswap64(words[0]), __builtin_bswap64(words[1])};
}

StreamId read_raw_id(RdbReader& reader) {
  const std::string_view bytes = reader.raw(sizeof(StreamId));
  return bytes.empty() ? StreamId{} : id_of(bytes);
}

// ---- Entries ----

// The entries of one block. Its readers answer false where it is not in order.
class BlockReader {
 public:
  BlockReader(std::string_view listpack, StreamId base) : elements_(listpack), base_(base) {}

  bool read(Stream& stream, const data::Limits& limits);

 private:
  bool read_number(int64_t& number);
  // Appends `count` elements to what is read of an entry.
  bool read_elements(int64_t count);
  bool read_entry(Stream& stream, const data::Limits& limits);
  bool append(Stream& stream, StreamId id, bool has_names, const data::Limits& limits);

  ListpackReader elements_;
  StreamId base_;
  int64_t live_ = 0;  // entries that are not deleted
  int64_t fields_ = 0;
  std::vector<Element> names_;  // of all that have none of their own
  std::vector<Element> entry_;  // values, or names and values in turns
  std::vector<Digits> digits_;
  std::vector<std::string_view> texts_;
};

bool BlockReader::read_number(int64_t& number) {
  Element element;
  if (!elements_.next(element) || !element.is_number()) {
    return false;
  }
  number = element.number();
  return true;
}

bool BlockReader::read_elements(int64_t count) {
  Element element;
  for (; count > 0 && elements_.next(element); --count) {
    entry_.push_back(element);
  }
  return count == 0;
}

bool BlockReader::read(Stream& stream, const data::Limits& limits) {
  int64_t count = 0;
  int64_t deleted = 0;
  int64_t end = 0;
  if (!read_number(count) || !read_number(deleted) || !read_number(fields_) || count < 0 ||
      deleted < 0 || !read_elements(fields_)) {
    return false;
  }
  names_.swap(entry_);
  if (!read_number(end) || end != 0) {
    return false;
  }
  const uint64_t all = static_cast<uint64_t>(count) + static_cast<uint64_t>(deleted);
  for (uint64_t left = all; left > 0; --left) {
    if (!read_entry(stream, limits)) {
      return false;
    }
  }
  Element element;
  return !elements_.next(element) && elements_.is_sound() && live_ == count;
}

bool BlockReader::read_entry(Stream& stream, const data::Limits& limits) {
  int64_t flags = 0;
  int64_t ms = 0;
  int64_t seq = 0;
  int64_t fields = fields_;
  int64_t all = 0;
  if (!read_number(flags) || flags < 0 || flags > (kStreamDeleted | kStreamSameNames) ||
      !read_number(ms) || !read_number(seq)) {
    return false;
  }
  const bool has_names = (flags & kStreamSameNames) == 0;
  entry_.clear();
  if (has_names && (!read_number(fields) || fields < 0 || fields > INT32_MAX)) {
    return false;
  }
  if (!read_elements(has_names ? 2 * fields : fields) || !read_number(all) ||
      all != (has_names ? 4 + 2 * fields : 3 + fields)) {
    return false;
  }
  if ((flags & kStreamDeleted) != 0) {
    return true;
  }
  ++live_;
  const StreamId id{base_.ms + static_cast<uint64_t>(ms), base_.seq + static_cast<uint64_t>(seq)};
  return fields > 0 && append(stream, id, has_names, limits);
}

bool BlockReader::append(Stream& stream, StreamId id, bool has_names, const data::Limits& limits) {
  if (stream.size() > 0 && id <= stream.last_id()) {
    return false;
  }
  const size_t size = has_names ? entry_.size() : 2 * entry_.size();
  if (digits_.size() < size) {
    digits_.resize(size);
  }
  texts_.clear();
  for (size_t i = 0; i < size; ++i) {
    const Element& element = has_names ? entry_[i] : i % 2 == 0 ? names_[i / 2] : entry_[i / 2];
    texts_.push_back(element.text(digits_[i]));
  }
  if (!Stream::can_hold(texts_)) {
    return false;
  }
  stream.append(id, texts_, limits);
  return true;
}

void read_blocks(RdbReader& reader, Stream& stream, const data::Limits& limits) {
  std::string scratch;
  std::string scratch_of_id;
  for (uint64_t left = reader.length(); left > 0 && reader.is_ok(); --left) {
    const std::string_view id = reader.block(scratch_of_id);
    const std::string_view listpack = reader.block(scratch);
    if (!reader.is_ok() || id.size() != sizeof(StreamId) ||
        !BlockReader(listpack, id_of(id)).read(stream, limits)) {
      reader.fail();
    }
  }
}

// What XINFO STREAM tells.
void read_progress(RdbReader& reader, RdbType type, Stream& stream) {
  const uint64_t size = reader.length();
  const StreamId last_id = read_id(reader);
  StreamId max_deleted_id;
  uint64_t entries_added = size;
  if (type != RdbType::stream_listpacks) {
    read_id(reader);  // of the first entry, which is there
    max_deleted_id = read_id(reader);
    entries_added = reader.length();
  }
  if (size != stream.size() || (size > 0 && last_id < stream.last_id()) ||
      max_deleted_id > last_id || entries_added < size || entries_added > INT64_MAX) {
    reader.fail();
    return;
  }
  stream.set_last_id(last_id);
  stream.set_max_deleted_id(max_deleted_id);
  stream.set_entries_added(entries_added);
}

// ---- Groups ----

struct Pending {
  StreamId id;
  int64_t delivered_ms;
  uint64_t deliveries;
};

// By id, without the consumers, which come later.
std::vector<Pending> read_pending(RdbReader& reader) {
  std::vector<Pending> pending;
  for (uint64_t left = reader.length(); left > 0 && reader.is_ok(); --left) {
    const StreamId id = read_raw_id(reader);
    const int64_t delivered_ms = reader.time_ms();
    const uint64_t deliveries = reader.length();
    if ((!pending.empty() && id <= pending.back().id) || delivered_ms < 0 ||
        deliveries > INT64_MAX) {
      reader.fail();
    }
    pending.push_back({id, delivered_ms, deliveries});
  }
  return pending;
}

void read_consumer(RdbReader& reader, RdbType type, StreamGroup& group,
                   const std::vector<Pending>& pending) {
  std::string scratch;
  Digits digits;
  const Element element = reader.element(scratch);
  const std::string_view name = element.text(digits);
  const int64_t seen_ms = reader.time_ms();
  const bool has_active = type == RdbType::stream_listpacks_3;
  const int64_t active_ms = has_active ? reader.time_ms() : seen_ms;
  // In order, as the groups: a place in their midst would cost as much as there are.
  const bool is_next = group.consumers().is_empty() || group.consumers().last()->name() < name;
  if (!is_next || seen_ms < 0 || active_ms < StreamConsumer::kNever) {
    reader.fail();
    return;
  }
  StreamConsumer& consumer = group.make_consumer(name, seen_ms);
  consumer.active_ms = active_ms;
  for (uint64_t left = reader.length(); left > 0 && reader.is_ok(); --left) {
    const StreamId id = read_raw_id(reader);
    const auto at = std::lower_bound(pending.begin(), pending.end(), id,
                                     [](const Pending& item, StreamId x) { return item.id < x; });
    if (at == pending.end() || at->id != id || group.find_pending(id) != nullptr) {
      reader.fail();
    } else {
      group.give(id, consumer, at->delivered_ms, at->deliveries);
    }
  }
}

void read_group(RdbReader& reader, RdbType type, Stream& stream) {
  std::string scratch;
  Digits digits;
  const Element element = reader.element(scratch);
  const std::string_view name = element.text(digits);
  const StreamId last_id = read_id(reader);
  int64_t entries_read = 0;
  if (type == RdbType::stream_listpacks) {
    const auto position = stream.position(last_id);
    entries_read = position ? static_cast<int64_t>(*position) : StreamGroup::kUnknown;
  } else {
    entries_read = static_cast<int64_t>(reader.length());
  }
  const bool is_next = stream.groups().is_empty() || stream.groups().last()->name() < name;
  if (!is_next || !reader.is_ok() || entries_read < StreamGroup::kUnknown) {
    reader.fail();
    return;
  }
  StreamGroup& group = stream.make_group(name, last_id, entries_read);
  const std::vector<Pending> pending = read_pending(reader);
  for (uint64_t left = reader.length(); left > 0 && reader.is_ok(); --left) {
    read_consumer(reader, type, group, pending);
  }
  if (group.pending().size() != pending.size()) {
    reader.fail();  // nobody's
  }
}

}  // namespace

Stream read_stream(RdbReader& reader, RdbType type, const data::Limits& limits) {
  Stream stream = Stream::make();
  read_blocks(reader, stream, limits);
  read_progress(reader, type, stream);
  for (uint64_t left = reader.length(); left > 0 && reader.is_ok(); --left) {
    read_group(reader, type, stream);
  }
  return stream;
}

}  // namespace gyre::persist
