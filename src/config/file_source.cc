// The configuration file and XTCP_CONFIG_JSON as sources (builder.h).
#include <fmt/format.h>

#include <algorithm>

#include "config/builder.h"
#include "config/json.h"
#include "config/table.h"
#include "config/text.h"
#include "config/toml_file.h"
#include "config/value.h"

namespace xtcp2::config {
namespace {

std::string NearestKey(const std::string& key) {
  std::vector<std::string> known;
  for (const Option& option : Options())
    if (!option.IsAction()) known.emplace_back(option.Key());
  return NearestName(key, known);
}

// The entries of a list as one text; what a list's own separator would tear apart is an error.
struct Joined {
  std::string text, problem;
};
Joined Join(const Option& option, const std::vector<std::string>& entries) {
  const char separator = option.Is(kLines) ? '\n' : ',';
  for (const std::string& entry : entries)
    if (SplitList(entry, separator) != std::vector{entry})
      return {"", fmt::format("has the entry {}, which is empty or not one entry", ShownInput(option, entry))};
  return {fmt::format("{}", fmt::join(entries, std::string_view(&separator, 1))), ""};
}

class FileAdder {
 public:
  FileAdder(const Option& option, Origin origin, Builder& builder)
      : option_(option), origin_(std::move(origin)), builder_(builder) {}

  void operator()(bool value) const {
    if (!option_.IsBool()) return Refuse(value ? "true" : "false");
    Assign(value ? "true" : "false");
  }
  void operator()(int64_t value) const {
    if (option_.IsText()) return Refuse(fmt::format("the number {} without quotes", value));
    Assign(fmt::format("{}", value));
  }
  void operator()(const std::string& value) const { Assign(value); }
  void operator()(const std::vector<std::string>& entries) const {
    if (!option_.IsList() && !option_.Is(kLines) && !std::holds_alternative<Deserializers Config::*>(option_.member))
      return Refuse("a list");
    const Joined joined = Join(option_, entries);
    if (!joined.problem.empty()) return builder_.ErrorOf(option_, origin_, Named(joined.problem));
    Assign(joined.text);
  }
  void operator()(const Unusable& value) const { Refuse(value.what); }

 private:
  void Assign(const std::string& text) const { builder_.Assign(option_, text, origin_); }
  void Refuse(std::string_view what) const {
    builder_.ErrorOf(option_, origin_, Named(fmt::format("is {}; allowed: {}", what, AllowedText(option_))));
  }
  std::string Named(std::string_view what) const { return fmt::format("{} {}", option_.Key(), what); }

  const Option& option_;
  Origin origin_;
  Builder& builder_;
};

void AddFileValue(const FileValue& value, const std::string& path, Builder& builder) {
  const Origin origin{Source::kFile, fmt::format("{}:{}", path, value.line)};
  const Option* option = FindKey(value.key);
  if (option == nullptr && FindFlag(value.key) != nullptr)
    return builder.Error(origin, fmt::format("{} can only be given on the command line", InQuotes(value.key)));
  if (option == nullptr)
    return builder.Error(origin, fmt::format("the key {} is not known{} (keys are flag names)", InQuotes(value.key),
                                             DidYouMean(NearestKey(value.key))));
  if (option == &Row("config")) return builder.Error(origin, "a configuration file cannot name another one");
  std::visit(FileAdder(*option, origin, builder), value.value);
}

// Flags and environment variables whose values the JSON text overrode.
std::vector<std::string> Replaced(const Config& before, const std::vector<Origin>& origins, const Config& after) {
  std::vector<std::string> out;
  for (const Option& option : Options()) {
    const Origin& origin = origins[IndexOf(option)];
    if (option.field.empty() || origin.source == Source::kDefault || SameValue(option, before, after)) continue;
    out.push_back(origin.source == Source::kFile ? fmt::format("{} ({})", option.Key(), origin.Text()) : origin.Text());
  }
  return out;
}

// Ranges of what the text gave, and of what it left out.
void CheckJsonValues(Builder& builder) {
  for (const Option& option : Options()) {
    const Origin& origin = builder.OriginOf(option);
    if (origin.source != Source::kJson) continue;
    const std::string problem = CheckAccepted(option, builder.parsed.config);
    if (problem.empty()) continue;
    const std::string_view missing =
        origin.absent ? " (not given, and this text replaces the whole configuration)" : "";
    builder.ErrorOf(option, origin, fmt::format("{}: {}{}", JsonName(option), problem, missing));
  }
}

}  // namespace

void AddFile(const ParseInput& input, const std::string& path, Builder& builder) {
  const Result<std::string> text = input.read_file ? input.read_file(path) : Fail("no file can be read here");
  if (!text) return builder.Error(builder.OriginOf(Row("config")), text.error().Text());
  const FileValues values = ReadToml(*text, path);
  for (const std::string& error : values.errors) builder.Error(error);
  for (const FileValue& value : values.values) AddFileValue(value, path, builder);
}

void AddJson(const ParseInput& input, Builder& builder) {
  const auto found = input.environment.find("XTCP_CONFIG_JSON");
  if (found == input.environment.end() || found->second.empty()) return;
  const Origin origin{Source::kJson, "XTCP_CONFIG_JSON"};
  const Config before = builder.parsed.config;
  const std::vector<Origin> origins = builder.parsed.origins;
  const JsonConfig json = ApplyJson(found->second, builder.parsed.config);
  if (!json.errors.empty()) {
    for (const std::string& error : json.errors) builder.Error(origin, error);
    builder.parsed.config = before;  // the rest is still checked, as it stood
    return;
  }
  for (const Option& option : Options()) {
    if (option.field.empty()) continue;
    const bool present = std::find(json.present.begin(), json.present.end(), &option) != json.present.end();
    builder.SetOrigin(option, {Source::kJson, "XTCP_CONFIG_JSON", !present});
  }
  if (const auto replaced = Replaced(before, origins, builder.parsed.config); !replaced.empty())
    builder.Notify(LogLevel::kWarning, fmt::format("XTCP_CONFIG_JSON wins over {}", fmt::join(replaced, ", ")));
  CheckJsonValues(builder);
}

}  // namespace xtcp2::config
