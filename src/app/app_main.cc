#include <unistd.h>

#include <cstdio>

#include "app/commands.h"
#include "app/version.h"
#include "config/differences.h"
#include "config/help.h"
#include "config/output.h"
#include "config/show.h"
#include "serve/healthcheck.h"
#include "ship/spec.h"

namespace xtcp2::app {
namespace {

void Print(const std::string& text) {
  std::fputs(text.c_str(), stdout);
  std::fflush(stdout);
}

int ReportErrors(const std::vector<std::string>& errors) {
  for (const std::string& error : errors) std::fprintf(stderr, "xtcp2: %s\n", error.c_str());
  std::fputs("xtcp2: -help lists the flags, docs/flags.md explains them\n", stderr);
  return kExitUsage;
}

int Subcommand(const std::string& name, const std::vector<std::string>& rest) {
  if (name == "schema") return SchemaCommand(rest);
  if (name == "replay") return ReplayCommand(rest);
  if (name == "bench") return BenchCommand(rest);
  if (name == "estimate") return EstimateCommand(rest);
  if (name == "coverage") return CoverageCommand(rest);
  if (name == "doctor") return DoctorCommand(rest);
  return ReportErrors(
      {"there is no command \"" + name +
       "\"; there are schema, replay, bench, estimate, coverage and doctor, and without a command the daemon runs"});
}

int ConfigCheck(const config::Parsed& parsed) {
  const std::vector<std::string> host = config::CheckHost(parsed);
  Print(config::ConfigCheckText(parsed, host));
  return parsed.errors.empty() && host.empty() ? kExitOk : kExitUsage;
}

}  // namespace

config::ParseInput MakeParseInput(const std::vector<std::string>& args) {
  config::ParseInput input;
  input.args = args;
  input.environment = config::ProcessEnvironment();
  input.read_file = config::ReadWholeFile;
  input.check_dest = [](std::string_view dest) -> Result<> {
    if (const auto spec = ship::ParseDest(dest); !spec) return tl::unexpected(spec.error());
    return {};
  };
  return input;
}

int Main(const std::vector<std::string>& args) {
  config::Parsed parsed = config::Parse(MakeParseInput(args));
  config::ResolveOutputDefaults(parsed, isatty(STDOUT_FILENO) == 1);
  switch (parsed.mode) {
    case config::Mode::kSubcommand:
      return Subcommand(parsed.subcommand, {args.begin() + 1, args.end()});
    case config::Mode::kHelp:
      Print(config::HelpText());
      return kExitOk;
    case config::Mode::kVersion:
      Print("xtcp2 " + DaemonVersion() + "\n");
      return kExitOk;
    case config::Mode::kConf:
      Print(config::ConfText(parsed));
      return parsed.errors.empty() ? kExitOk : ReportErrors(parsed.errors);
    case config::Mode::kConfigCheck:
      return ConfigCheck(parsed);
    default:
      break;
  }
  if (!parsed.errors.empty()) return ReportErrors(parsed.errors);
  if (parsed.mode == config::Mode::kHealthcheck) return RunHealthcheck(parsed.config.prom_listen);
  return RunDaemon(args, std::move(parsed));
}

}  // namespace xtcp2::app
