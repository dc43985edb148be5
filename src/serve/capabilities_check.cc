// The words of the capability check (capabilities.h).
#include <fmt/format.h>

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

std::string HowToDoWithout(const CapabilityRule& rule, const CapabilityNeeds& needs) {
  std::string text = rule.without;
  if (rule.capability == CapabilityRules()[0].capability && !needs.own_namespace_option.empty())
    text += fmt::format(" ({})", needs.own_namespace_option);
  return text;
}

// All that this configuration uses, the optional ones too: nobody wants to be told the rest at the next start.
std::string HowToGive(const std::vector<CapabilityRule>& rules) {
  return fmt::format(
      "To give what this configuration uses: run as root, or \"setcap {}+ep\" on the program, or "
      "\"AmbientCapabilities={}\" in the systemd unit",
      Lower(Join(rules, ",")), Join(rules, " "));
}

}  // namespace

Result<std::vector<std::string>> CheckCapabilities(const CapabilityNeeds& needs, CapabilitySet effective,
                                                   const std::string& proc) {
  const std::vector<CapabilityRule> rules = RulesFor(needs, proc);
  std::string missing;
  std::vector<std::string> notices;
  for (const CapabilityRule& rule : rules) {
    if (Has(effective, rule)) continue;
    if (rule.required)
      missing += fmt::format("{} is missing: it {}; or {}. ", rule.name, rule.purpose, HowToDoWithout(rule, needs));
    else
      notices.push_back(fmt::format("{} is missing ({}): {}", rule.name, rule.purpose, rule.without));
  }
  if (!missing.empty()) return Fail(missing + HowToGive(rules));
  return notices;
}

}  // namespace xtcp2
