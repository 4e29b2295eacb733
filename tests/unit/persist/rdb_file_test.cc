// Tests of persist/rdb_file_writer.h, rdb_file_reader.h and rdb_chunks.h: what is written is read.
#include "persist/rdb_file_reader.h"

#include <map>
#include <optional>
#include <string>

#include <gtest/gtest.h>

#include "base/crc.h"
#include "persist/rdb_file_writer.h"
#include "random_entries.h"

namespace gyre::persist {
namespace {

using Kind = RdbItem::Kind;
using Step = RdbFileReader::Step;
using namespace std::literals;

constexpr size_t kTextMax = size_t{512} << 20;

// What a file says about its keys, by database and key.
using Content = std::map<std::pair<uint32_t, std::string>, std::string>;

std::string describe(const store::Entry& entry, int64_t idle_seconds, int64_t frequency) {
  return store::entry_digest(entry).hex() + " " + std::to_string(entry.expire_at_ms()) + " " +
         std::to_string(idle_seconds) + " " + std::to_string(frequency);
}

// A file of chunks by chance, and what is in it.
struct File {
  std::string bytes;
  std::vector<RdbChunk> chunks;
  Content content;
};

std::string header() {
  BlobSink sink;
  RdbWriter writer(sink, true);
  write_rdb_header(writer, {.version = 12,
                            .redis_version = "7.2.4",
                            .gyre_version = "0.1.0",
                            .created_s = 1'700'000'000,
                            .used_memory = 5,
                            .is_aof_base = true});
  write_rdb_sizes(writer, 0, 1000, 100);
  return std::string(sink.bytes());
}

struct Making {
  uint64_t seed;
  size_t chunks = 5;
  size_t keys_max = 20;
  size_t elements_max = 40;
  bool has_sum = true;
};

File make_file(const Making& making) {
  EntryMaker maker(making.seed, making.elements_max);
  base::Random& random = maker.random();
  std::vector<std::pair<std::string, RdbChunk>> parts(1);
  parts[0].first = header();
  parts[0].second.core = RdbChunk::kHeader;
  File file;
  BlobSink sink;
  RdbWriter writer(sink, random.below(2) == 0);
  RdbChunkWriter chunk_writer(writer);
  while (parts.size() <= making.chunks) {
    const size_t begin = sink.bytes().size();
    chunk_writer.begin_chunk();
    for (size_t left = random.below(making.keys_max); left > 0; --left) {
      const auto database = static_cast<uint32_t>(random.below(3));
      const std::string key = maker.text() + " " + std::to_string(file.content.size());
      const EntryPtr entry = maker.make(key);
      const auto kind = static_cast<KeyUse::Kind>(random.below(3));
      const uint64_t use = random.below(256);
      for (bool is_done = chunk_writer.write(database, *entry, {kind, use}); !is_done;) {
        is_done = chunk_writer.write_more();
      }
      file.content[{database, key}] =
          describe(*entry, kind == KeyUse::Kind::idle_seconds ? static_cast<int64_t>(use) : -1,
                   kind == KeyUse::Kind::frequency ? static_cast<int64_t>(use) : -1);
    }
    parts.emplace_back(sink.bytes().substr(begin),
                       RdbChunk{.keys = chunk_writer.keys(), .core = 3});
    if (parts.size() > 2) {  // the chunks come in any order
      std::swap(parts.back(), parts[1 + random.below(parts.size() - 1)]);
    }
  }
  for (auto& [bytes, chunk] : parts) {
    chunk.offset = file.bytes.size();
    chunk.add(bytes, making.has_sum);
    file.bytes += bytes;
    file.chunks.push_back(chunk);
  }
  file.bytes += make_rdb_tail(file.chunks, making.has_sum);
  return file;
}

// Builds what an item says, in the way of a server that loads.
bool take(const RdbItem& item, uint16_t version, Content& content) {
  if (item.kind != Kind::key) {
    return true;
  }
  static constexpr data::Limits kLimits{};
  const auto entry =
      build_entry(item.key, {.limits = kLimits, .version = version, .text_max = kTextMax});
  if (!entry) {
    return false;
  }
  const EntryPtr owner(*entry);
  EXPECT_EQ(owner->key(), item.key.key);
  if (owner->form() == store::Form::value) {
    store::visit_value(*owner, [](const auto& value) { value.check(); });
  }
  return content
      .emplace(std::pair(item.key.database, std::string(item.key.key)),
               describe(**entry, item.key.idle_seconds, item.key.frequency))
      .second;
}

// Reads all of it through windows of random size; what is wrong, or nothing.
std::string read(RdbFileReader& reader, std::string_view bytes, uint64_t begin, Content& content,
                 base::Random& random) {
  size_t size = 0;
  for (;;) {
    // A copy, so that nobody reads behind the window unseen.
    const std::string window(bytes.substr(reader.offset() - begin, size));
    switch (reader.next(window)) {
      case Step::item:
        EXPECT_LE(reader.item().size, window.size());
        if (!take(reader.item(), reader.version(), content)) {
          return "not built";
        }
        size = random.below(3) == 0 ? random.below(100) : size;
        break;
      case Step::more:
        EXPECT_GT(reader.wanted(), window.size());
        if (reader.offset() - begin + window.size() == bytes.size()) {
          return "cut off";
        }
        size = reader.wanted() + (random.below(2) == 0 ? random.below(1000) : 0);
        break;
      case Step::done:
        return "";
      case Step::damage:
        EXPECT_FALSE(reader.damage().text.empty());
        return reader.damage().text;
    }
  }
}

TEST(RdbFile, comes_back_through_windows_of_any_size) {
  for (uint64_t seed = 0; seed < 200; ++seed) {
    const File file = make_file({.seed = seed});
    base::Random random(seed);
    Content content;
    RdbFileReader reader(file.bytes.size());
    ASSERT_EQ(read(reader, file.bytes, 0, content, random), "") << seed;
    ASSERT_EQ(content, file.content) << seed;
    EXPECT_EQ(reader.item().kind, Kind::end);
    EXPECT_EQ(reader.offset(), file.bytes.size());
    EXPECT_EQ(reader.item().numbers[0],
              base::crc64(0, std::string_view(file.bytes).substr(0, file.bytes.size() - 8)));
  }
}

TEST(RdbFile, comes_back_chunk_by_chunk_in_any_order) {
  for (uint64_t seed = 0; seed < 50; ++seed) {
    const File file = make_file({.seed = seed});
    const std::string_view bytes = file.bytes;
    const auto place = find_rdb_index(bytes.substr(bytes.size() - kRdbEndSize), bytes.size());
    ASSERT_TRUE(place);
    const auto chunks = read_rdb_index(bytes.substr(*place), *place);
    ASSERT_TRUE(chunks) << chunks.error().text();
    ASSERT_EQ(chunks->size(), file.chunks.size());
    Content content;
    base::Random random(seed);
    for (size_t i = chunks->size() - 1; i > 0; --i) {
      const RdbChunk& chunk = (*chunks)[i];
      const std::string_view part = bytes.substr(chunk.offset, chunk.size);
      EXPECT_EQ(base::crc32c(0, part), chunk.crc32c);
      EXPECT_EQ(chunk.core, 3);
      const size_t before = content.size();
      RdbFileReader reader(12, chunk);
      ASSERT_EQ(read(reader, part, chunk.offset, content, random), "");
      EXPECT_EQ(content.size() - before, chunk.keys);
    }
    EXPECT_EQ(content, file.content) << seed;
  }
}

TEST(RdbFile, tells_about_itself) {
  const std::string bytes = header() + "\xff" + std::string(8, '\0');
  RdbFileReader reader(bytes.size());
  std::string told;
  for (std::string_view window = bytes; reader.next(window) == Step::item;
       window.remove_prefix(reader.item().size)) {
    const RdbItem& item = reader.item();
    if (item.kind == Kind::aux) {
      told += std::string(item.name) + "=" + std::string(item.text) + " ";
    } else if (item.kind != Kind::end) {
      told += std::to_string(item.numbers[0]) + " ";
    }
  }
  EXPECT_EQ(told,
            "12 redis-ver=7.2.4 redis-bits=64 ctime=1700000000 used-mem=5 aof-base=1 "
            "gyre-ver=0.1.0 0 1000 ");
  EXPECT_EQ(reader.next(""), Step::done);
}

// Whatever is cut off: neither is it taken for the whole, nor is more wanted than there was.
TEST(RdbFile, cut_at_any_byte_is_not_whole) {
  const File file = make_file({.seed = 1, .chunks = 2, .keys_max = 6, .elements_max = 10});
  for (size_t size = 0; size < file.bytes.size(); ++size) {
    const std::string bytes = file.bytes.substr(0, size);
    Content content;
    base::Random random(size);
    RdbFileReader known(size);
    const std::string problem = read(known, bytes, 0, content, random);
    EXPECT_NE(problem, "") << size;
    EXPECT_NE(problem, "cut off") << size;  // which would mean to ask for bytes that cannot come
    RdbFileReader unknown(UINT64_MAX);
    content.clear();
    EXPECT_EQ(read(unknown, bytes, 0, content, random), "cut off") << size;
    EXPECT_FALSE(find_rdb_index(std::string_view(bytes).substr(size > 40 ? size - 40 : 0), size));
  }
}

// What is taken without a look at checksums is refused, or it is values in order.
TEST(RdbFile, with_wrong_bits_holds_values_in_order_or_is_refused) {
  size_t refused = 0;
  for (uint64_t seed = 0; seed < 2000; ++seed) {
    File file = make_file({.seed = seed % 20, .chunks = 2, .keys_max = 15, .elements_max = 15});
    base::Random random(seed);
    for (size_t left = 1 + random.below(4); left > 0; --left) {
      char& byte = file.bytes[random.below(file.bytes.size())];
      byte = static_cast<char>(byte ^ 1 << random.below(8));
    }
    RdbFileReader reader(file.bytes.size());
    Content content;
    refused += read(reader, file.bytes, 0, content, random).empty() ? 0 : 1;
  }
  EXPECT_GT(refused, 500u);
}

// ---- The index ----

std::optional<std::vector<RdbChunk>> index_of(std::string_view bytes) {
  const auto place = find_rdb_index(bytes, bytes.size());
  const auto chunks = place ? read_rdb_index(bytes.substr(*place), *place)
                            : Result<std::vector<RdbChunk>>(fail("none"));
  return chunks ? std::optional(*chunks) : std::nullopt;
}

// Is everything as the checksums say, if a reader goes by the index?
bool is_sound(std::string_view bytes) {
  const auto chunks = index_of(bytes);
  if (!chunks) {
    return false;
  }
  return std::all_of(chunks->begin(), chunks->end(), [&](const RdbChunk& chunk) {
    return base::crc32c(0, bytes.substr(chunk.offset, chunk.size)) == chunk.crc32c;
  });
}

TEST(RdbFile, with_any_wrong_bit_is_not_sound) {
  for (const bool has_sum : {true, false}) {
    const File file = make_file({.seed = 2, .keys_max = 10, .has_sum = has_sum});
    ASSERT_TRUE(is_sound(file.bytes));
    const uint64_t sum = base::crc64(0, std::string_view(file.bytes.data(), file.bytes.size() - 8));
    base::Random random(3);
    for (int i = 0; i < 2000; ++i) {
      std::string bytes = file.bytes;
      const size_t bit = random.below(bytes.size() * 8);
      bytes[bit / 8] = static_cast<char>(bytes[bit / 8] ^ 1 << bit % 8);
      EXPECT_FALSE(is_sound(bytes)) << bit;
      uint64_t stored;
      std::memcpy(&stored, bytes.data() + bytes.size() - 8, 8);
      if (has_sum) {
        EXPECT_NE(base::crc64(0, std::string_view(bytes.data(), bytes.size() - 8)), stored);
        EXPECT_TRUE(stored == sum || bit / 8 >= bytes.size() - 8);
      }
    }
  }
}

TEST(RdbFile, with_blocks_exchanged_is_not_sound) {
  const File file = make_file({.seed = 4});
  base::Random random(5);
  for (int i = 0; i < 500; ++i) {
    std::string bytes = file.bytes;
    const size_t size = 1 + random.below(bytes.size() / 4);
    const size_t first = random.below(bytes.size() - 2 * size);
    const size_t second = first + size + random.below(bytes.size() - first - 2 * size);
    std::swap_ranges(bytes.begin() + static_cast<ptrdiff_t>(first),
                     bytes.begin() + static_cast<ptrdiff_t>(first + size),
                     bytes.begin() + static_cast<ptrdiff_t>(second));
    EXPECT_EQ(is_sound(bytes), bytes == file.bytes);
  }
}

}  // namespace
}  // namespace gyre::persist
