// Tests of persist/rdb_value_slices.h: large values in steps.
#include "persist/rdb_value_slices.h"

#include <string>

#include <gtest/gtest.h>

#include "persist/rdb_file_reader.h"
#include "persist/rdb_file_writer.h"
#include "random_entries.h"

namespace gyre::persist {
namespace {

constexpr size_t kElements = 50'000;
constexpr data::Limits kLimits{};

std::string text(size_t number) { return "element " + std::to_string(number); }

EntryPtr entry_of(auto value) { return EntryPtr(store::make_value("k", std::move(value), -1)); }

EntryPtr make_string(std::string_view text) {
  return EntryPtr(store::Entry::make_blob("k", base::Blob::make(text), -1));
}

EntryPtr make_list() {
  data::List list;
  const std::string long_text(300'000, 'x');
  for (size_t i = 0; i < kElements; ++i) {
    const std::string text = i % 10'000 == 5000 ? long_text : persist::text(i);
    list.reserve(1, text.size(), kLimits);
    list.push(data::Side::back, data::Element::of(text), {}, kLimits);
  }
  return entry_of(std::move(list));
}

EntryPtr make_set() {
  data::Set set;
  for (size_t i = 0; i < kElements; ++i) {
    set.add(data::Element::of(text(i)), kLimits);
  }
  return entry_of(std::move(set));
}

EntryPtr make_ints() {
  data::Set set;
  const data::Limits limits{.set_ints = kElements};
  for (size_t i = 0; i < kElements; ++i) {
    set.add(data::Element(static_cast<int64_t>(i)), limits);
  }
  return entry_of(std::move(set));
}

EntryPtr make_sorted_set() {
  data::SortedSet set;
  for (size_t i = 0; i < kElements; ++i) {
    set.append(text(i), static_cast<double>(i), kLimits);
  }
  return entry_of(std::move(set));
}

EntryPtr make_hash(bool is_expiring) {
  data::Hash hash;
  for (size_t i = 0; i < kElements; ++i) {
    hash.set(text(i), text(i + 1), 0, kLimits);
    if (is_expiring && i % 3 != 0) {
      hash.set_expiry(text(i), 4'000'000'000'000 + static_cast<int64_t>(i * 31 % 1000), 0);
    }
  }
  return entry_of(std::move(hash));
}

// One group has read all with two consumers; there are many other ones.
EntryPtr make_stream() {
  data::Stream stream = data::Stream::make();
  data::StreamGroup* group = nullptr;
  for (int i = 0; i < 500; ++i) {
    data::StreamGroup& made = stream.make_group("group " + std::to_string(i), {}, 0);
    group = i == 250 ? &made : group;
  }
  for (int i = 0; i < 1000; ++i) {
    group->make_consumer("consumer " + std::to_string(i), 5);
  }
  for (size_t i = 1; i <= kElements; ++i) {
    const std::string value = text(i);
    const std::string_view fields[] = {"name", value};
    stream.append({i, 0}, fields, kLimits);
    group->give({i, 0}, *group->find_consumer(i % 2 == 0 ? "consumer 1" : "consumer 3"), 9, 1);
  }
  return entry_of(std::move(stream));
}

// Writes in steps; none is much longer than it may be. Returns the bytes and how many steps it
// took.
std::pair<std::string, size_t> write(const store::Entry& entry, bool compresses = false) {
  BlobSink sink;
  RdbWriter writer(sink, compresses);
  RdbChunkWriter chunk(writer);
  size_t steps = 0;
  for (bool is_done = false; !is_done; ++steps) {
    const uint64_t before = writer.written();
    is_done = steps == 0 ? chunk.write(0, entry) : chunk.write_more();
    EXPECT_LT(writer.written() - before, 2 * RdbChunkWriter::kStepBytes + 10'000);
  }
  return {std::string(sink.bytes()), steps};
}

std::string digest_of(std::string_view bytes) {
  RdbFileReader reader(kVersionExpiring, {.offset = 1, .size = bytes.size()});
  if (reader.next(bytes) != RdbFileReader::Step::item ||
      reader.next(bytes.substr(reader.offset() - 1)) != RdbFileReader::Step::item) {
    return "";
  }
  const auto entry = build_entry(reader.item().key, {kLimits, kVersionExpiring, SIZE_MAX});
  return entry ? store::entry_digest(*EntryPtr(*entry)).hex() : "";
}

void expect_steps(const EntryPtr& entry, size_t steps_min) {
  const auto [bytes, steps] = write(*entry);
  EXPECT_GE(steps, steps_min);
  EXPECT_EQ(digest_of(bytes), store::entry_digest(*entry).hex());
}

TEST(RdbValueSlices, of_collections_come_back) {
  expect_steps(make_list(), 30);
  expect_steps(make_set(), 10);
  expect_steps(make_ints(), 2);
  expect_steps(make_sorted_set(), 15);
  expect_steps(make_hash(false), 20);
  expect_steps(make_hash(true), 20);
  expect_steps(make_stream(), 40);
}

TEST(RdbValueSlices, of_a_set_of_integers_in_one_block_are_elements) {
  const auto [bytes, steps] = write(*make_ints());
  EXPECT_EQ(static_cast<uint8_t>(bytes[2]), static_cast<uint8_t>(RdbType::set));
}

std::string noise(size_t size) {
  base::Random random(1);
  std::string text(size, '\0');
  std::generate(text.begin(), text.end(), [&] { return static_cast<char>(random.next()); });
  return text;
}

TEST(RdbValueSlices, of_strings_are_compressed_if_that_helps) {
  std::string mixed;  // pieces that become shorter, and some that do not
  for (size_t i = 0; i < 40; ++i) {
    mixed += i % 4 == 1 ? noise(70'000) : std::string(70'000, static_cast<char>('a' + i));
  }
  const std::string large(size_t{20} << 20, 'x');
  const std::string random = noise(3'000'000);
  const struct {
    std::string_view text;
    size_t size_max;
    size_t size_min;
  } kCases[] = {{std::string_view(large).substr(0, 5'000'000), 100'000, 1000},
                {mixed, mixed.size() / 2, mixed.size() / 5},
                {random, random.size() + 20, random.size()},
                {large, large.size() + 20, large.size()}};
  for (const auto& [text, size_max, size_min] : kCases) {
    const EntryPtr entry = make_string(text);
    const auto [bytes, steps] = write(*entry, true);
    EXPECT_LE(bytes.size(), size_max);
    EXPECT_GE(bytes.size(), size_min);
    EXPECT_GE(steps, 40u);
    EXPECT_EQ(digest_of(bytes), store::entry_digest(*entry).hex());
  }
}

// What is written at once, as by DUMP, is the same.
TEST(RdbValueSlices, are_what_is_written_at_once) {
  for (const EntryPtr& entry : {make_list(), make_hash(true), make_stream()}) {
    BlobSink sink;
    RdbWriter writer(sink, false);
    write_value(writer, *entry, type_of(*entry));
    EXPECT_TRUE(write(*entry).first.ends_with(sink.bytes()));
  }
}

}  // namespace
}  // namespace gyre::persist
