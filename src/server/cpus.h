// How many CPUs this process may use: what `cores = 0` stands for.
#pragma once

#include <string>

namespace gyre::server {

// The smaller of the scheduling affinity and the CPU quota of the control group, rounded up; at
// least 1.
int usable_cpus();

// CPUs in the affinity mask of the calling thread; at least 1.
int affinity_cpus();

// CPUs that the tightest quota of this process's control group and its parents allows, rounded
// up; 0 if there is none. Knows both versions of control groups. `root` stands before /proc and
// /sys and is "" except in tests.
int quota_cpus(const std::string& root);

}  // namespace gyre::server
