#include "serve/capabilities.h"

#include <fmt/format.h>
#include <sys/capability.h>

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
};

// net.ipv4.ip_unprivileged_port_start, which holds for IPv6 too (inet6_bind in net/ipv6/af_inet6.c).
unsigned FirstFreePort(const std::string& proc) {
  unsigned port = 1024;
  std::ifstream(proc + "/sys/net/ipv4/ip_unprivileged_port_start") >> port;
  return port;
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
    default:
      return false;
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
    rules.push_back(rule);
  }
  return rules;
}

CapabilitySet KeptCapabilities(const CapabilityNeeds& needs) {
  CapabilitySet kept = 0;
  for (const CapabilityRule& rule : RulesFor(needs))
    if (rule.kept) kept |= CapabilitySet{1} << rule.capability;
  return kept;
}

CapabilitySet EffectiveCapabilities() {
  const std::unique_ptr<_cap_struct, int (*)(void*)> own(cap_get_proc(), cap_free);
  CapabilitySet set = 0;
  for (int capability = 0; own && capability < cap_max_bits(); ++capability) {
    cap_flag_value_t on = CAP_CLEAR;
    if (cap_get_flag(own.get(), capability, CAP_EFFECTIVE, &on) == 0 && on == CAP_SET)
      set |= CapabilitySet{1} << capability;
  }
  return set;
}

}  // namespace xtcp2
