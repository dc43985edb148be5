// How many processors this process may use: the least of what is online, what the affinity mask (and with it the cpuset
// cgroup) allows, and the CPU quota of its cgroup and all cgroups above. -goMaxProcs is held to it.
#pragma once

#include <optional>
#include <string>

namespace xtcp2 {

struct CpuLimit {
  int online = 1;                    // processors online
  int affinity = 1;                  // sched_getaffinity(2)
  std::optional<double> quota = {};  // processors' worth of time per period, as in 1.5; nothing: no quota

  // At least 1; a quota is rounded up.
  int Processors() const;
  // "2 (4 online, 3 by affinity, cgroup quota 1.50)"
  std::string Text() const;
};

// `root` stands before /proc and before the mount points of cgroup file systems, for tests; what cannot be read limits
// nothing.
CpuLimit ReadCpuLimit(const std::string& root = "");

// The quota alone: cgroup v2's cpu.max or v1's cpu.cfs_quota_us over cpu.cfs_period_us, the least on the way to the
// root.
std::optional<double> ReadCgroupCpuQuota(const std::string& root = "");

}  // namespace xtcp2
