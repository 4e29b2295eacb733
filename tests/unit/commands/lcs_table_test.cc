// Tests of commands/string/lcs_table.h against the textbook's table.
#include "commands/string/lcs_table.h"

#include <algorithm>
#include <string>
#include <vector>

#include <gtest/gtest.h>

#include "base/random.h"

namespace gyre::commands {
namespace {

TEST(LcsTable, agrees_with_the_table_of_numbers_in_length_and_direction) {
  base::Random random(3);
  const auto text = [&](size_t size, uint64_t letters) {
    std::string result;
    for (size_t i = 0; i < size; ++i) {
      result += static_cast<char>('a' + random.below(letters));
    }
    return result;
  };
  const size_t sizes[] = {0, 1, 2, 10, 63, 64, 65, 127, 128, 129, 200};
  for (int round = 0; round < 300; ++round) {
    const uint64_t letters = 1 + random.below(5);
    const std::string a = text(sizes[random.below(std::size(sizes))], letters);
    const std::string b = text(sizes[random.below(std::size(sizes))], letters);
    std::vector<std::vector<size_t>> model(a.size() + 1, std::vector<size_t>(b.size() + 1));
    for (size_t i = 1; i <= a.size(); ++i) {
      for (size_t j = 1; j <= b.size(); ++j) {
        model[i][j] = a[i - 1] == b[j - 1] ? model[i - 1][j - 1] + 1
                                           : std::max(model[i - 1][j], model[i][j - 1]);
      }
    }
    LcsTable brief(a, b);
    ASSERT_TRUE(brief.fill(false));
    EXPECT_EQ(brief.length(), model[a.size()][b.size()]);
    LcsTable table(a, b);
    ASSERT_TRUE(table.fill(true));
    EXPECT_EQ(table.length(), model[a.size()][b.size()]);
    for (size_t i = 1; i <= a.size(); ++i) {
      for (size_t j = 1; j <= b.size(); ++j) {
        if (a[i - 1] != b[j - 1]) {
          ASSERT_EQ(table.is_from_above(i, j), model[i - 1][j] > model[i][j - 1])
              << a << ' ' << b << ' ' << i << ' ' << j;
        }
      }
    }
  }
}

}  // namespace
}  // namespace gyre::commands
