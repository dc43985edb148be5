#include "collect/replay.h"

#include <cstdio>

#include "app/commands.h"
#include "app/settings.h"
#include "app/version.h"
#include "config/help.h"
#include "config/output.h"

namespace xtcp2::app {
namespace {

const std::vector<std::string> kOptions = {"marshal",       "columns",  "fields", "recordEpoch",
                                           "deserializers", "hostname", "label",  "tag",
                                           "location",      "filter",   "sample", "sampleSalt"};
const std::vector<config::OwnFlag> kOwn = {
    {"kernel", false, "release of the kernel that gave the answers, as in 6.18 (default: what the capture says)"}};

constexpr const char* kUsage =
    "usage: xtcp2 replay [flags] FILE...\n"
    "Prints the records of pcapng and pcap captures of netlink traffic, and of the Go program's raw files; - is "
    "standard input.\n";

int Usage(const std::string& problem) {
  std::fprintf(stderr, "xtcp2 replay: %s\n%s", problem.c_str(), kUsage);
  return kExitUsage;
}

}  // namespace

int ReplayCommand(const std::vector<std::string>& args) {
  const config::Parsed parsed = config::ParseSubset(kOptions, kOwn, args);
  if (parsed.mode == config::Mode::kHelp) {
    std::printf("%s%s", kUsage, config::SubsetHelp(kOptions, kOwn).c_str());
    return kExitOk;
  }
  if (!parsed.errors.empty()) return Usage(parsed.errors[0]);
  if (parsed.positional.empty()) return Usage("no capture file was named");
  config::Config config = parsed.config;
  if (!parsed.IsGiven("marshal")) config.marshal = "jsonl";
  Result<encode::EncodeOptions> encode = config::MakeEncodeOptions(config);
  if (!encode) return Usage(encode.error().Text());

  collect::ReplayOptions options;
  options.files = parsed.positional;
  options.sink.encode = std::move(*encode);
  options.sink.locate.wanted = WantedAttributes(config);
  options.filter = MakeFilter(config);
  if (options.filter.NeedsDevices())
    return Usage("-filter names a device, which a capture does not know; give its index instead");
  options.sink.filter_attributes = options.filter.NeededAttributes();
  options.sampler = {config.sample_salt, config::SampleRate(config)};
  if (const auto kernel = parsed.own_flags.find("kernel"); kernel != parsed.own_flags.end()) {
    const auto release = collect::ParseKernelRelease(kernel->second);
    if (!release) return Usage("-kernel: " + release.error().Text());
    options.kernel = *release;
  }
  const std::string daemon_version = DaemonVersion();
  options.facts.schema_version = config.record_epoch;
  options.facts.daemon_version = daemon_version;
  options.facts.hostname = config.hostname;
  options.facts.label = config.label;
  options.facts.tag = config.tag;
  options.facts.location = config.location;
  return collect::Replay(options, [](std::string_view problem) {
    std::fprintf(stderr, "xtcp2 replay: %.*s\n", static_cast<int>(problem.size()), problem.data());
  });
}

}  // namespace xtcp2::app
