// The CPU quota of our cgroup (cpu_limit.h).
#include <algorithm>
#include <fstream>

#include "serve/cgroup.h"
#include "serve/cpu_limit.h"

namespace xtcp2 {

namespace {

std::optional<double> Divide(double quota, double period) {
  return quota > 0 && period > 0 ? std::optional(quota / period) : std::nullopt;
}

std::optional<double> QuotaOf(const std::string& folder, bool v2) {
  double quota = 0, period = 0;
  if (v2) {
    std::ifstream file(folder + "/cpu.max");  // "max 100000" where there is none
    return file >> quota >> period ? Divide(quota, period) : std::nullopt;
  }
  std::ifstream quota_file(folder + "/cpu.cfs_quota_us"), period_file(folder + "/cpu.cfs_period_us");
  return quota_file >> quota && period_file >> period ? Divide(quota, period) : std::nullopt;  // -1: none
}

}  // namespace

std::optional<double> ReadCgroupCpuQuota(const std::string& root) {
  std::optional<double> least;
  ForEachOwnCgroup(root, "cpu", [&least](const Cgroup& group) {
    const std::optional<double> quota = QuotaOf(group.folder, group.v2);
    if (quota) least = least ? std::min(*least, *quota) : *quota;
  });
  return least;
}

}  // namespace xtcp2
