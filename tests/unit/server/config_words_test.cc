// Tests of server/config_words.h.
#include "server/config_words.h"

#include <gtest/gtest.h>

#include "base/text.h"

namespace gyre::server {
namespace {

using Words = std::vector<std::string>;

TEST(ConfigWords, every_single_space_splits) {
  EXPECT_EQ(split_spaces(""), Words{});
  EXPECT_EQ(split_spaces("a"), Words{"a"});
  EXPECT_EQ(split_spaces("a b"), (Words{"a", "b"}));
  EXPECT_EQ(split_spaces("a  b"), (Words{"a", "", "b"}));
  EXPECT_EQ(split_spaces(" a"), (Words{"", "a"}));
  EXPECT_EQ(split_spaces("a "), (Words{"a", ""}));
  EXPECT_EQ(split_spaces("a\tb"), Words{"a\tb"});
}

TEST(ConfigWords, quotes_where_needed_and_reads_back) {
  EXPECT_EQ(quoted_if_needed("127.0.0.1"), "127.0.0.1");
  EXPECT_EQ(quoted_if_needed(""), "\"\"");
  EXPECT_EQ(quoted_if_needed("#x"), "\"#x\"");
  for (const std::string word : {"", "a b", "#", "'", "\"", "a\\nb", "\n", "\xff\x01", "x'y"}) {
    EXPECT_EQ(base::split_args("name " + quoted_if_needed(word)), (Words{"name", word}));
  }
}

}  // namespace
}  // namespace gyre::server
