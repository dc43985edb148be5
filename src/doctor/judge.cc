#include <fmt/format.h>
#include <linux/capability.h>

#include "doctor/report.h"

namespace xtcp2::doctor {

const char* StateName(State state) {
  switch (state) {
    case State::kOk:
      return "ok";
    case State::kMissing:
      return "missing";
    case State::kUnknown:
      return "unknown";
    case State::kNotWanted:
      return "not_wanted";
  }
  return "";
}

namespace {

std::string Lower(std::string_view name) {
  std::string text(name);
  for (char& c : text) c = static_cast<char>(c >= 'A' && c <= 'Z' ? c - 'A' + 'a' : c);
  return text;
}

// What the options that are on by default use.
bool OnByDefault(const CapabilityRule& rule) {
  CapabilityNeeds needs;
  needs.all_namespaces = needs.marks = true;
  needs.bpf = BpfUse::kWanted;
  for (const CapabilityRule& used : RulesFor(needs))
    if (used.capability == rule.capability) return true;
  return false;
}

}  // namespace

std::vector<Check> CheckHeld(CapabilitySet held) {
  std::vector<Check> checks;
  for (const CapabilityRule& rule : CapabilityRules()) {
    // As in bpf_capable() and perfmon_capable(), include/linux/capability.h.
    const bool admin_does = rule.capability == CAP_BPF || rule.capability == CAP_PERFMON;
    Check check{.name = "capabilities." + Lower(std::string_view(rule.name).substr(4)),
                .gives = std::string(rule.purpose) + (admin_does ? " (CAP_SYS_ADMIN does, too)" : "")};
    if (held >> rule.capability & 1) {
      check.found = std::string(rule.name) + " is held";
    } else {
      check.state = OnByDefault(rule) ? State::kMissing : State::kNotWanted;
      check.found = std::string(rule.name) + " is not held";
      check.remedy = fmt::format(
          "root, setcap {}+ep on the program, AmbientCapabilities={} in the unit, or --cap-add {} for the container; "
          "without: {}",
          Lower(rule.name), rule.name, std::string_view(rule.name).substr(4), rule.without);
    }
    checks.push_back(std::move(check));
  }
  return checks;
}

Report Judge(const Facts& facts, std::string version) {
  Report report;
  report.version = std::move(version);
  report.kernel = facts.kernel;
  const auto add = [&report](std::vector<Check> checks) {
    for (Check& check : checks) report.checks.push_back(std::move(check));
  };
  add(CheckBpf(facts.bpf));
  add(CheckNetlink(facts));
  add(CheckNamespaces(facts.namespaces));
  add(CheckHeld(facts.held));
  add(CheckLimits(facts.limits));
  Conclude(facts, report);
  return report;
}

}  // namespace xtcp2::doctor
