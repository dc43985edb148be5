// With which flags the daemon is run.
#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <filesystem>
#include <iterator>

#include "bench/collectors.h"
#include "bench/daemon_process.h"
#include "bench/ports.h"
#include "config/parse.h"

namespace xtcp2::bench {
namespace {

constexpr const char* kOurs[] = {
    "collector", "dest",     "marshal", "promListen",          "promPath",          "maxLoops", "pollJitterPct",
    "netnsDirs", "procRoot", "netns",   "destFileRotateBytes", "destFileRotateKeep"};
constexpr const char* kKeptBytes = "67108864";  // of output in memory, before it is rotated away

config::Parsed ParseFlags(const std::vector<std::string>& flags) {
  config::ParseInput input;
  input.args = flags;
  input.read_file = config::ReadWholeFile;
  return config::Parse(input);
}

}  // namespace

std::vector<std::string> CheckDaemonFlags(const std::vector<std::string>& flags) {
  const config::Parsed parsed = ParseFlags(flags);
  std::vector<std::string> errors;
  if (parsed.mode != config::Mode::kRun)
    errors.emplace_back("behind -- there may be flags for a daemon that runs, and nothing else");
  for (const std::string& error : parsed.errors) errors.push_back("behind --: " + error);
  if (!errors.empty()) return errors;
  for (const char* flag : kOurs)
    if (parsed.IsGiven(flag)) errors.push_back(fmt::format("behind --: flag -{} is the bench's own to give", flag));
  return errors;
}

std::optional<double> GivenFrequency(const std::vector<std::string>& flags) {
  const config::Parsed parsed = ParseFlags(flags);
  if (!parsed.IsGiven("frequency")) return std::nullopt;
  return std::chrono::duration<double>(parsed.config.poll_frequency).count();
}

// A walk in BPF sees the namespaces of the whole host; rows are wanted of those of the load only (bench/places.h).
std::vector<std::string> SelectionFlags(const std::vector<std::string>& flags) {
  if (ParseFlags(flags).IsGiven("netnsInclude")) return {};
  return {"-netnsInclude", "default,load-*,empty-*"};
}

std::vector<std::string> DaemonFlags(const Stage& stage, const BenchOptions& options, const DaemonSpec& spec) {
  std::vector<std::string> out = {"-marshal",
                                  spec.format,
                                  "-promListen",
                                  fmt::format("127.0.0.1:{}", kMetricsPort),
                                  "-pollJitterPct",
                                  "0",
                                  "-netnsDirs",
                                  stage.netns_folder,
                                  "-d",
                                  "10"};
  const auto add = [&out](const std::vector<std::string>& more) { out.insert(out.end(), more.begin(), more.end()); };
  if (options.dest == "null")
    add({"-dest", "null"});
  else
    add({"-dest", "file:" + FreshOutput(stage) + "/rows", "-destFileRotateBytes", kKeptBytes, "-destFileRotateKeep",
         "1"});
  if (!spec.period_given) {
    const auto ms = static_cast<uint64_t>(std::ceil(spec.period_s * 1000));
    add({"-frequency", fmt::format("{}ms", ms), "-timeout", fmt::format("{}ms", ms - 1)});
  }
  add(SelectionFlags(options.daemon_flags));
  add(CollectorFlags(spec.collector));
  add(options.daemon_flags);
  return out;
}

std::string OwnProgram() { return "/proc/self/exe"; }

std::vector<std::string> PlainEnvironment() {
  std::vector<std::string> out;
  for (const auto& [name, value] : config::ProcessEnvironment())
    if (name == "PATH" || name == "HOME" || name.ends_with("SAN_OPTIONS"))
      out.push_back(fmt::format("{}={}", name, value));
  return out;
}

std::string FreshOutput(const Stage& stage) {
  const std::string folder = stage.folder + "/out";
  std::error_code ignored;
  std::filesystem::remove_all(folder, ignored);
  std::filesystem::create_directory(folder, ignored);
  return folder;
}

}  // namespace xtcp2::bench
