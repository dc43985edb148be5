// What an option accepts: the check and its description (value.h).
#include <fmt/format.h>

#include <algorithm>

#include "config/deserializers.h"
#include "config/duration.h"
#include "config/text.h"
#include "config/value.h"

namespace xtcp2::config {
namespace {

constexpr uint64_t kNoEnd = std::numeric_limits<uint64_t>::max();

std::string Word(std::string_view word) { return word.empty() ? "nothing" : std::string(word); }

std::string WordsText(std::span<const std::string_view> words) {
  std::string out = "one of";
  for (size_t i = 0; i < words.size(); ++i) out += fmt::format("{} {}", i == 0 ? "" : ",", Word(words[i]));
  return out;
}

std::string RangeText(uint64_t min, uint64_t max) {
  if (max == kNoEnd && min == 0) return "";
  if (max == kNoEnd) return fmt::format(", at least {}", min);
  return fmt::format(" from {} to {}", min, max);
}

std::string DurationRangeText(const Accept& accept) {
  std::string out;
  if (accept.min == 1)
    out += ", more than 0s";
  else
    out += fmt::format(", at least {}", DurationText(Duration(static_cast<int64_t>(accept.min))));
  if (accept.max < static_cast<uint64_t>(Duration::max().count()))
    out += fmt::format(", at most {}", DurationText(Duration(static_cast<int64_t>(accept.max))));
  return out;
}

struct Describer {
  const Accept& accept;

  std::string operator()(std::monostate) const { return ""; }
  std::string operator()(bool Config::*) const { return "true or false"; }
  std::string operator()(uint32_t Config::*) const {
    const uint64_t max = std::min<uint64_t>(accept.max, std::numeric_limits<uint32_t>::max());
    return "a whole number" + RangeText(accept.min, max);
  }
  std::string operator()(uint64_t Config::*) const { return "a whole number" + RangeText(accept.min, accept.max); }
  std::string operator()(Duration Config::*) const {
    return "a duration as in 300ms, 10s or 1h30m" + DurationRangeText(accept);
  }
  std::string operator()(std::string Config::*) const {
    if (accept.words != nullptr) return WordsText(accept.words());
    if (accept.max == kNoEnd) return "text";
    return accept.min == 0 ? fmt::format("at most {} characters", accept.max)
                           : fmt::format("{} to {} characters", accept.min, accept.max);
  }
  std::string operator()(std::vector<std::string> Config::*) const {
    return accept.max == kNoEnd ? "a list" : fmt::format("a list of at most {} entries", accept.max);
  }
  std::string operator()(Deserializers Config::*) const {
    std::string out = "default, all, none, or a list of";
    for (const DeserializerKey& key : DeserializerKeys())
      out += fmt::format("{} {}", &key == &DeserializerKeys().front() ? "" : ",", key.name);
    return out;
  }
};

// "" or what is wrong, without what is allowed.
struct Checker {
  const Accept& accept;
  const Config& config;

  std::string InRange(uint64_t value) const {
    if (value < accept.min) return "is too small";
    return value > accept.max ? "is too large" : "";
  }
  std::string operator()(std::monostate) const { return ""; }
  std::string operator()(bool Config::*) const { return ""; }
  std::string operator()(uint32_t Config::* member) const { return InRange(config.*member); }
  std::string operator()(uint64_t Config::* member) const { return InRange(config.*member); }
  std::string operator()(Duration Config::* member) const {
    const int64_t ns = (config.*member).count();
    return ns < 0 ? "is negative" : InRange(static_cast<uint64_t>(ns));
  }
  std::string operator()(std::string Config::* member) const {
    const std::string& text = config.*member;
    if (accept.words != nullptr) {
      const auto words = accept.words();
      if (std::find(words.begin(), words.end(), text) != words.end()) return "";
      return "is not known" + DidYouMean(NearestName(text, std::vector<std::string>(words.begin(), words.end())));
    }
    const size_t characters = CountCharacters(text);
    if (characters < accept.min) return text.empty() ? "is empty" : "is too short";
    if (characters > accept.max) return fmt::format("has {} characters, too many", characters);
    return accept.problem == nullptr ? "" : accept.problem(text);
  }
  std::string operator()(std::vector<std::string> Config::* member) const {
    const auto& entries = config.*member;
    if (entries.size() > accept.max) return fmt::format("has {} entries, too many", entries.size());
    for (const std::string& entry : entries)
      if (accept.problem != nullptr)
        if (std::string problem = accept.problem(entry); !problem.empty()) return problem;
    return "";
  }
  std::string operator()(Deserializers Config::*) const { return ""; }
};

}  // namespace

std::string CheckAccepted(const Option& option, const Config& config) {
  const std::string problem = std::visit(Checker{option.accept, config}, option.member);
  if (problem.empty()) return "";
  bool redacted;
  return fmt::format("{} {}; allowed: {}", InQuotes(ShownText(option, config, redacted)), problem, AllowedText(option));
}

std::string_view TypeName(const Option& option) {
  constexpr std::string_view kNames[] = {"", "bool", "uint32", "uint64", "duration", "string", "list", "deserializers"};
  static_assert(std::size(kNames) == std::variant_size_v<Member>);
  return kNames[option.member.index()];
}

std::string AllowedText(const Option& option) {
  std::string out = std::visit(Describer{option.accept}, option.member);
  if (!option.accept.rule.empty()) {
    if (out == "text") return fmt::format("text {}", option.accept.rule);
    out += fmt::format(", {}", option.accept.rule);
  }
  return out;
}

}  // namespace xtcp2::config
