#include <algorithm>
#include <charconv>
#include <csignal>
#include <cstdio>

#include "app/commands.h"
#include "app/estimate.h"
#include "app/privileges.h"
#include "base/log.h"
#include "config/output.h"

namespace xtcp2::app {
namespace {

constexpr const char* kUsage =
    "usage: xtcp2 estimate [flags of the daemon] [-polls N]\n"
    "Polls this host as the daemon would with these flags, this environment and this -config file, sends nothing, and\n"
    "prints how much it would be in an hour and in a day, for every format; for the one that is configured also what "
    "zstd\n"
    "leaves of it.\n"
    "  -polls N    polls for each format, from 1 to 1000 (default 2)\n";
constexpr unsigned kMostPolls = 1000;

int Fail(const std::string& what, int code) {
  std::fprintf(stderr, "xtcp2 estimate: %s\n", what.c_str());
  return code;
}

// Takes -polls out of the arguments: the others are the daemon's. False when its value is not allowed.
bool TakePolls(std::vector<std::string>& args, std::string& text, unsigned& polls) {
  for (size_t i = 0; i < args.size();) {
    std::string_view word = args[i];
    while (word.starts_with('-')) word.remove_prefix(1);
    const bool joined = word.starts_with("polls=");
    if (args[i].empty() || args[i][0] != '-' || (word != "polls" && !joined)) {
      ++i;
      continue;
    }
    text = joined ? std::string(word.substr(6)) : i + 1 < args.size() ? args[i + 1] : "";
    const auto begin = args.begin() + static_cast<std::ptrdiff_t>(i);
    args.erase(begin, begin + (joined || i + 1 == args.size() ? 1 : 2));
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), polls);
    if (error != std::errc() || end != text.data() + text.size() || polls == 0 || polls > kMostPolls) return false;
  }
  return true;
}

Result<> CheckRights(const config::Config& config) {
  config::Config counting = config;
  counting.dest = "null";
  counting.user.clear();
  counting.prom_listen = "127.0.0.1:0";  // nobody is to find what listens here
  const Result<Privileges> privileges = Privileges::Of(counting);
  if (!privileges) return tl::unexpected(privileges.error());
  const auto missing = privileges->Check(Privileges::Wanted(counting));
  if (!missing) return tl::unexpected(missing.error());
  for (const std::string& notice : *missing) LogInfo("{}", notice);
  return {};
}

}  // namespace

int EstimateCommand(const std::vector<std::string>& args) {
  std::vector<std::string> flags = args;
  std::string text;
  unsigned polls = 2;
  if (!TakePolls(flags, text, polls))
    return Fail("-polls \"" + text + "\": not allowed; allowed is a whole number from 1 to 1000", kExitUsage);
  config::Parsed parsed = config::Parse(MakeParseInput(flags));
  config::ResolveOutputDefaults(parsed, false);
  if (parsed.mode == config::Mode::kHelp) return std::fputs(kUsage, stdout), kExitOk;
  if (parsed.mode == config::Mode::kSubcommand) return Fail("\"" + flags[0] + "\" is no flag", kExitUsage);
  if (parsed.mode != config::Mode::kRun) return Fail("flags that are no settings have no place here", kExitUsage);
  for (const std::string& error : parsed.errors) Fail(error, kExitUsage);
  if (!parsed.errors.empty()) return kExitUsage;
  SetLogVerbosity(parsed.IsGiven("d") ? parsed.config.debug_level : 1);
  if (Result<> allowed = CheckRights(parsed.config); !allowed) return Fail(allowed.error().Text(), kExitRuntime);
  Result<Signals> signals = Signals::Block();
  if (!signals) return Fail(signals.error().Text(), kExitRuntime);

  BpfPrograms programs;
  std::vector<FormatTotals> totals;
  for (const std::string_view format : encode::FormatNames()) {
    Result<FormatTotals> counted =
        CountPolls(parsed.config, std::string(format), polls, format == parsed.config.marshal, *signals, programs);
    if (!counted) return Fail(counted.error().Text(), kExitRuntime);
    totals.push_back(std::move(*counted));
  }
  std::fputs(EstimateText(totals, polls, parsed.config).c_str(), stdout);
  return kExitOk;
}

}  // namespace xtcp2::app
