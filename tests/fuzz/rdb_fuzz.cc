// Fuzzes what is loaded from a file: it is refused with a reason, or all keys of it are values in
// order that come back when they are written and read again; through whatever windows it is seen.
#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "base/assert.h"
#include "base/heap.h"
#include "persist/rdb_chunks.h"
#include "persist/rdb_file_reader.h"
#include "persist/rdb_file_writer.h"
#include "store/digest.h"
#include "store/value.h"

namespace {

using namespace gyre;
using namespace gyre::persist;
using Step = RdbFileReader::Step;

constexpr data::Limits kLimits{.hash_pack_entries = 4,
                               .set_ints = 4,
                               .set_pack_entries = 4,
                               .sorted_set_pack_entries = 4,
                               .list_chunk = 4,
                               .stream_chunk_bytes = 128,
                               .stream_chunk_entries = 4};
constexpr size_t kTextMax = size_t{64} << 20;

// What was made of a file: its keys as far as they could be built, and how it ended.
struct Outcome {
  std::vector<std::string> keys;
  std::vector<store::Entry*> entries;
  Step last = Step::done;
  uint64_t offset = 0;

  ~Outcome() {
    for (store::Entry* entry : entries) {
      store::Entry::destroy(entry);
    }
  }
};

void take(const RdbFileReader& reader, Outcome& outcome) {
  const RdbRecord& record = reader.item().key;
  const auto entry =
      build_entry(record, {.limits = kLimits, .version = reader.version(), .text_max = kTextMax});
  std::string described = std::to_string(record.database) + " " + std::string(record.key);
  if (entry) {
    GYRE_ASSERT((*entry)->key() == record.key);
    if ((*entry)->form() == store::Form::value) {
      store::visit_value(**entry, [](const auto& value) { value.check(); });
    }
    described += " " + store::entry_digest(**entry).hex();
    outcome.entries.push_back(*entry);
  }
  outcome.keys.push_back(std::move(described));
}

// Each window is memory of its own, so that a sanitizer sees who reads beyond it.
void read(std::string_view bytes, size_t window_size, Outcome& outcome) {
  RdbFileReader reader(bytes.size());
  size_t size = window_size;
  for (;;) {
    const std::string_view rest = bytes.substr(reader.offset(), size);
    const auto window = std::make_unique<char[]>(rest.size());
    std::copy(rest.begin(), rest.end(), window.get());
    outcome.last = reader.next({window.get(), rest.size()});
    outcome.offset = reader.offset();
    switch (outcome.last) {
      case Step::item:
        GYRE_ASSERT(reader.item().size <= rest.size());
        if (reader.item().kind == RdbItem::Kind::key) {
          take(reader, outcome);
        }
        size = window_size;
        break;
      case Step::more:
        GYRE_ASSERT(reader.wanted() > rest.size());
        GYRE_ASSERT(reader.wanted() <= bytes.size() - reader.offset());
        size = reader.wanted();
        break;
      case Step::done:
        return;
      case Step::damage:
        GYRE_ASSERT(!reader.damage().text.empty() && reader.damage().offset <= bytes.size());
        return;
    }
  }
}

void read_index(std::string_view bytes) {
  if (const auto place = find_rdb_index(bytes, bytes.size())) {
    if (const auto chunks = read_rdb_index(bytes.substr(*place), *place)) {
      for (const RdbChunk& chunk : *chunks) {
        GYRE_ASSERT(chunk.size <= bytes.size() && chunk.offset <= bytes.size() - chunk.size);
      }
    }
  }
}

void write_again(const Outcome& outcome) {
  for (const store::Entry* entry : outcome.entries) {
    BlobSink sink;
    RdbWriter writer(sink, true);
    RdbChunkWriter chunk(writer);
    bool is_done = chunk.write(0, *entry);
    while (!is_done) {
      is_done = chunk.write_more();
    }
    RdbFileReader reader(kVersionExpiring, {.offset = 1, .size = sink.bytes().size()});
    GYRE_ASSERT(reader.next(sink.bytes()) == Step::item);
    GYRE_ASSERT(reader.next(sink.bytes().substr(reader.offset() - 1)) == Step::item);
    const auto again = build_entry(
        reader.item().key, {.limits = kLimits, .version = reader.version(), .text_max = kTextMax});
    GYRE_ASSERT(again.has_value());
    GYRE_ASSERT(store::entry_digest(*entry).hex() == store::entry_digest(**again).hex());
    GYRE_ASSERT(entry->expire_at_ms() == (*again)->expire_at_ms());
    store::Entry::destroy(*again);
  }
}

}  // namespace

// The first byte chooses the size of windows; the rest is a file.
extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  if (size < 1) {
    return 0;
  }
  const std::string_view bytes(reinterpret_cast<const char*>(data) + 1, size - 1);
  const int64_t used = base::heap_used;
  {
    Outcome whole;
    read(bytes, SIZE_MAX, whole);
    Outcome parts;
    read(bytes, data[0], parts);
    GYRE_ASSERT(whole.keys == parts.keys && whole.last == parts.last);
    GYRE_ASSERT(whole.offset == parts.offset);
    read_index(bytes);
    write_again(whole);
  }
  GYRE_ASSERT(base::heap_used == used);
  return 0;
}
