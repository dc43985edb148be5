#include "serve/cpu_limit.h"

#include <fmt/format.h>
#include <sched.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cmath>
#include <memory>

namespace xtcp2 {

namespace {

int AffinityCount() {
  // The kernel refuses a mask smaller than its own, with EINVAL.
  for (int processors = 1024; processors <= 1 << 20; processors *= 2) {
    const std::unique_ptr<cpu_set_t, void (*)(cpu_set_t*)> set(CPU_ALLOC(static_cast<size_t>(processors)),
                                                               [](cpu_set_t* p) { CPU_FREE(p); });
    const size_t size = CPU_ALLOC_SIZE(static_cast<size_t>(processors));
    if (::sched_getaffinity(0, size, set.get()) == 0) return CPU_COUNT_S(size, set.get());
    if (errno != EINVAL) break;
  }
  return 0;
}

}  // namespace

int CpuLimit::Processors() const {
  int least = online;
  if (affinity > 0) least = std::min(least, affinity);
  if (quota) least = std::min(least, static_cast<int>(std::ceil(std::min(*quota, 1e6))));
  return std::max(least, 1);
}

std::string CpuLimit::Text() const {
  std::string text = fmt::format("{} ({} online, {} by affinity", Processors(), online, affinity);
  if (quota) text += fmt::format(", cgroup quota {:.2f}", *quota);
  return text + ")";
}

CpuLimit ReadCpuLimit(const std::string& root) {
  CpuLimit limit;
  limit.online = std::max(1, static_cast<int>(::sysconf(_SC_NPROCESSORS_ONLN)));
  limit.affinity = AffinityCount();
  limit.quota = ReadCgroupCpuQuota(root);
  return limit;
}

}  // namespace xtcp2
