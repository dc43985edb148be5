#include "serve/capabilities.h"

#include <fmt/format.h>
#include <sys/capability.h>

#include <algorithm>
#include <fstream>
#include <memory>

namespace xtcp2 {

namespace {

constexpr CapabilityRule kRules[] = {
    {CAP_SYS_ADMIN, "CAP_SYS_ADMIN", true, true, "enters other network namespaces (setns)",
     "collect the own namespace only"},
    {CAP_SYS_PTRACE, "CAP_SYS_PTRACE", false, true,
     "opens /proc/<pid>/ns/net of processes that have another user or more capabilities than xtcp2",
     "a namespace that only such processes hold is not collected, unless it has a name below /run/netns"},
    {CAP_NET_ADMIN, "CAP_NET_ADMIN", false, true, "makes the kernel tell socket marks",
     "the mark is reported as not given; leave \"mark\" out of -deserializers to do without"},
    {CAP_NET_BIND_SERVICE, "CAP_NET_BIND_SERVICE", true, false,
     "listens on a port that net.ipv4.ip_unprivileged_port_start reserves", "choose a higher port"},
    {CAP_DAC_OVERRIDE, "CAP_DAC_OVERRIDE", true, true,
     "reopens and rotates a file whose permissions do not admit the user that xtcp2 runs as",
     "give the file's folder to that user"},
    {CAP_DAC_READ_SEARCH, "CAP_DAC_READ_SEARCH", true, true,
     "reads a file again whose permissions do not admit the user that xtcp2 runs as",
     "make the file readable for that user"},
    {CAP_BPF, "CAP_BPF", false, false, "loads the BPF programs that read the sockets of all namespaces in one pass",
     "netlink collects (-collector netlink)"},
    {CAP_PERFMON, "CAP_PERFMON", false, false, "lets these programs read the kernel's memory",
     "netlink collects (-collector netlink)"},
    {CAP_SETUID, "CAP_SETUID", true, false, "becomes the user of -user", "start xtcp2 as that user, without -user"},
    {CAP_SETGID, "CAP_SETGID", true, false, "takes the groups of the user of -user",
     "start xtcp2 as that user, without -user"},
};

CapabilitySet Bit(int capability) { return CapabilitySet{1} << capability; }

// net.ipv4.ip_unprivileged_port_start, which holds for IPv6 too (inet6_bind in net/ipv6/af_inet6.c).
unsigned FirstFreePort(const std::string& proc) {
  unsigned port = 1024;
  std::ifstream(proc + "/sys/net/ipv4/ip_unprivileged_port_start") >> port;
  return port;
}

bool BeforeLoading(const CapabilityNeeds& needs) {
  return needs.bpf == BpfUse::kWanted || needs.bpf == BpfUse::kRequired;
}

bool Applies(const CapabilityRule& rule, const CapabilityNeeds& needs, unsigned first_free_port) {
  switch (rule.capability) {
    case CAP_SYS_ADMIN:
    case CAP_SYS_PTRACE:
      return needs.all_namespaces;
    case CAP_NET_ADMIN:
      return needs.marks || needs.mark_filter;
    case CAP_NET_BIND_SERVICE:
      return needs.lowest_listen_port > 0 && needs.lowest_listen_port < first_free_port;
    case CAP_DAC_OVERRIDE:
      return needs.file_reopen_needs_dac;
    case CAP_DAC_READ_SEARCH:
      return needs.config_reread_needs_dac;
    case CAP_BPF:
      return BeforeLoading(needs) || (needs.bpf == BpfUse::kLoaded && needs.bpf_runs_with_capability);
    case CAP_PERFMON:
      return BeforeLoading(needs);
    case CAP_SETUID:
    case CAP_SETGID:
      return needs.becomes_user;
    default:
      return false;
  }
}

// What netlink needs is optional where BPF reads the sockets: netlink then only compares, and takes over when the two
// differ.
void SoftenForBpf(CapabilityRule& rule, const CapabilityNeeds& needs) {
  switch (rule.capability) {
    case CAP_SYS_ADMIN:
      rule.required = false;
      rule.without =
          "BPF's rows are compared with netlink's in the own namespace only, the only one that netlink could take over";
      break;
    case CAP_SYS_PTRACE:
      rule.without = "a namespace that only such processes hold has its inode number for a name";
      break;
    case CAP_NET_ADMIN:
      rule.required = false;
      rule.without = "BPF tells marks all the same; netlink, where it has to take over, does not";
      break;
    case CAP_BPF:
      rule.required = needs.bpf == BpfUse::kRequired || needs.bpf == BpfUse::kLoaded;
      rule.kept = needs.bpf_runs_with_capability;
      break;
    case CAP_PERFMON:
      rule.required = needs.bpf == BpfUse::kRequired;
      break;
    default:
      break;
  }
}

}  // namespace

std::span<const CapabilityRule> CapabilityRules() { return kRules; }

std::vector<CapabilityRule> RulesFor(const CapabilityNeeds& needs, const std::string& proc) {
  const unsigned first_free_port = FirstFreePort(proc);
  std::vector<CapabilityRule> rules;
  for (CapabilityRule rule : kRules) {
    if (!Applies(rule, needs, first_free_port)) continue;
    if (rule.capability == CAP_NET_ADMIN && needs.mark_filter) {
      rule.required = true;
      rule.without = "leave fwmark out of -filter";
    }
    if (needs.bpf != BpfUse::kNone) SoftenForBpf(rule, needs);
    rules.push_back(rule);
  }
  return rules;
}

CapabilitySet KeptCapabilities(const CapabilityNeeds& needs) {
  CapabilitySet kept = 0;
  if (needs.becomes_user) return kept;
  for (const CapabilityRule& rule : RulesFor(needs))
    if (rule.kept) kept |= Bit(rule.capability);
  return kept;
}

bool MayLoadBpf(CapabilitySet effective) {
  constexpr int kBoth[] = {CAP_BPF, CAP_PERFMON};
  return (effective & Bit(CAP_SYS_ADMIN)) != 0 ||
         std::ranges::all_of(kBoth, [&](int capability) { return (effective & Bit(capability)) != 0; });
}

CapabilitySet EffectiveCapabilities() {
  const std::unique_ptr<_cap_struct, int (*)(void*)> own(cap_get_proc(), cap_free);
  CapabilitySet set = 0;
  for (int capability = 0; own && capability < cap_max_bits(); ++capability) {
    cap_flag_value_t on = CAP_CLEAR;
    if (cap_get_flag(own.get(), capability, CAP_EFFECTIVE, &on) == 0 && on == CAP_SET) set |= Bit(capability);
  }
  return set;
}

}  // namespace xtcp2
