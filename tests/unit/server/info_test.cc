// Tests of server/info.h and server/memory_usage.h: sections by their words, sizes for humans.
#include "server/info.h"

#include <gtest/gtest.h>

#include "server/memory_usage.h"

namespace gyre::server {
namespace {

uint32_t sections(std::vector<std::string_view> words) { return parse_sections(words); }

TEST(Info, words_choose_sections) {
  const uint32_t standard = sections({});
  EXPECT_EQ(sections({"default"}), standard);
  EXPECT_EQ(standard & bit(Section::commandstats), 0U);
  EXPECT_EQ(standard & bit(Section::latencystats), 0U);
  EXPECT_NE(standard & bit(Section::runtime), 0U);
  EXPECT_EQ(sections({"all"}), standard | bit(Section::commandstats) | bit(Section::latencystats));
  EXPECT_EQ(sections({"EVERYTHING"}), sections({"all"}));
  EXPECT_EQ(sections({"Memory", "cpu", "memory"}), bit(Section::memory) | bit(Section::cpu));
  EXPECT_EQ(sections({"commandstats"}), bit(Section::commandstats));
  EXPECT_EQ(sections({"nosuch"}), 0U);
  EXPECT_EQ(sections({""}), 0U);
}

TEST(MemoryUsage, sizes_read_well) {
  EXPECT_EQ(human_size(0), "0B");
  EXPECT_EQ(human_size(1023), "1023B");
  EXPECT_EQ(human_size(1024), "1.00K");
  EXPECT_EQ(human_size(1536), "1.50K");
  EXPECT_EQ(human_size(uint64_t{5} << 20), "5.00M");
  EXPECT_EQ(human_size(uint64_t{3} << 30), "3.00G");
  EXPECT_EQ(human_size(uint64_t{2} << 40), "2.00T");
}

TEST(MemoryUsage, of_this_process_is_plausible) {
  const MemoryUsage usage = memory_usage();
  EXPECT_GT(usage.used, 0U);
  EXPECT_GT(usage.rss, uint64_t{100} << 10);
  EXPECT_GT(usage.system, usage.rss);
  EXPECT_GE(usage.active, usage.used);
  EXPECT_FALSE(allocator_name().empty());
}

}  // namespace
}  // namespace gyre::server
