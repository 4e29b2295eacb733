#include "persist/aof_reader.h"

#include <gtest/gtest.h>

#include <string>
#include <vector>

#include "journal/journal.h"

namespace gyre::persist {
namespace {

const journal::FileNames kNames{.prefix = "a"};
const uint32_t kSeed = kNames.seed_of(1, 0);

// Four batches, the third of them a part of a transaction.
std::string file_of_four() {
  journal::Journal journal;
  journal.start(0, kNames);  // which makes the first of them
  journal.append(0, {"SET", "a", "#GY:0:9:1:00000000:0/0\r\n"});
  journal.begin_part();
  journal.append(0, {"SET", "b", std::string(1000, 'b')});
  journal.end_part(7, 2);
  journal.append(1, {"DEL", "a"});
  return std::string(journal.take().bytes);
}

struct Reading {
  size_t batches = 0;
  size_t end = 0;  // of what is whole
  AofReader::Result result = AofReader::Result::end;
  bool has_later = false;
  std::string reason;
};

// Reads the file in windows that grow by `step` bytes.
Reading read(std::string_view file, size_t step, bool has_lines = true) {
  AofReader reader(has_lines, kSeed);
  Reading reading;
  size_t window = step;
  for (;;) {
    const std::string_view rest = file.substr(reading.end);
    AofReader::Batch batch;
    size_t consumed = 0;
    const bool is_rest = window >= rest.size();
    reading.result = reader.next(rest.substr(0, window), is_rest, batch, consumed);
    reading.end += consumed;
    if (reading.result == AofReader::Result::batch) {
      ++reading.batches;
      window = step;
    } else if (reading.result == AofReader::Result::more) {
      EXPECT_FALSE(is_rest);
      window += step;
    } else {
      reading.reason = reader.reason();
      reading.has_later = reader.find_later(file.substr(reading.end)).has_value();
      return reading;
    }
  }
}

TEST(AofReader, windows_of_any_size_give_the_same) {
  const std::string file = file_of_four();
  for (size_t step = 1; step <= file.size(); ++step) {
    const Reading reading = read(file, step);
    EXPECT_EQ(reading.batches, 4U);
    EXPECT_EQ(reading.result, AofReader::Result::end);
    EXPECT_EQ(reading.end, file.size());
  }
}

TEST(AofReader, a_torn_end_is_told_from_damage) {
  const std::string file = file_of_four();
  for (size_t size = 0; size < file.size(); ++size) {
    for (const char* tail : {"", "zeros", "x\r\n#GY:\x01garbage*3\r\n"}) {
      const std::string end = std::string_view(tail) == "zeros" ? std::string(100, '\0') : tail;
      const Reading reading = read(file.substr(0, size) + end, 4096);
      EXPECT_LE(reading.end, size);
      EXPECT_FALSE(reading.has_later) << size;
      EXPECT_LT(reading.batches, 4U);
    }
  }
}

// A file of many batches, parts of transactions among them.
std::string long_file() {
  journal::Journal journal;
  journal.start(0, kNames);
  std::string file;
  for (uint64_t i = 0; file.size() < 128 * 1024; ++i) {
    journal.append(0, {"SET", "key", std::string(i * 37 % 700, 'v')});
    if (i % 3 == 0) {
      journal.begin_part();
      journal.append(0, {"INCR", "count"});
      journal.end_part(i + 1, 2);
    }
    file += journal.take().bytes;
  }
  return file;
}

TEST(AofReader, any_cut_in_the_last_64_kilobytes_is_a_torn_end) {
  const std::string file = long_file();
  const std::string zeros(300, '\0');
  const std::string garbage = "\x8f\x01*3\r\n$3\r\n#GY:0:1:" + std::string(100, 'g') + "\r\n";
  AofReader reader(true, kSeed);
  size_t cuts = 0;
  for (size_t begin = 0; begin < file.size();) {
    const AofReader before = reader;
    AofReader::Batch batch;
    size_t size = 0;
    ASSERT_EQ(reader.next(std::string_view(file).substr(begin), true, batch, size),
              AofReader::Result::batch);
    // The file ends in front of the last byte of this batch, or before.
    for (size_t have = 0; have < size && begin + size + 64 * 1024 > file.size(); ++have) {
      for (const std::string* tail : {&zeros, &garbage}) {
        const std::string end = file.substr(begin, have) + *tail;
        for (const std::string_view rest : {std::string_view(end).substr(0, have), {end}}) {
          AofReader again = before;
          size_t consumed = 0;
          const AofReader::Result result = again.next(rest, true, batch, consumed);
          ASSERT_EQ(result, rest.empty() ? AofReader::Result::end : AofReader::Result::bad);
          ASSERT_TRUE(again.is_torn_end(rest));
          ++cuts;
        }
      }
    }
    begin += size;
  }
  EXPECT_GT(cuts, 4 * size_t{64} * 1024);
}

TEST(AofReader, every_flipped_bit_is_noticed) {
  const std::string file = file_of_four();
  for (size_t bit = 0; bit < file.size() * 8; ++bit) {
    std::string bad = file;
    bad[bit / 8] = static_cast<char>(bad[bit / 8] ^ (1 << (bit % 8)));
    const Reading reading = read(bad, 4096);
    EXPECT_EQ(reading.result, AofReader::Result::bad) << bit;
    EXPECT_LT(reading.batches, 4U) << bit;
  }
}

TEST(AofReader, damage_in_the_midst_has_good_batches_behind_it) {
  std::string file = file_of_four();
  file[30] ^= 1;
  const Reading reading = read(file, 4096);
  EXPECT_EQ(reading.batches, 1U);
  EXPECT_TRUE(reading.has_later);
}

TEST(AofReader, what_follows_damage_is_read_on) {
  std::string file = file_of_four();
  const size_t third = file.find("\r\n", file.find("#GY:0:2:")) + 2;
  file[third + 100] ^= 1;
  AofReader reader(true, kSeed);
  AofReader::Batch batch;
  size_t consumed = 0;
  std::string_view rest = file;
  while (reader.next(rest, true, batch, consumed) == AofReader::Result::batch) {
    rest.remove_prefix(consumed);
  }
  EXPECT_EQ(reader.batches(), 2U);
  const auto later = reader.find_later(rest);
  ASSERT_TRUE(later.has_value());
  EXPECT_EQ(later->number, 4U);
  reader.skip_to(later->number);
  rest.remove_prefix(later->begin);
  ASSERT_EQ(reader.next(rest, true, batch, consumed), AofReader::Result::batch);
  EXPECT_EQ(batch.line.number, 4U);
  EXPECT_EQ(consumed, rest.size());
}

TEST(AofReader, missing_and_repeated_batches_are_noticed) {
  const std::string file = file_of_four();
  const size_t second = file.find("#GY:0:1:");
  const size_t end = file.find('\n', second) + 1;
  EXPECT_EQ(read(file.substr(0, end) + file, 4096).reason, "a batch is missing, or there twice");
  EXPECT_EQ(read(file.substr(end), 4096).reason, "a batch is missing, or there twice");
  const std::string other = file;
  AofReader reader(true, kSeed + 1);
  AofReader::Batch batch;
  size_t consumed = 0;
  EXPECT_EQ(reader.next(other, true, batch, consumed), AofReader::Result::bad);
}

TEST(AofReader, times_are_told) {
  journal::Journal journal;
  journal.set_time(77);
  journal.start(0, kNames);
  journal.append(0, {"SET", "a", "1"});
  const std::string file(journal.take().bytes);
  AofReader reader(true, kSeed);
  std::string_view rest = file;
  AofReader::Batch batch;
  size_t consumed = 0;
  ASSERT_EQ(reader.next(rest, true, batch, consumed), AofReader::Result::batch);
  EXPECT_EQ(reader.time_s(), 0);
  rest.remove_prefix(consumed);
  ASSERT_EQ(reader.next(rest, true, batch, consumed), AofReader::Result::batch);
  EXPECT_EQ(reader.time_s(), 77);
  EXPECT_TRUE(batch.records.starts_with("*2\r\n$6\r\nSELECT"));
  // The time is covered by the checksum.
  std::string bad = file;
  bad[bad.find("#TS:77") + 5] ^= 1;
  EXPECT_EQ(read(bad, 4096).batches, 1U);
  EXPECT_EQ(read(bad, 4096).result, AofReader::Result::bad);
}

TEST(AofReader, torn_ends_of_files_of_others) {
  const std::string set = "*3\r\n$3\r\nSET\r\n$1\r\na\r\n$1\r\n1\r\n";
  const auto is_torn = [&](const std::string& tail) {
    const std::string file = set + tail;
    AofReader reader(false, 0);
    AofReader::Batch batch;
    size_t consumed = 0;
    EXPECT_EQ(reader.next(file, true, batch, consumed), AofReader::Result::batch);
    EXPECT_EQ(consumed, set.size());
    const std::string_view rest = std::string_view(file).substr(consumed);
    EXPECT_EQ(reader.next(rest, true, batch, consumed), AofReader::Result::bad);
    return reader.is_torn_end(rest);
  };
  EXPECT_TRUE(is_torn(std::string(100, '\0')));
  EXPECT_TRUE(is_torn("garbage\r\n*2\r\nmore"));
  EXPECT_TRUE(is_torn(set.substr(0, 20)));
  EXPECT_TRUE(is_torn("*2\r\n$3\r\nSET\r\n$100\r\n\r\n" + set));  // its value is cut off
  EXPECT_FALSE(is_torn("garbage\r\n" + set));
}

TEST(AofReader, files_of_others_have_comments_and_whole_transactions) {
  const std::string set = "*3\r\n$3\r\nSET\r\n$1\r\na\r\n$1\r\n1\r\n";
  const std::string multi = "*1\r\n$5\r\nMULTI\r\n";
  const std::string exec = "*1\r\n$4\r\nEXEC\r\n";
  const std::string file = "#TS:123\r\n" + set + multi + set + exec + "#TS:124\r\n" + set;
  for (size_t step = 1; step <= file.size(); ++step) {
    const Reading reading = read(file, step, false);
    EXPECT_EQ(reading.result, AofReader::Result::end) << step << reading.reason;
    EXPECT_EQ(reading.end, file.size());
  }
  const Reading cut = read(set + multi + set, 4096, false);
  EXPECT_EQ(cut.result, AofReader::Result::bad);
  EXPECT_EQ(cut.end, set.size());
}

}  // namespace
}  // namespace gyre::persist
