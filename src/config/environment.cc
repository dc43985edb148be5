// The environment as a source (builder.h): one variable per option, and a second one for secrets that names a file.
#include <fmt/format.h>

#include <algorithm>

#include "config/builder.h"
#include "config/table.h"
#include "config/text.h"
#include "config/value.h"

namespace xtcp2::config {
namespace {

// Kubernetes gives every container the addresses of its services in variables like GRPC_PORT=tcp://10.0.0.1:8889.
bool LooksInjected(const Option& option, std::string_view value) {
  if (option.IsText() || option.IsList()) return false;
  return value.starts_with("tcp://") || value.starts_with("udp://") || value.starts_with("sctp://");
}

class Environment {
 public:
  Environment(const ParseInput& input, Builder& builder) : input_(input), builder_(builder) {}

  void Add(const Option& option) {
    const std::string* value = Find(option.env);
    const std::string* file = Find(option.env_file);
    if (file != nullptr)
      AddFromFile(option, *file, value != nullptr);
    else if (value != nullptr)
      AddInline(option, *value);
  }

  // Variables of our own prefix that nothing reads are most likely misspelt; said only when a name is near, since
  // Kubernetes makes such variables for a service that is called xtcp2.
  void WarnOfUnknown() {
    std::vector<std::string> known = {"XTCP_CONFIG_JSON"};
    for (const Option& option : Options())
      for (const std::string_view name : {option.env, option.env_file})
        if (!name.empty()) known.emplace_back(name);
    for (const auto& [name, value] : input_.environment) {
      if (!name.starts_with("XTCP") || std::find(known.begin(), known.end(), name) != known.end()) continue;
      if (const std::string nearest = NearestName(name, known); !nearest.empty())
        builder_.Notify(LogLevel::kWarning,
                        fmt::format("environment {} is read by nothing{}", name, DidYouMean(nearest)));
    }
  }

 private:
  const std::string* Find(std::string_view name) {
    const auto found = name.empty() ? input_.environment.end() : input_.environment.find(std::string(name));
    if (found == input_.environment.end()) return nullptr;
    if (!found->second.empty()) return &found->second;
    builder_.parsed.empty_environment.emplace_back(name);
    return nullptr;
  }

  void AddInline(const Option& option, const std::string& value) {
    if (LooksInjected(option, value)) {
      builder_.Notify(LogLevel::kWarning,
                      fmt::format("environment {}={} looks like the address of a Kubernetes service and is ignored; "
                                  "allowed: {}",
                                  option.env, value, AllowedText(option)));
      return;
    }
    Assign(option, value, {Source::kEnvironment, std::string(option.env)});
  }

  void AddFromFile(const Option& option, const std::string& path, bool has_inline) {
    const Origin origin{Source::kEnvironment, std::string(option.env_file)};
    const Result<std::string> text = input_.read_file ? input_.read_file(path) : Fail("no file can be read here");
    if (!text) return builder_.ErrorOf(option, origin, text.error().Text());
    std::string_view value = *text;
    while (value.ends_with('\n') || value.ends_with('\r')) value.remove_suffix(1);
    if (value.empty()) return builder_.ErrorOf(option, origin, fmt::format("the file {} is empty", path));
    if (has_inline)
      builder_.Notify(LogLevel::kInfo, fmt::format("environment {} wins over {}", option.env_file, option.env));
    Assign(option, value, origin);
  }

  void Assign(const Option& option, std::string_view value, const Origin& origin) {
    const Origin before = builder_.OriginOf(option);
    const Config config = builder_.parsed.config;
    builder_.Assign(option, value, origin);
    if (before.source == Source::kFlag && !SameValue(option, config, builder_.parsed.config)) SayBeaten(option, origin);
  }

  void SayBeaten(const Option& option, const Origin& origin) {
    bool redacted;
    builder_.Notify(LogLevel::kWarning,
                    fmt::format("{} wins over flag -{}: {} is {}", origin.Text(), option.flag, option.flag,
                                InQuotes(ShownText(option, builder_.parsed.config, redacted))));
  }

  const ParseInput& input_;
  Builder& builder_;
};

}  // namespace

void AddEnvironment(const ParseInput& input, Builder& builder) {
  Environment environment(input, builder);
  for (const Option& option : Options()) environment.Add(option);
  environment.WarnOfUnknown();
}

}  // namespace xtcp2::config
