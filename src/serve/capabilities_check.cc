// The words of the capability check (capabilities.h).
#include <fmt/format.h>
#include <sys/capability.h>

#include <algorithm>

#include "serve/capabilities.h"

namespace xtcp2 {

namespace {

bool Has(CapabilitySet set, const CapabilityRule& rule) { return set >> rule.capability & 1; }

std::string Join(const std::vector<CapabilityRule>& rules, std::string_view between) {
  std::string text;
  for (const CapabilityRule& rule : rules) text.append(text.empty() ? "" : between).append(rule.name);
  return text;
}

std::string Lower(std::string text) {
  for (char& c : text) c = static_cast<char>(c >= 'A' && c <= 'Z' ? c - 'A' + 'a' : c);
  return text;
}

// CAP_SYS_ADMIN is as good as CAP_BPF and CAP_PERFMON.
bool Served(CapabilitySet set, const CapabilityRule& rule) {
  if (rule.capability == CAP_BPF || rule.capability == CAP_PERFMON) return Has(set, rule) || MayLoadBpf(set);
  return Has(set, rule);
}

// A host where BPF cannot be loaded, or its programs not be called after start, is one where netlink has to collect.
CapabilityNeeds Resolve(CapabilityNeeds needs, CapabilitySet effective) {
  const bool lost_later = needs.becomes_user && needs.bpf_runs_with_capability;
  if (needs.bpf == BpfUse::kWanted && (!MayLoadBpf(effective) || lost_later)) needs.bpf = BpfUse::kNone;
  return needs;
}

std::string HowToDoWithout(const CapabilityRule& rule, const CapabilityNeeds& asked, const CapabilityNeeds& needs) {
  std::string text = rule.without;
  if (rule.capability == CAP_SYS_ADMIN && rule.required) {
    if (!needs.own_namespace_option.empty()) text += fmt::format(" ({})", needs.own_namespace_option);
    if (asked.bpf != needs.bpf && !asked.becomes_user)
      text += ", or give CAP_BPF and CAP_PERFMON, with which BPF reads all namespaces and enters none";
  }
  return text;
}

// All that this configuration uses, the optional ones too: nobody wants to be told the rest at the next start.
std::string HowToGive(const std::vector<CapabilityRule>& rules) {
  return fmt::format(
      "To give what this configuration uses: run as root, or \"setcap {}+ep\" on the program, or "
      "\"AmbientCapabilities={}\" in the systemd unit",
      Lower(Join(rules, ",")), Join(rules, " "));
}

constexpr const char* kAsThatUser =
    "To be that user and keep capabilities, let systemd start xtcp2 so: User= and AmbientCapabilities= in the unit, "
    "without -user";

}  // namespace

Result<std::vector<std::string>> CheckCapabilities(const CapabilityNeeds& asked, CapabilitySet effective,
                                                   const std::string& proc) {
  const CapabilityNeeds needs = Resolve(asked, effective);
  const std::vector<CapabilityRule> rules = RulesFor(needs, proc);
  std::string missing, lost;
  std::vector<std::string> notices;
  for (const CapabilityRule& rule : rules) {
    const bool given_up = needs.becomes_user && rule.kept;
    if (Served(effective, rule) && !given_up) continue;
    const std::string without = HowToDoWithout(rule, asked, needs);
    if (!rule.required)
      notices.push_back(fmt::format("{} is {} ({}): {}", rule.name, given_up ? "given up for -user" : "missing",
                                    rule.purpose, without));
    else if (given_up)
      lost += fmt::format("-user gives up {}, which xtcp2 needs after start: it {}; or {}. ", rule.name, rule.purpose,
                          without);
    else
      missing += fmt::format("{} is missing: it {}; or {}. ", rule.name, rule.purpose, without);
  }
  if (!missing.empty()) return Fail(missing + lost + HowToGive(rules));
  if (!lost.empty()) return Fail(lost + kAsThatUser);
  return notices;
}

}  // namespace xtcp2
