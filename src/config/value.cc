#include "config/value.h"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>

#include "config/deserializers.h"
#include "config/destinations.h"
#include "config/duration.h"
#include "config/text.h"

namespace xtcp2::config {
namespace {

// "" or what is wrong, without what is allowed. The list's entries and the member are set even where the accepted range
// forbids them; SetFromText undoes that.
struct TextSetter {
  const Option& option;
  std::string_view text;
  Config& config;

  std::string operator()(std::monostate) const { return "takes no value"; }
  std::string operator()(bool Config::* member) const {
    return ParseBool(text, config.*member) ? "" : "is neither true nor false";
  }
  template <class Number>
  std::string SetNumber(Number Config::* member) const {
    const char* first = text.data();
    const char* last = first + text.size();
    const auto [end, error] = std::from_chars(first, last, config.*member);
    if (error == std::errc::result_out_of_range) return "is too large";
    return error == std::errc{} && end == last ? "" : "is not a whole number in base 10";
  }
  std::string operator()(uint32_t Config::* member) const { return SetNumber(member); }
  std::string operator()(uint64_t Config::* member) const { return SetNumber(member); }
  std::string operator()(Duration Config::* member) const {
    std::string problem;
    if (const auto duration = ParseDuration(text, problem)) config.*member = *duration;
    return problem;
  }
  std::string operator()(std::string Config::* member) const {
    if (text.find('\0') != std::string_view::npos) return "holds a zero byte";
    config.*member = text;
    return "";
  }
  std::string operator()(std::vector<std::string> Config::* member) const {
    if (text.find('\0') != std::string_view::npos) return "holds a zero byte";
    config.*member = SplitList(text, option.Is(kLines) ? '\n' : ',');
    return "";
  }
  std::string operator()(Deserializers Config::* member) const { return ParseDeserializers(text, config.*member); }
};

struct TextGetter {
  const Option& option;
  const Config& config;

  std::string operator()(std::monostate) const { return ""; }
  std::string operator()(bool Config::* member) const { return config.*member ? "true" : "false"; }
  std::string operator()(uint32_t Config::* member) const { return fmt::format("{}", config.*member); }
  std::string operator()(uint64_t Config::* member) const { return fmt::format("{}", config.*member); }
  std::string operator()(Duration Config::* member) const { return DurationText(config.*member); }
  std::string operator()(std::string Config::* member) const { return config.*member; }
  std::string operator()(std::vector<std::string> Config::* member) const {
    return fmt::format("{}", fmt::join(config.*member, option.Is(kLines) ? "\n" : ","));
  }
  std::string operator()(Deserializers Config::* member) const { return DeserializersText(config.*member); }
};

// "Authorization: Bearer x" and "ssl.key.password=x" keep their names.
std::string RedactedEntry(std::string_view entry) {
  const size_t end = entry.find_first_of(":=");
  if (end == std::string_view::npos) return "redacted";
  return fmt::format("{}{}redacted", entry.substr(0, end), entry[end] == ':' ? ": " : "=");
}

std::string Redacted(const Option& option, std::string_view text) {
  if (text.empty()) return "";
  if (option.flag == "dest") return RedactDestinations(text);
  if (option.Is(kUrl)) return RedactUrl(text);
  if (!option.Is(kSecret)) return std::string(text);
  if (!option.IsList()) return "redacted";
  std::vector<std::string> entries = SplitList(text, '\n');
  std::transform(entries.begin(), entries.end(), entries.begin(), RedactedEntry);
  return fmt::format("{}", fmt::join(entries, "\n"));
}

}  // namespace

bool ParseBool(std::string_view text, bool& value) {
  for (const std::string_view word : {"1", "t", "T", "TRUE", "true", "True"})
    if (text == word) return value = true, true;
  for (const std::string_view word : {"0", "f", "F", "FALSE", "false", "False"})
    if (text == word) return value = false, true;
  return false;
}

std::string SetFromText(const Option& option, std::string_view text, Config& config) {
  Config trial;  // only this option's member of it is used
  const std::string problem = std::visit(TextSetter{option, text, trial}, option.member);
  if (!problem.empty())
    return fmt::format("{} {}; allowed: {}", ShownInput(option, text), problem, AllowedText(option));
  if (std::string refused = CheckAccepted(option, trial); !refused.empty()) return refused;
  CopyValue(option, trial, config);
  return "";
}

std::string ValueText(const Option& option, const Config& config) {
  return std::visit(TextGetter{option, config}, option.member);
}

std::string ShownText(const Option& option, const Config& config, bool& redacted) {
  const std::string text = ValueText(option, config);
  std::string shown = Redacted(option, text);
  redacted = shown != text;
  return shown;
}

std::string ShownInput(const Option& option, std::string_view text) { return InQuotes(Redacted(option, text)); }

bool SameValue(const Option& option, const Config& a, const Config& b) {
  return std::visit(
      [&](auto member) {
        if constexpr (std::is_same_v<decltype(member), std::monostate>)
          return true;
        else
          return a.*member == b.*member;
      },
      option.member);
}

void CopyValue(const Option& option, const Config& from, Config& to) {
  std::visit(
      [&](auto member) {
        if constexpr (!std::is_same_v<decltype(member), std::monostate>) to.*member = from.*member;
      },
      option.member);
}

void SetToZero(const Option& option, Config& config) { CopyValue(option, Config{}, config); }

}  // namespace xtcp2::config
