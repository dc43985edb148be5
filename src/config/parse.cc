#include "config/parse.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <unistd.h>

#include <algorithm>

#include "base/check.h"
#include "base/fd.h"
#include "config/builder.h"
#include "config/flags.h"
#include "config/table.h"
#include "config/text.h"
#include "config/value.h"

extern char** environ;

namespace xtcp2::config {
namespace {

constexpr size_t kMostFileBytes = size_t{16} << 20;

// Of the actions asked for, the strongest (the order of Mode).
void AddAction(const GivenFlag& given, Builder& builder) {
  bool on;
  if (!ParseBool(given.text, on))
    return builder.Error(fmt::format("flag -{}: {} is neither true nor false", given.flag->name, InQuotes(given.text)));
  if (on) builder.parsed.mode = std::min(builder.parsed.mode, given.flag->option->mode);
}

void AddFlags(const ScannedFlags& scanned, Builder& builder) {
  for (const GivenFlag& given : scanned.given) {
    if (given.flag->option == nullptr)
      builder.parsed.own_flags[given.flag->name] = given.text;
    else if (given.flag->option->IsAction())
      AddAction(given, builder);
    else
      builder.Assign(*given.flag->option, given.text, {Source::kFlag, "-" + given.flag->name});
  }
  for (const std::string& error : scanned.errors) builder.Error(error);
}

// A word between flags: most often the value of a switch, written apart from it.
void RefuseWords(const ScannedFlags& scanned, Builder& builder) {
  for (size_t i = 0; i < scanned.positional.size(); ++i) {
    const std::string& word = scanned.positional[i];
    const std::string& before = scanned.switches_before[i];
    bool value;
    if (!before.empty() && ParseBool(word, value))
      builder.Error(
          fmt::format("{} is not a flag; a switch takes its value with =, as in -{}={}", InQuotes(word), before, word));
    else
      builder.Error(fmt::format("{} is not a flag and nothing takes it (-help lists all flags)", InQuotes(word)));
  }
}

void WarnOfSecretFlags(const ScannedFlags& scanned, Builder& builder) {
  for (const GivenFlag& given : scanned.given)
    if (const Option* option = given.flag->option; option != nullptr && option->Is(kSecret))
      builder.Notify(
          LogLevel::kWarning,
          fmt::format("flag -{} can be read by everybody in the process list; use the environment variable {} with a "
                      "file's name",
                      option->flag, option->env_file));
}

// The file to read: the environment's before the flag's, as everywhere.
void FindConfigFile(const ParseInput& input, const ScannedFlags& scanned, Builder& builder) {
  const Option& row = Row("config");
  for (const GivenFlag& given : scanned.given)
    if (given.flag->option == &row)
      builder.SetOrigin(row, {Source::kFlag, "-config"}), builder.parsed.config.config_file = given.text;
  const auto found = input.environment.find(std::string(row.env));
  if (found == input.environment.end() || found->second.empty()) return;
  builder.parsed.config.config_file = found->second;
  builder.SetOrigin(row, {Source::kEnvironment, std::string(row.env)});
}

}  // namespace

std::string Origin::Text() const {
  switch (source) {
    case Source::kDefault:
      return "default";
    case Source::kFile:
      return where;
    case Source::kFlag:
      return "flag " + where;
    case Source::kEnvironment:
      return "environment " + where;
    case Source::kJson:
      return where;
  }
  return where;
}

const Origin& Parsed::OriginOf(std::string_view key) const { return origins[IndexOf(Row(key))]; }

Builder::Builder() {
  parsed.config = DefaultConfig();
  parsed.origins.resize(Options().size());
  failed_.resize(Options().size());
}

void Builder::Assign(const Option& option, std::string_view text, Origin origin) {
  if (const std::string problem = SetFromText(option, text, parsed.config); !problem.empty())
    return ErrorOf(option, origin,
                   origin.source == Source::kFile ? fmt::format("{} = {}", option.Key(), problem) : problem);
  SetOrigin(option, std::move(origin));
}

void Builder::SetOrigin(const Option& option, Origin origin) { parsed.origins[IndexOf(option)] = std::move(origin); }
const Origin& Builder::OriginOf(const Option& option) const { return parsed.origins[IndexOf(option)]; }
void Builder::ErrorOf(const Option& option, const Origin& origin, std::string_view what) {
  failed_[IndexOf(option)] = true;
  Error(origin, what);
}
bool Builder::IsFailed(const Option& option) const { return failed_[IndexOf(option)]; }
void Builder::Error(const Origin& origin, std::string_view what) {
  parsed.errors.push_back(fmt::format("{}: {}", origin.Text(), what));
}

Parsed Parse(const ParseInput& input) {
  Builder builder;
  if (!input.args.empty() && !input.args.front().empty() && input.args.front().front() != '-') {
    builder.parsed.mode = Mode::kSubcommand;
    builder.parsed.subcommand = input.args.front();
    return std::move(builder.parsed);
  }
  const std::vector<FlagName> names = AllFlagNames();
  const ScannedFlags scanned = ScanFlags(names, input.args);
  FindConfigFile(input, scanned, builder);
  if (const std::string path = builder.parsed.config.config_file; !path.empty()) AddFile(input, path, builder);
  AddFlags(scanned, builder);
  RefuseWords(scanned, builder);
  WarnOfSecretFlags(scanned, builder);
  AddEnvironment(input, builder);
  AddJson(input, builder);
  Validate(input, builder);
  return std::move(builder.parsed);
}

Parsed ParseSubset(const std::vector<std::string>& names, const std::vector<OwnFlag>& own,
                   const std::vector<std::string>& args) {
  std::vector<FlagName> flags;
  for (const std::string& name : names) {
    const Option* option = FindFlag(name);
    XTCP2_CHECK(option != nullptr, "a subcommand asks for a flag that is not in the option table");
    flags.push_back({name, option->IsBool(), option});
  }
  for (const OwnFlag& flag : own) flags.push_back({flag.name, flag.is_switch, nullptr});
  const Option* help = FindFlag("help");
  for (const std::string_view name : {help->flag, help->alias}) flags.push_back({std::string(name), true, help});
  Builder builder;
  ScannedFlags scanned = ScanFlags(flags, args);
  AddFlags(scanned, builder);
  Validate({}, builder);
  builder.parsed.positional = std::move(scanned.positional);
  return std::move(builder.parsed);
}

std::map<std::string, std::string> ProcessEnvironment() {
  std::map<std::string, std::string> out;
  for (char** entry = environ; entry != nullptr && *entry != nullptr; ++entry) {
    const std::string_view text(*entry);
    const size_t equals = text.find('=');
    if (equals != std::string_view::npos) out.emplace(text.substr(0, equals), text.substr(equals + 1));
  }
  return out;
}

Result<std::string> ReadWholeFile(const std::string& path) {
  const Fd fd(::open(path.c_str(), O_RDONLY | O_CLOEXEC));
  if (!fd.ok()) return FailErrno("opening " + path);
  std::string text;
  char chunk[4096];
  while (true) {
    const ssize_t count = ::read(fd.get(), chunk, sizeof chunk);
    if (count < 0 && errno == EINTR) continue;
    if (count < 0) return FailErrno("reading " + path);
    if (count == 0) return text;
    text.append(chunk, static_cast<size_t>(count));
    if (text.size() > kMostFileBytes) return Fail("reading " + path + ": larger than 16 MiB");
  }
}

}  // namespace xtcp2::config
