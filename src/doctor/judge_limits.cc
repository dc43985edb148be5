#include <fmt/format.h>

#include "collect/dump.h"
#include "doctor/report.h"

namespace xtcp2::doctor {
namespace {

// Listeners, 64 HTTP connections, BPF maps, a destination, and a socket for each dump in flight.
constexpr uint64_t kFiles = 1024;
constexpr uint64_t kThreads = 64;

std::string Number(uint64_t value) { return value == kNoLimit ? "unlimited" : std::to_string(value); }

Check Make(const char* name, bool ok, std::string found, const char* gives, const char* remedy) {
  return {name, ok ? State::kOk : State::kMissing, std::move(found), gives, ok ? "" : remedy};
}

Check Files(const Limit& limit) {
  return Make("limits.files", limit.hard >= kFiles,
              fmt::format("RLIMIT_NOFILE {} ({} at most, which xtcp2 takes)", Number(limit.soft), Number(limit.hard)),
              "descriptors for many dumps at once and for destinations", "LimitNOFILE=1024 or more (ulimit -Hn)");
}

Check Threads(const LimitFacts& facts) {
  const bool enough = facts.threads_left >= kThreads;
  std::string found = facts.threads_limit.empty() ? "nothing limits the number of threads"
                                                  : "threads are limited by " + facts.threads_limit;
  if (!enough) found += fmt::format(", of which {} are left", facts.threads_left);
  return Make(
      "limits.threads", enough, std::move(found), "reader threads",
      "leave room for 64 (TasksMax= of the unit, --pids-limit of the container, kernel.threads-max, ulimit -u)");
}

// xtcp2 leaves the receive buffer of a netlink socket as the kernel makes it.
Check ReceiveBuffer(const LimitFacts& facts) {
  return Make("limits.receive_buffer", facts.receive_default >= 2 * collect::kMinReceiveBuffer,
              fmt::format("net.core.rmem_default {}, rmem_max {} bytes", facts.receive_default, facts.receive_max),
              "whole netlink answers, and room for events that wait", "sysctl net.core.rmem_default=212992");
}

Check Processors(const CpuLimit& limit) {
  return Make("limits.processors", !limit.quota || *limit.quota >= 1, "processors: " + limit.Text(),
              "polls that are not interrupted until the next period of the quota",
              "a quota of one processor or more (CPUQuota=100%, --cpus 1), or a longer -frequency");
}

}  // namespace

Check CheckLockedMemory(const LimitFacts& facts) {
  const Limit& limit = facts.locked_memory;
  std::string found = fmt::format("RLIMIT_MEMLOCK {} bytes ({} at most), a reader's io_uring takes {}",
                                  Number(limit.soft), Number(limit.hard), facts.ring_bytes);
  if (facts.may_lock_all) found += "; CAP_IPC_LOCK lifts it";
  return Make("limits.locked_memory", facts.may_lock_all || limit.hard >= facts.ring_bytes, std::move(found),
              "-ioUring for each reader thread", "LimitMEMLOCK=64M or more (ulimit -Hl), or CAP_IPC_LOCK");
}

std::vector<Check> CheckLimits(const LimitFacts& facts) {
  return {Files(facts.files), CheckLockedMemory(facts), Threads(facts), ReceiveBuffer(facts), Processors(facts.cpu)};
}

}  // namespace xtcp2::doctor
