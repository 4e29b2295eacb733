// Tests of server/cpus.h on made-up file trees of control groups.
#include "server/cpus.h"

#include <gtest/gtest.h>

#include "config_test_files.h"

namespace gyre::server {
namespace {

struct Tree {
  TestFolder folder;
  explicit Tree(const std::string& groups) { folder.write("proc/self/cgroup", groups); }
  Tree& file(const std::string& path, const std::string& text) {
    folder.write("sys/fs/cgroup/" + path, text);
    return *this;
  }
  int cpus() const { return quota_cpus(folder.path()); }
};

TEST(Cpus, version_2_rounds_up) {
  EXPECT_EQ(Tree("0::/a\n").file("a/cpu.max", "150000 100000\n").cpus(), 2);
  EXPECT_EQ(Tree("0::/a\n").file("a/cpu.max", "200000 100000\n").cpus(), 2);
  EXPECT_EQ(Tree("0::/a\n").file("a/cpu.max", "1000 100000\n").cpus(), 1);
  EXPECT_EQ(Tree("0::/a\n").file("a/cpu.max", "max 100000\n").cpus(), 0);
  EXPECT_EQ(Tree("0::/\n").file("cpu.max", "300000 100000\n").cpus(), 3);
}

TEST(Cpus, version_2_takes_the_tightest_parent) {
  EXPECT_EQ(Tree("0::/a/b/c\n")
                .file("a/b/c/cpu.max", "800000 100000\n")
                .file("a/b/cpu.max", "max 100000\n")
                .file("a/cpu.max", "250000 100000\n")
                .cpus(),
            3);
}

TEST(Cpus, a_container_sees_its_group_at_the_mount) {
  EXPECT_EQ(Tree("0::/docker/0123\n").file("cpu.max", "400000 100000\n").cpus(), 4);
}

TEST(Cpus, version_1_under_either_name_of_the_mount) {
  const std::string groups = "5:memory:/m\n4:cpu,cpuacct:/d\n0::/x\n";
  EXPECT_EQ(Tree(groups)
                .file("cpu,cpuacct/d/cpu.cfs_quota_us", "250000\n")
                .file("cpu,cpuacct/d/cpu.cfs_period_us", "100000\n")
                .cpus(),
            3);
  EXPECT_EQ(Tree(groups)
                .file("cpu/cpu.cfs_quota_us", "50000\n")
                .file("cpu/cpu.cfs_period_us", "100000\n")
                .cpus(),
            1);
  EXPECT_EQ(Tree(groups)
                .file("cpu/d/cpu.cfs_quota_us", "-1\n")
                .file("cpu/d/cpu.cfs_period_us", "100000\n")
                .cpus(),
            0);
  EXPECT_EQ(Tree("4:cpuset:/d\n")
                .file("cpu/cpu.cfs_quota_us", "50000\n")
                .file("cpu/cpu.cfs_period_us", "100000\n")
                .cpus(),
            0)
      << "cpuset is another controller";
}

TEST(Cpus, broken_files_mean_no_limit) {
  EXPECT_EQ(Tree("garbage\n0:\n").cpus(), 0);
  EXPECT_EQ(Tree("0::/a\n").cpus(), 0);
  EXPECT_EQ(Tree("0::/a\n").file("a/cpu.max", "\n").cpus(), 0);
  EXPECT_EQ(Tree("0::/a\n").file("a/cpu.max", "x y\n").cpus(), 0);
  EXPECT_EQ(Tree("0::/a\n").file("a/cpu.max", "100000 0\n").cpus(), 0);
  EXPECT_EQ(quota_cpus("/does/not/exist"), 0);
}

TEST(Cpus, this_process_has_some) {
  EXPECT_GE(affinity_cpus(), 1);
  EXPECT_GE(usable_cpus(), 1);
  EXPECT_LE(usable_cpus(), affinity_cpus());
}

}  // namespace
}  // namespace gyre::server
