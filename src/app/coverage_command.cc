#include <cstdio>

#include "app/commands.h"
#include "config/output.h"
#include "serve/http_get.h"

namespace xtcp2::app {
namespace {

constexpr const char* kUsage =
    "usage: xtcp2 coverage [-json] [-by namespaces|ports] [-promListen ADDRESS] [-config FILE]\n"
    "Asks the running daemon what share of the host's connections its ledger (-ledger) has, and why not all.\n"
    "  -json    as JSON\n"
    "  -by      every namespace instead of the ten worst, or counts by port\n";
constexpr std::chrono::seconds kLimit{10};
constexpr size_t kMostBytes = 256 << 20;

int Fail(const std::string& what, int code) {
  std::fprintf(stderr, "xtcp2 coverage: %s\n", what.c_str());
  return code;
}

// Takes the command's own flags out of the arguments; the others are the daemon's. False: -by has a wrong value.
bool TakeOwn(std::vector<std::string>& args, bool& json, std::string& by) {
  std::vector<std::string> rest;
  for (size_t i = 0; i < args.size(); ++i) {
    std::string_view word = args[i];
    while (word.starts_with('-')) word.remove_prefix(1);
    const bool flag = word.size() != args[i].size();
    if (flag && word == "json") {
      json = true;
    } else if (flag && word.starts_with("by=")) {
      by = word.substr(3);
    } else if (flag && word == "by") {
      by = i + 1 < args.size() ? args[++i] : "nothing";
    } else {
      rest.push_back(args[i]);
    }
  }
  args = std::move(rest);
  return by.empty() || by == "namespaces" || by == "ports";
}

int Ask(const ListenAddress& address, const std::string& path) {
  if (address.port == 0) return Fail("-promListen " + address.Text() + ": to ask a daemon takes its port", kExitUsage);
  const std::string url = UrlAt(address, path);
  const Result<HttpAnswer> answer = HttpGet(url, kLimit, kMostBytes);
  if (!answer) return Fail(answer.error().Text() + "; is the daemon running, and -promListen the same?", kExitRuntime);
  if (answer->status != 200)
    return Fail(url + ": " + std::to_string(answer->status) + " " + answer->body, kExitRuntime);
  std::fputs(answer->body.c_str(), stdout);
  return kExitOk;
}

}  // namespace

int CoverageCommand(const std::vector<std::string>& args) {
  std::vector<std::string> flags = args;
  std::string by;
  bool json = false;
  if (!TakeOwn(flags, json, by)) return Fail("-by \"" + by + "\": allowed are namespaces and ports", kExitUsage);
  config::Parsed parsed = config::Parse(MakeParseInput(flags));
  if (parsed.mode == config::Mode::kHelp) return std::fputs(kUsage, stdout), kExitOk;
  if (parsed.mode == config::Mode::kSubcommand) return Fail("\"" + flags[0] + "\" is no flag", kExitUsage);
  for (const std::string& error : parsed.errors) Fail(error, kExitUsage);
  if (!parsed.errors.empty()) return kExitUsage;
  const auto address = ParseListenAddress(parsed.config.prom_listen, "-promListen");
  if (!address) return Fail(address.error().Text(), kExitUsage);
  return Ask(*address, "/coverage" + (by.empty() ? "" : "/" + by) + (json ? "" : ".txt"));
}

}  // namespace xtcp2::app
