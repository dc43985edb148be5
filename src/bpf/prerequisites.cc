#include "bpf/prerequisites.h"

#include <linux/capability.h>

namespace xtcp2::bpf {
namespace {

Finding Met(Need need, std::string state) { return {need, true, std::move(state), ""}; }
Finding Missing(Need need, std::string state, std::string remedy) {
  return {need, false, std::move(state), std::move(remedy)};
}

bool Has(uint64_t capabilities, int capability) { return capabilities >> capability & 1; }

struct Rights {
  bool bpf, perfmon, admin, initial;
  bool enough() const { return initial && (admin || (bpf && perfmon)); }
};

Finding CheckSyscall(int code, const Rights& rights) {
  constexpr const char* kRemedy =
      "allow bpf (profile of the container runtime, SystemCallFilter=bpf of the systemd unit)";
  if (code == EPERM && !rights.enough())
    return Missing(Need::kSyscall, "bpf(2) is refused, for want of a capability or by a seccomp filter",
                   std::string("give CAP_BPF and CAP_PERFMON, and ") + kRemedy);
  switch (code) {
    case EPERM:
    case EACCES:
      return Missing(Need::kSyscall, "bpf(2) is refused by a seccomp filter", kRemedy);
    case kKilled:
      return Missing(Need::kSyscall, "a seccomp filter ends a process that calls bpf(2)", kRemedy);
    case ENOSYS:
      return Missing(Need::kSyscall, "this kernel has no bpf(2), or a seccomp filter hides it",
                     std::string(kRemedy) + ", or take a kernel with CONFIG_BPF_SYSCALL");
    default:
      return Met(Need::kSyscall, "bpf(2) can be called");
  }
}

Finding CheckRights(const Rights& rights) {
  if (!rights.initial)
    return Missing(Need::kRights,
                   "capabilities of a user namespace of its own (rootless container) do not count for BPF",
                   "run xtcp2 in the host's user namespace");
  if (rights.bpf && rights.perfmon) return Met(Need::kRights, "CAP_BPF and CAP_PERFMON");
  if (rights.admin) return Met(Need::kRights, "CAP_SYS_ADMIN, which includes CAP_BPF and CAP_PERFMON");
  const char* lacking = rights.bpf ? "CAP_PERFMON is" : rights.perfmon ? "CAP_BPF is" : "CAP_BPF and CAP_PERFMON are";
  return Missing(Need::kRights, std::string(lacking) + " missing",
                 "run as root, or \"setcap cap_bpf,cap_perfmon+ep\" on the program, or \"AmbientCapabilities=CAP_BPF "
                 "CAP_PERFMON\" in the systemd unit");
}

Finding CheckTypes(const Result<KernelTypes>& types) {
  if (types) return Met(Need::kTypes, "the kernel tells its types (BTF)");
  const bool full = types.error().code == EMFILE || types.error().code == ENFILE;
  return Missing(Need::kTypes, "the kernel does not tell its types (BTF): " + types.error().Text(),
                 full ? "raise LimitNOFILE= (ulimit -n)"
                      : "a kernel with CONFIG_DEBUG_INFO_BTF=y is needed, and /sys mounted in the container");
}

Finding OfTypes(Need need, const Result<KernelTypes>& types, bool KernelTypes::* member, const char* what,
                const char* remedy) {
  if (!types)
    return {need, false, std::string(what) + ": not known without the kernel's types", "see the kernel's types", false};
  if ((*types).*member) return Met(need, std::string(what) + ": there");
  return Missing(need, std::string(what) + ": this kernel has none", remedy);
}

Finding CheckBulkReads(const std::string& lockdown) {
  if (lockdown == "confidentiality")
    return Missing(
        Need::kBulkReads, "lockdown is \"confidentiality\": programs may not read the kernel's memory in bulk",
        "start the kernel with lockdown=integrity or none, or take one with typed loads (Linux 6.2 or later)");
  return Met(Need::kBulkReads,
             lockdown.empty() ? "the kernel tells of no lockdown" : "lockdown is \"" + lockdown + '"');
}

}  // namespace

Prerequisites CheckPrerequisites(Host& host) {
  const uint64_t held = host.Capabilities();
  const Rights rights{Has(held, CAP_BPF), Has(held, CAP_PERFMON), Has(held, CAP_SYS_ADMIN),
                      host.InInitialUserNamespace()};
  const Result<KernelTypes> types = host.Types();
  const Result<KernelTypes> functions = types ? types : host.Symbols();
  return Prerequisites({
      CheckSyscall(host.TryBpf(), rights),
      CheckTypes(types),
      CheckRights(rights),
      OfTypes(Need::kLoops, functions, &KernelTypes::loops, "loops in BPF (bpf_loop)", "Linux 5.17 or later is needed"),
      OfTypes(Need::kTestRun, functions, &KernelTypes::test_run, "calling a raw tracepoint program",
              "Linux 5.10 or later with CONFIG_NET is needed"),
      OfTypes(Need::kTypedLoads, functions, &KernelTypes::typed_loads, "typed loads (bpf_rdonly_cast)",
              "Linux 6.2 or later is needed; bulk reads do without"),
      CheckBulkReads(host.Lockdown()),
      OfTypes(Need::kStateEvents, functions, &KernelTypes::state_events, "tracepoint inet_sock_set_state",
              "a kernel with CONFIG_TRACEPOINTS and this tracepoint's type in its BTF is needed"),
  });
}

const Finding* Prerequisites::FirstMissing() const {
  for (const Need need :
       {Need::kSyscall, Need::kTypes, Need::kRights, Need::kLoops, Need::kTestRun, Need::kStateEvents})
    if (!met(need)) return &(*this)[need];
  // Without typed loads an old kernel is no reason while bulk reads are allowed.
  return met(Need::kTypedLoads) || met(Need::kBulkReads) ? nullptr : &(*this)[Need::kBulkReads];
}

const Finding* Prerequisites::FirstMissingOfLedger() const {
  for (const Need need : {Need::kSyscall, Need::kTypes, Need::kRights, Need::kStateEvents, Need::kBulkReads})
    if (!met(need)) return &(*this)[need];
  return nullptr;
}

}  // namespace xtcp2::bpf
