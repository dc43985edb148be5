#include <fmt/format.h>

#include "doctor/report.h"

namespace xtcp2::doctor {
namespace {

std::string_view GroupOf(const Check& check) { return std::string_view(check.name).substr(0, check.name.find('.')); }

std::string_view Title(std::string_view group) {
  constexpr std::pair<std::string_view, std::string_view> kTitles[] = {{"bpf", "BPF"},
                                                                       {"netlink", "Netlink"},
                                                                       {"io_uring", "io_uring"},
                                                                       {"namespaces", "Network namespaces"},
                                                                       {"capabilities", "Capabilities"},
                                                                       {"limits", "Limits"}};
  for (const auto& [name, title] : kTitles)
    if (name == group) return title;
  return group;
}

std::string Line(const Check& check) {
  const std::string_view state = check.state == State::kNotWanted ? "-" : StateName(check.state);
  std::string line = fmt::format("  {:<8} {:<31} {}", state, check.name, check.found);
  if (check.state == State::kOk || check.state == State::kUnknown) return line;
  return line + fmt::format("; it would give: {}; remedy: {}", check.gives, check.remedy);
}

std::string LastLine(const Report& report) {
  switch (report.collector) {
    case Collector::kBpf:
      return "-collector auto takes bpf: " + report.reason;
    case Collector::kNetlink:
      return "-collector auto takes netlink: " + report.reason;
    case Collector::kNone:
      break;
  }
  return "nothing can be collected here: " + report.reason;
}

}  // namespace

std::string Text(const Report& report) {
  std::string out = fmt::format("xtcp2 {} on Linux {}\n", report.version, report.kernel);
  std::string_view group;
  for (const Check& check : report.checks) {
    if (GroupOf(check) != group) out += fmt::format("\n{}\n", Title(group = GroupOf(check)));
    out += Line(check) + '\n';
  }
  out += "\nWhat follows\n";
  for (const Outcome& outcome : report.outcomes)
    out += fmt::format("  {:<8} {:<31} {}\n", outcome.yes ? "yes" : "no", outcome.name, outcome.text);
  return out + '\n' + LastLine(report) + '\n';
}

}  // namespace xtcp2::doctor
