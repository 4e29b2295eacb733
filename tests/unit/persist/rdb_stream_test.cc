// Tests of persist/rdb_stream.h.
#include "persist/rdb_stream.h"

#include <optional>
#include <string>

#include <gtest/gtest.h>

namespace gyre::persist {
namespace {

using data::Element;
using data::Stream;
using data::StreamConsumer;
using data::StreamGroup;
using data::StreamId;
using namespace std::literals;

// What is behind the type, put together from the parts below.
struct Parts {
  std::string blocks;
  std::string progress;
  std::string groups = "\x00"s;
};

constexpr std::string_view kFirst =
    "\x00\x00\x00\x00\x00\x00\x00\x01\x00\x00\x00\x00\x00\x00\x00\x01"sv;
constexpr std::string_view kThird =
    "\x00\x00\x00\x00\x00\x00\x00\x05\x00\x00\x00\x00\x00\x00\x00\x00"sv;
constexpr std::string_view kTime = "\x10\x00\x00\x00\x00\x00\x00\x00"sv;
constexpr std::string_view kNever = "\xff\xff\xff\xff\xff\xff\xff\xff"sv;

std::string string_of(std::string_view bytes) {
  return static_cast<char>(bytes.size()) + std::string(bytes);
}

template <typename... Values>
std::string listpack(Values... values) {
  ListpackBuilder builder;
  (builder.add(Element::of(values)), ...);
  return std::string(builder.finish());
}

// 1-1 {a 1}, 1-2 {a 2} deleted, 5-0 {b x, c y}.
std::string usual_block() {
  return string_of(listpack("2", "1", "1", "a", "0",  //
                            "2", "0", "0", "1", "4",  //
                            "3", "0", "1", "2", "4",  //
                            "0", "4", "-1", "2", "b", "x", "c", "y", "8"));
}

Parts usual() {
  return {.blocks = "\x01"s + string_of(kFirst) + usual_block(),
          .progress = "\x02\x05\x00\x01\x01\x01\x02\x03"s};
}

std::optional<Stream> read(const Parts& parts, RdbType type = RdbType::stream_listpacks_2) {
  const std::string bytes = parts.blocks + parts.progress + parts.groups;
  RdbReader reader(bytes, 1 << 20);
  Stream stream = read_stream(reader, type, {});
  if (!reader.is_ok() || !reader.is_at_end()) {
    return std::nullopt;
  }
  stream.check();
  return stream;
}

std::string write(const Stream& stream) {
  BlobSink sink;
  RdbWriter writer(sink, false);
  RdbStreamSlices(stream).write(writer, UINT64_MAX);
  return std::string(sink.bytes());
}

TEST(RdbStream, has_entries_and_progress) {
  const auto stream = read(usual());
  ASSERT_TRUE(stream);
  EXPECT_EQ(stream->size(), 2u);
  EXPECT_TRUE(stream->contains({1, 1}));
  EXPECT_FALSE(stream->contains({1, 2}));
  EXPECT_EQ(stream->find({5, 0})->fields(), 2u);
  EXPECT_EQ(stream->last_id(), (StreamId{5, 0}));
  EXPECT_EQ(stream->max_deleted_id(), (StreamId{1, 2}));
  EXPECT_EQ(stream->entries_added(), 3u);
}

TEST(RdbStream, of_the_first_version_estimates_the_rest) {
  Parts parts = usual();
  parts.progress = "\x02\x05\x00"s;
  parts.groups =
      "\x02\x01"s
      "g\x05\x00\x00\x00\x01"s
      "h\x01\x01\x00\x00"s;
  const auto stream = read(parts, RdbType::stream_listpacks);
  ASSERT_TRUE(stream);
  EXPECT_EQ(stream->entries_added(), 2u);
  EXPECT_TRUE(stream->max_deleted_id().is_zero());
  EXPECT_EQ(stream->find_group("g")->entries_read, 2);
  EXPECT_EQ(stream->find_group("h")->entries_read, 1);
}

// One group with two consumers, of which one has both entries pending.
std::string usual_groups(bool has_active) {
  const std::string consumer = std::string(kTime) + (has_active ? std::string(kNever) : "");
  return "\x01\x01"s
         "g\x05\x00\x02\x02"s +
         std::string(kFirst) + std::string(kTime) + "\x01" + std::string(kThird) +
         std::string(kTime) + "\x07\x02" + "\x01" + "c" + consumer + "\x02" + std::string(kFirst) +
         std::string(kThird) + "\x01" + "d" + consumer + "\x00"s;
}

TEST(RdbStream, has_groups_with_what_is_pending) {
  for (const RdbType type : {RdbType::stream_listpacks_2, RdbType::stream_listpacks_3}) {
    Parts parts = usual();
    const bool has_active = type == RdbType::stream_listpacks_3;
    parts.groups = usual_groups(has_active);
    const auto stream = read(parts, type);
    ASSERT_TRUE(stream);
    const StreamGroup* group = stream->find_group("g");
    ASSERT_NE(group, nullptr);
    EXPECT_EQ(group->last_id, (StreamId{5, 0}));
    EXPECT_EQ(group->entries_read, 2);
    EXPECT_EQ(group->pending().size(), 2u);
    EXPECT_EQ(group->find_pending({5, 0})->deliveries, 7u);
    EXPECT_EQ(group->find_pending({5, 0})->delivered_ms, 16);
    EXPECT_EQ(group->find_pending({5, 0})->consumer, group->find_consumer("c"));
    EXPECT_EQ(group->find_consumer("d")->pending().size(), 0u);
    EXPECT_EQ(group->find_consumer("d")->seen_ms, 16);
    EXPECT_EQ(group->find_consumer("d")->active_ms, has_active ? StreamConsumer::kNever : 16);
  }
}

TEST(RdbStream, is_written_so_that_it_comes_back) {
  Parts parts = usual();
  parts.groups = usual_groups(false);
  const auto stream = read(parts);
  // The deleted entry is left out.
  const std::string block = string_of(listpack("2", "0", "1", "a", "0", "2", "0", "0", "1", "4",
                                               "0", "4", "-1", "2", "b", "x", "c", "y", "8"));
  EXPECT_EQ(write(*stream), "\x01"s + string_of(kFirst) + block + parts.progress + parts.groups);
}

TEST(RdbStream, of_many_blocks_comes_back) {
  Stream stream = Stream::make();
  for (uint64_t i = 0; i < 1000; ++i) {
    const std::string value = std::to_string(i);
    const std::string_view fields[] = {i % 7 == 0 ? "other" : "name", value};
    stream.append({i * (uint64_t{1} << 50), UINT64_MAX - i}, fields, {});
  }
  for (uint64_t i = 0; i < 1000; i += 3) {
    stream.erase({i * (uint64_t{1} << 50), UINT64_MAX - i});
  }
  const std::string bytes = write(stream);
  RdbReader reader(bytes, 1 << 20);
  const Stream again = read_stream(reader, RdbType::stream_listpacks_2, {});
  ASSERT_TRUE(reader.is_ok() && reader.is_at_end());
  EXPECT_EQ(write(again), write(again.clone()));
  EXPECT_EQ(again.size(), stream.size());
  EXPECT_EQ(again.max_deleted_id(), stream.max_deleted_id());
  uint64_t i = 0;
  again.visit({}, StreamId::max(), [&](const data::StreamEntry& entry) {
    i += i % 3 == 0 ? 1 : 0;
    EXPECT_EQ(entry.id(), (StreamId{i * (uint64_t{1} << 50), UINT64_MAX - i}));
    entry.for_each([&](const Element& name, const Element& value) {
      EXPECT_EQ(name.bytes(), i % 7 == 0 ? "other" : "name");
      EXPECT_EQ(value.number(), static_cast<int64_t>(i));
    });
    ++i;
    return true;
  });
  EXPECT_EQ(i, 999u);
}

TEST(RdbStream, with_blocks_out_of_order_is_refused) {
  Parts parts = usual();
  parts.progress = "\x04\x05\x00\x01\x01\x01\x02\x05"s;
  const std::string at_first = string_of(kFirst) + usual_block();
  const std::string at_third = string_of(kThird) + usual_block();
  parts.blocks = "\x02"s + at_first + at_first;
  EXPECT_FALSE(read(parts)) << "the same ids twice";
  parts.blocks = "\x02"s + at_third + at_first;
  EXPECT_FALSE(read(parts));
  parts.blocks = "\x02"s + at_first + at_third;
  parts.progress = "\x04\x09\x00\x01\x01\x01\x02\x05"s;
  EXPECT_FALSE(read(parts)) << "5-0 of the first is not below 5-0 of the second";
  parts.blocks = "\x01"s + string_of(kFirst.substr(1)) + usual_block();
  EXPECT_FALSE(read(parts)) << "a short id";
}

TEST(RdbStream, with_a_wrong_number_in_a_block_is_refused) {
  const auto is_taken = [](const std::string& block) {
    Parts parts = usual();
    parts.blocks = "\x01"s + string_of(kFirst) + string_of(block);
    parts.progress = "\x01\x05\x00\x01\x01\x01\x02\x03"s;
    return read(parts).has_value();
  };
  EXPECT_TRUE(is_taken(listpack("1", "0", "1", "a", "0", "2", "0", "0", "1", "4")));
  EXPECT_FALSE(is_taken(listpack("2", "0", "1", "a", "0", "2", "0", "0", "1", "4")));
  EXPECT_FALSE(is_taken(listpack("0", "1", "1", "a", "0", "2", "0", "0", "1", "4")));
  EXPECT_FALSE(is_taken(listpack("0", "0", "1", "a", "0", "2", "0", "0", "1", "4")));
  EXPECT_FALSE(is_taken(listpack("1", "-1", "1", "a", "0", "2", "0", "0", "1", "4")));
  EXPECT_FALSE(is_taken(listpack("1", "0", "2", "a", "0", "2", "0", "0", "1", "4")));
  EXPECT_FALSE(is_taken(listpack("1", "0", "-1", "a", "0", "2", "0", "0", "1", "4")));
  EXPECT_FALSE(is_taken(listpack("1", "0", "9223372036854775807", "a", "0", "2", "0", "0")));
  EXPECT_FALSE(is_taken(listpack("1", "0", "1", "a", "1", "2", "0", "0", "1", "4")));
  EXPECT_FALSE(is_taken(listpack("1", "0", "1", "a", "0", "4", "0", "0", "1", "4")));
  EXPECT_FALSE(is_taken(listpack("1", "0", "1", "a", "0", "2", "x", "0", "1", "4")));
  EXPECT_FALSE(is_taken(listpack("1", "0", "1", "a", "0", "2", "0", "0", "1", "5")));
  EXPECT_FALSE(is_taken(listpack("1", "0", "1", "a", "0", "2", "0", "0", "1")));
  EXPECT_FALSE(is_taken(listpack("1", "0", "1", "a", "0", "2", "0", "0", "1", "4", "0")));
  EXPECT_FALSE(is_taken(listpack("1", "0", "1", "a", "0", "0", "0", "0", "0", "4")));
  EXPECT_FALSE(is_taken(listpack("1", "0", "1", "a", "0", "0", "0", "0", "-1", "2")));
  EXPECT_FALSE(is_taken(listpack("1", "0", "1", "a", "0", "0", "0", "0", "-9223372036854775808")));
  EXPECT_FALSE(is_taken(listpack("1", "0", "0", "0", "2", "0", "0", "3")));
}

TEST(RdbStream, whose_progress_cannot_be_is_refused) {
  for (const std::string& progress : {"\x01\x05\x00\x01\x01\x01\x02\x03"s,  // another size
                                      "\x02\x04\x00\x01\x01\x01\x02\x03"s,  // ends too early
                                      "\x02\x05\x00\x01\x01\x05\x01\x03"s,  // deleted ahead
                                      "\x02\x05\x00\x01\x01\x01\x02\x01"s,  // fewer than there
                                      "\x02\x05\x00\x01\x01\x01\x02"s}) {
    Parts parts = usual();
    parts.progress = progress;
    EXPECT_FALSE(read(parts));
  }
}

TEST(RdbStream, whose_groups_contradict_themselves_is_refused) {
  const std::string times(kTime);
  const std::string first(kFirst);
  const std::string third(kThird);
  const auto group = [](const std::string& name) { return "\x01" + name + "\x05\x00\x02"s; };
  const auto is_taken = [](const std::string& groups) {
    Parts parts = usual();
    parts.groups = groups;
    return read(parts).has_value();
  };
  EXPECT_TRUE(is_taken("\x02"s + group("g") + "\x00\x00"s + group("h") + "\x00\x00"s));
  EXPECT_FALSE(is_taken("\x02"s + group("g") + "\x00\x00"s + group("g") + "\x00\x00"s));
  EXPECT_FALSE(is_taken("\x02"s + group("h") + "\x00\x00"s + group("g") + "\x00\x00"s));
  const std::string one = "\x01"s + first + times + "\x01";
  const std::string two = "\x02"s + first + times + "\x01" + third + times + "\x01";
  const std::string c =
      "\x01"
      "c" +
      times;
  const std::string d =
      "\x01"
      "d" +
      times;
  const std::string with_one = "\x01"s + group("g") + one;
  const std::string with_two = "\x01"s + group("g") + two;
  EXPECT_TRUE(is_taken(with_one + "\x01" + c + "\x01" + first));
  EXPECT_FALSE(is_taken(with_one + "\x00"s)) << "pending for nobody";
  EXPECT_FALSE(is_taken(with_one + "\x01" + c + "\x01" + third));
  EXPECT_FALSE(is_taken(with_one + "\x01" + c + "\x02" + first + first));
  EXPECT_FALSE(is_taken(with_one + "\x02" + c + "\x01" + first + d + "\x01" + first));
  EXPECT_TRUE(is_taken(with_two + "\x02" + c + "\x01" + first + d + "\x01" + third));
  EXPECT_FALSE(is_taken(with_two + "\x02" + d + "\x01" + first + c + "\x01" + third));
  EXPECT_FALSE(is_taken(with_two + "\x02" + c + "\x01" + first + c + "\x01" + third));
  EXPECT_FALSE(is_taken("\x01"s + group("g") + "\x02" + third + times + "\x01" + first + times +
                        "\x01\x01" + c + "\x02" + first + third))
      << "not by id";
  EXPECT_FALSE(is_taken("\x01"s + group("g") + "\x01" + first + std::string(kNever) + "\x01\x01" +
                        c + "\x01" + first))
      << "delivered before all times";
}

}  // namespace
}  // namespace gyre::persist
