// What `xtcp2 doctor` saw of the host, without an opinion: looked at here, judged by report.h. Each thing is looked at
// by itself, so that one that is missing does not hide another. Looking loads the BPF programs for a moment and opens
// sockets, all of which end with it; the host is as before. A second or so, as any user.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "base/result.h"
#include "bpf/prerequisites.h"
#include "bpf/walker.h"
#include "serve/capabilities.h"
#include "serve/cpu_limit.h"

namespace xtcp2::doctor {

// Where to look; tests hand it folders of their own.
struct Places {
  std::string proc = "/proc";
  std::string root = "";  // before the mount points of cgroup file systems
  std::string btf = bpf::kVmlinuxBtf;
  std::string symbols = "/proc/kallsyms";
  std::vector<std::string> mounts = {"/run/netns", "/run/docker/netns"};
  bool load = true;  // BPF programs; no check depends on it, outcomes do
};

inline constexpr uint64_t kNoLimit = ~uint64_t{0};  // RLIM_INFINITY

struct Limit {
  uint64_t soft = kNoLimit, hard = kNoLimit;
};

// How something went that was tried: nothing is good.
using Refusal = std::optional<Error>;

struct BpfFacts {
  bpf::Prerequisites prerequisites;
  bool initial_user_namespace = true;
  Refusal walk = {};  // of loading the walk, or what gives new sockets their cookies
  bpf::Variant variant = bpf::Variant::kTypedLoads;
  size_t walk_bytes = 0;
  Refusal ledger = {};
};

struct NamespaceFacts {
  bool initial_pid_namespace = true;
  std::string hidepid = {};  // the mount option's value where it hides processes
  Refusal proc = {};
  Refusal enter = {};                     // of setns(2) itself, whatever the capabilities
  std::vector<std::string> folders = {};  // of Places::mounts, those that are there
  size_t found = 1, unreadable = 0;       // namespaces; processes that could not be asked for theirs
};

struct LimitFacts {
  Limit files = {}, locked_memory = {};
  bool may_lock_all = false;         // CAP_IPC_LOCK
  size_t ring_bytes = 0;             // what -ioUring locks for each reader
  uint64_t threads_left = kNoLimit;  // until the closest of RLIMIT_NPROC, kernel.threads-max, pids.max
  std::string threads_limit = {};    // which that is
  uint64_t receive_default = 212'992, receive_max = 212'992;  // net.core.rmem_*; bytes
  CpuLimit cpu = {};
};

struct Facts {
  std::string kernel;  // its release
  BpfFacts bpf;
  Refusal dump = {};    // of a sock_diag dump of the own namespace's listeners
  Refusal groups = {};  // of joining the groups of ended sockets
  bool socket = true;   // a sock_diag socket can be opened: without it the two above have the same reason
  Refusal ring = {};    // of an io_uring
  NamespaceFacts namespaces = {};
  CapabilitySet held = 0;
  LimitFacts limits = {};
};

Facts Look(const Places& places = {});

// The parts of Look().
BpfFacts LookAtBpf(const Places& places);
void LookAtNetlink(Facts& facts);
Refusal LookAtRing();
NamespaceFacts LookAtNamespaces(const Places& places);
LimitFacts LookAtLimits(const Places& places);

}  // namespace xtcp2::doctor
