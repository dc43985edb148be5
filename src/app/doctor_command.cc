#include <cstdio>

#include <fmt/format.h>

#include "app/commands.h"
#include "app/version.h"
#include "config/help.h"
#include "doctor/report.h"

namespace xtcp2::app {
namespace {

constexpr const char* kUsage =
    "usage: xtcp2 doctor [-json]\n"
    "Prints what this host and this user allow, a line for each thing that xtcp2 can use, what each missing one would\n"
    "give and how to get it; then what follows, and which collector -collector auto would take. Nothing is changed.\n"
    "Exit code 0: sockets can be collected, 1: none, 2: wrong use.\n";
const std::vector<config::OwnFlag> kOwn = {{"json", true, "for programs: one JSON object (docs/doctor.md)"}};

int Usage(const std::string& problem) {
  std::fprintf(stderr, "xtcp2 doctor: %s\n%s", problem.c_str(), kUsage);
  return kExitUsage;
}

}  // namespace

int DoctorCommand(const std::vector<std::string>& args) {
  const config::Parsed parsed = config::ParseSubset({}, kOwn, args);
  if (parsed.mode == config::Mode::kHelp) {
    std::printf("%s%s", kUsage, config::SubsetHelp({}, kOwn).c_str());
    return kExitOk;
  }
  if (!parsed.errors.empty()) return Usage(parsed.errors[0]);
  if (!parsed.positional.empty()) return Usage("\"" + parsed.positional[0] + "\" is no flag");
  const auto json = parsed.own_flags.find("json");
  const doctor::Report report = doctor::Judge(doctor::Look(), fmt::format("{} ({})", Version(), Commit()));
  std::fputs((json != parsed.own_flags.end() && json->second == "true" ? Json(report) : Text(report)).c_str(), stdout);
  if (std::fflush(stdout) != 0) return kExitRuntime;
  return report.CanPoll() ? kExitOk : kExitRuntime;
}

}  // namespace xtcp2::app
