#include "config/table.h"

#include <algorithm>

#include "base/check.h"
#include "config/rows.h"
#include "config/value.h"
#include "filter/sampler.h"
#include "schema/table.h"

namespace xtcp2::config {
namespace {

// By group, so that -help, -conf and the page show them alike; within a group as written.
std::vector<Option> Joined() {
  std::vector<Option> all;
  for (int group = 0; group <= static_cast<int>(Group::kLater); ++group)
    for (const auto rows : {CollectRows(), SelectRows(), UringRows(), BpfRows(), OutputRows(), SpoolRows(),
                            ProgramRows(), KafkaRows(), DestinationRows(), LaterRows()})
      for (const Option& option : rows)
        if (option.group == static_cast<Group>(group)) all.push_back(option);
  return all;
}

template <class Matches>
const Option* FindIf(Matches matches) {
  const auto all = Options();
  const auto found = std::find_if(all.begin(), all.end(), matches);
  return found == all.end() ? nullptr : &*found;
}

Config MakeDefault() {
  Config config;
  for (const Option& option : Options()) {
    if (option.IsAction()) continue;
    const std::string problem = SetFromText(option, option.preset, config);
    XTCP2_CHECK(problem.empty(), "a default of the option table is not a value its option accepts");
  }
  return config;
}

}  // namespace

std::span<const Option> Options() {
  static const std::vector<Option> options = Joined();
  return options;
}

size_t IndexOf(const Option& option) { return static_cast<size_t>(&option - Options().data()); }

const Option* FindFlag(std::string_view name) {
  if (name.empty()) return nullptr;
  return FindIf([&](const Option& o) { return o.flag == name || o.alias == name; });
}

const Option* FindKey(std::string_view key) {
  if (key.empty()) return nullptr;
  return FindIf([&](const Option& o) { return !o.IsAction() && o.Key() == key; });
}

const Option* FindField(std::string_view name) {
  if (name.empty()) return nullptr;
  return FindIf([&](const Option& o) { return !o.field.empty() && (o.field == name || JsonName(o) == name); });
}

const Option& Row(std::string_view key) {
  const Option* option = FindKey(key);
  XTCP2_CHECK(option != nullptr, "no option has this key");
  return *option;
}

std::string JsonName(const Option& option) { return schema::JsonName(option.field); }

std::string_view GroupTitle(Group group) {
  switch (group) {
    case Group::kPolling:
      return "Polling";
    case Group::kNetlink:
      return "What is asked of the kernel";
    case Group::kSelection:
      return "Which sockets become rows";
    case Group::kUring:
      return "io_uring";
    case Group::kBpf:
      return "Collecting by BPF";
    case Group::kRecord:
      return "The record";
    case Group::kOutput:
      return "Output";
    case Group::kHttp:
      return "HTTP destinations";
    case Group::kSpool:
      return "The spool";
    case Group::kKafka:
      return "Kafka";
    case Group::kCapture:
      return "Saving what the kernel said";
    case Group::kServing:
      return "Serving";
    case Group::kProcess:
      return "The process";
    case Group::kConfiguration:
      return "Configuration";
    case Group::kLater:
      return "Not built in this version (only the default is accepted)";
  }
  return "";
}

Config DefaultConfig() {
  static const Config config = MakeDefault();
  return config;
}

uint32_t SampleRate(const Config& config) {
  const auto sample = filter::ParseSampleRate(config.sample);
  return std::max(sample.value_or(1), static_cast<uint32_t>(config.modulus));
}

Duration HttpTimeout(const Config& config) {
  const Duration given = config.http_timeout.count() != 0 ? config.http_timeout : config.produce_timeout;
  return given.count() == 0 ? std::chrono::seconds(10) : std::max<Duration>(given, std::chrono::milliseconds(1));
}

}  // namespace xtcp2::config
