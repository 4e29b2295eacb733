// Tests of base/collation.h: the order of bytes, of a language, and of names nobody knows.
#include "base/collation.h"

#include <gtest/gtest.h>

#include <cstdlib>

namespace gyre::base {
namespace {

TEST(Collation, c_is_the_order_of_bytes) {
  for (const char* name : {"C", "POSIX"}) {
    const Collation collation(name);
    EXPECT_LT(collation.compare("B", "a"), 0);
    EXPECT_LT(collation.compare("a", "\xff"), 0);
    EXPECT_EQ(collation.compare("a", "a"), 0);
    EXPECT_LT(collation.compare("", "a"), 0);
    EXPECT_TRUE(Collation::is_known(name));
  }
}

TEST(Collation, a_name_that_nobody_knows_is_refused_and_stands_for_bytes) {
  EXPECT_FALSE(Collation::is_known("xx_YY.nothing"));
  const Collation collation("xx_YY.nothing");
  EXPECT_LT(collation.compare("B", "a"), 0);
}

TEST(Collation, an_empty_name_takes_the_environment) {
  EXPECT_TRUE(Collation::is_known(""));
  setenv("LC_ALL", "C", 1);
  EXPECT_LT(Collation("").compare("B", "a"), 0);
  setenv("LC_ALL", "xx_YY.nothing", 1);
  EXPECT_LT(Collation("").compare("B", "a"), 0);
  unsetenv("LC_ALL");
}

TEST(Collation, a_language_has_its_own_order) {
  if (!Collation::is_known("de_DE.UTF-8")) {
    GTEST_SKIP() << "the machine has no German locale";
  }
  const Collation collation("de_DE.UTF-8");
  EXPECT_LT(collation.compare("a", "B"), 0);
  EXPECT_LT(collation.compare("Öl", "Ort"), 0);
  EXPECT_LT(collation.compare("a", "b"), 0);
  setenv("LC_ALL", "de_DE.UTF-8", 1);
  EXPECT_LT(Collation("").compare("a", "B"), 0);
  unsetenv("LC_ALL");
}

}  // namespace
}  // namespace gyre::base
