#include "journal/journal.h"

#include <gtest/gtest.h>

#include <string>

#include "journal/batch_line.h"

namespace gyre::journal {
namespace {

const FileNames kNames{.prefix = "a.aof", .first_generation = 4, .first_number = 11, .cores = 2};

// The commands of a stretch, without lengths and lines, separated by spaces.
std::string words(std::string_view bytes) {
  std::string text;
  for (size_t at = 0; at < bytes.size();) {
    const size_t end = bytes.find("\r\n", at);
    const std::string_view line = bytes.substr(at, end - at);
    at = end + 2;
    if (line[0] == '#') {
      const auto batch = parse_batch_line(line);
      text += "|" + std::to_string(batch->number) + "," + std::to_string(batch->transaction) + "/" +
              std::to_string(batch->parts) + "|";
    } else if (line[0] != '*' && line[0] != '$') {
      text += std::string(line) + " ";
    }
  }
  return text;
}

TEST(Journal, names_count_on_by_generation_and_core) {
  EXPECT_EQ(kNames.name_of(4, 0), "a.aof.11.incr.aof");
  EXPECT_EQ(kNames.name_of(4, 1), "a.aof.12.incr.aof");
  EXPECT_EQ(kNames.name_of(6, 1), "a.aof.16.incr.aof");
}

// Without the batch that says that a run begins.
void begin(Journal& journal, uint16_t core) {
  journal.start(core, kNames);
  EXPECT_EQ(words(journal.take().bytes), "|1,0/1|");
}

TEST(Journal, what_comes_between_two_takes_is_a_batch) {
  Journal journal;
  begin(journal, 1);
  journal.append(0, {"SET", "k", "v"});
  journal.append(0, {"DEL", "k"});
  EXPECT_FALSE(journal.is_safe());
  const Journal::Stretch first = journal.take();
  EXPECT_EQ(words(first.bytes), "SELECT 0 SET k v DEL k |2,0/0|");
  EXPECT_EQ(first.generation, 4U);
  EXPECT_FALSE(journal.has_stretch());
  journal.append(0, {"SET", "k", "w"});
  journal.append(3, {"SET", "k", "x"});
  EXPECT_EQ(words(journal.take().bytes), "SET k w SELECT 3 SET k x |3,0/0|");
  // Without the batch before it nobody would know the database.
  journal.append(3, {"DEL", "k"});
  EXPECT_EQ(words(journal.take().bytes), "SELECT 3 DEL k |4,0/0|");
}

TEST(Journal, the_time_is_told_when_it_has_changed) {
  Journal journal;
  begin(journal, 1);
  journal.set_time(1234);
  journal.append(0, {"DEL", "a"});
  journal.set_time(1235);
  journal.append(0, {"DEL", "b"});  // in the midst of a batch nobody could cut the file
  EXPECT_TRUE(journal.take().bytes.starts_with("#TS:1234\r\n*2\r\n$6\r\nSELECT"));
  journal.append(0, {"DEL", "c"});
  journal.append(0, {"DEL", "d"});
  const std::string_view next = journal.take().bytes;
  EXPECT_TRUE(next.starts_with("#TS:1235\r\n*2\r\n$3\r\nDEL"));
  EXPECT_EQ(next.find("#TS", 1), std::string_view::npos);
  journal.append(0, {"DEL", "e"});
  EXPECT_FALSE(journal.take().bytes.starts_with("#TS"));
  journal.cut();  // each file tells it
  journal.append(0, {"DEL", "e"});
  EXPECT_TRUE(journal.take().bytes.starts_with("#TS:1235\r\n"));
  journal.set_time(0);
  journal.append(0, {"DEL", "f"});
  EXPECT_FALSE(journal.take().bytes.starts_with("#TS"));
}

TEST(Journal, it_is_safe_when_all_of_it_is) {
  Journal journal;
  begin(journal, 0);
  EXPECT_TRUE(journal.is_safe());
  journal.append(0, {"DEL", "k"});
  const Position first = journal.take().end;
  journal.append(0, {"DEL", "l"});
  journal.set_safe(first);
  EXPECT_FALSE(journal.is_safe());
  journal.set_safe(journal.take().end);
  EXPECT_TRUE(journal.is_safe());
}

TEST(Journal, a_part_is_a_batch_of_its_own_that_says_its_database) {
  Journal journal;
  begin(journal, 0);
  journal.append(0, {"DEL", "a"});
  journal.begin_part();
  journal.append(0, {"DEL", "b"});
  journal.end_part(99, 2);
  journal.append(0, {"DEL", "c"});
  EXPECT_EQ(words(journal.take().bytes),
            "SELECT 0 DEL a |2,0/0|SELECT 0 DEL b |3,99/2|SELECT 0 DEL c |4,0/0|");
}

TEST(Journal, a_part_without_records_has_to_be_safe_too) {
  Journal journal;
  begin(journal, 0);
  journal.begin_part();
  journal.end_part(5, 2);
  EXPECT_FALSE(journal.is_safe());
  const Journal::Stretch stretch = journal.take();
  EXPECT_EQ(words(stretch.bytes), "|2,5/2|");
  journal.set_safe(stretch.end);
  EXPECT_TRUE(journal.is_safe());
}

TEST(Journal, a_cut_begins_a_file_whose_batches_count_anew) {
  Journal journal;
  begin(journal, 0);
  journal.append(2, {"DEL", "a"});
  journal.cut();
  journal.append(2, {"DEL", "b"});
  EXPECT_EQ(journal.next_generation(), 4U);
  const Journal::Stretch old = journal.take();
  EXPECT_EQ(words(old.bytes), "SELECT 2 DEL a |2,0/0|");
  EXPECT_EQ(old.generation, 4U);
  EXPECT_EQ(journal.next_generation(), 5U);
  const Journal::Stretch fresh = journal.take();
  EXPECT_EQ(words(fresh.bytes), "SELECT 2 DEL b |1,0/0|");
  EXPECT_EQ(fresh.generation, 5U);
  EXPECT_GT(fresh.end, old.end);
}

TEST(Journal, cuts_without_records_between_them_leave_no_stretch) {
  Journal journal;
  begin(journal, 0);
  journal.cut();
  journal.cut();
  EXPECT_FALSE(journal.has_stretch());
  EXPECT_EQ(journal.generation(), 6U);
}

TEST(Journal, large_records_are_whole) {
  Journal journal;
  begin(journal, 0);
  const std::string value(3'000'000, 'v');
  journal.append(0, {"SET", "k", value});
  const std::string_view bytes = journal.take().bytes;
  EXPECT_NE(bytes.find("$3000000\r\n" + value + "\r\n"), std::string_view::npos);
}

}  // namespace
}  // namespace gyre::journal
