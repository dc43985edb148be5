// What this process and its cgroup may use.
#include <fmt/format.h>
#include <linux/capability.h>
#include <sys/resource.h>
#include <unistd.h>

#include <fstream>

#include "collect/dump_ring.h"
#include "doctor/facts.h"
#include "serve/cgroup.h"

namespace xtcp2::doctor {
namespace {

Limit Read(__rlimit_resource resource) {
  rlimit limit{};
  if (::getrlimit(resource, &limit) != 0) return {};
  return {limit.rlim_cur, limit.rlim_max};  // RLIM_INFINITY is kNoLimit
}

std::optional<uint64_t> Number(const std::string& path) {
  uint64_t value = 0;
  return std::ifstream(path) >> value ? std::optional(value) : std::nullopt;  // "max": none
}

// Tasks of the host, as in the fourth word of /proc/loadavg, "1/234".
uint64_t Tasks(const std::string& proc) {
  std::ifstream file(proc + "/loadavg");
  std::string word;
  for (int i = 0; i < 4; ++i) file >> word;
  const size_t slash = word.find('/');
  return slash == std::string::npos ? 0 : std::strtoull(word.c_str() + slash + 1, nullptr, 10);
}

void Lower(LimitFacts& facts, uint64_t limit, uint64_t used, const std::string& name) {
  const uint64_t left = limit > used ? limit - used : 0;
  if (left >= facts.threads_left) return;
  facts.threads_left = left;
  facts.threads_limit = fmt::format("{} {}", name, limit);
}

void LookAtThreads(LimitFacts& facts, const Places& places) {
  if (const auto most = Number(places.proc + "/sys/kernel/threads-max"))
    Lower(facts, *most, Tasks(places.proc), "kernel.threads-max");
  ForEachOwnCgroup(places.root, "pids", [&](const Cgroup& group) {
    if (const auto most = Number(group.folder + "/pids.max"))
      Lower(facts, *most, Number(group.folder + "/pids.current").value_or(0), "pids.max of the cgroup");
  });
  // The superuser is exempt (copy_process() in kernel/fork.c); how many threads the user has is not counted anywhere.
  const Limit user = Read(RLIMIT_NPROC);
  if (::getuid() != 0 && user.soft != kNoLimit) Lower(facts, user.soft, 0, "RLIMIT_NPROC");
}

}  // namespace

LimitFacts LookAtLimits(const Places& places) {
  LimitFacts facts;
  facts.files = Read(RLIMIT_NOFILE);
  facts.locked_memory = Read(RLIMIT_MEMLOCK);
  facts.may_lock_all = EffectiveCapabilities() >> CAP_IPC_LOCK & 1;
  facts.ring_bytes = collect::RequiredBytes(collect::RingRunnerOptions{});
  LookAtThreads(facts, places);
  facts.receive_default = Number(places.proc + "/sys/net/core/rmem_default").value_or(facts.receive_default);
  facts.receive_max = Number(places.proc + "/sys/net/core/rmem_max").value_or(facts.receive_max);
  facts.cpu = ReadCpuLimit(places.root);
  return facts;
}

}  // namespace xtcp2::doctor
