#include "config/destinations.h"

#include <fmt/format.h>

#include "config/flags.h"
#include "config/table.h"
#include "config/text.h"
#include "config/value.h"
#include "filter/filter.h"

namespace xtcp2::config {
namespace {

// Where the flags begin: blanks and then a dash. A path may hold blanks.
size_t EndOfDestination(std::string_view text) {
  for (size_t at = 0; (at = text.find_first_of(" \t", at)) != std::string_view::npos; ++at) {
    const size_t word = text.find_first_not_of(" \t", at);
    if (word == std::string_view::npos || text[word] == '-') return at;
  }
  return text.size();
}

// What follows the destination, with the values of secret flags and of URLs replaced. Text that cannot be taken apart
// is not shown.
std::string RedactedFlags(std::string_view flags) {
  if (SplitList(flags, ' ').empty()) return "";
  const Result<std::vector<std::string>> words = SplitWords(flags);
  if (!words) return " redacted";
  std::string out;
  const std::vector<FlagName> names = AllFlagNames();
  const ScannedFlags scanned = ScanFlags(names, *words);
  for (const GivenFlag& given : scanned.given) {
    const Option& option = *given.flag->option;
    const std::string shown = option.Is(kSecret) ? "redacted" : option.Is(kUrl) ? RedactUrl(given.text) : given.text;
    out += fmt::format(" -{} {}", given.flag->name, shown.find(' ') == std::string::npos ? shown : Quoted(shown));
  }
  return out;
}

std::vector<FlagName> OwnFlagNames() {
  std::vector<FlagName> names;
  for (FlagName& flag : AllFlagNames())
    if (IsPerDestination(*flag.option)) names.push_back(std::move(flag));
  return names;
}

tl::unexpected<Error> Wrong(std::string_view dest, std::string_view what) {
  return Fail(fmt::format("-dest {}: {}", InQuotes(RedactUrl(dest)), what));
}

Result<> Apply(DestinationConfig& out, std::string_view flags) {
  const Result<std::vector<std::string>> words = SplitWords(flags);
  if (!words) return Wrong(out.dest, words.error().what);
  const std::vector<FlagName> names = OwnFlagNames();
  const ScannedFlags scanned = ScanFlags(names, *words);
  if (!scanned.errors.empty())
    return Wrong(out.dest, scanned.errors.front() +
                               "; a destination may have flags about format, batches, filter, "
                               "sample, queue and its own kind");
  if (!scanned.positional.empty())
    return Wrong(out.dest, fmt::format("{} is no flag", InQuotes(scanned.positional.front())));
  for (const GivenFlag& given : scanned.given) {
    const Option& option = *given.flag->option;
    if (!option.built) return Wrong(out.dest, fmt::format("-{} is not built in this version", option.flag));
    if (const std::string problem = SetFromText(option, given.text, out.config); !problem.empty())
      return Wrong(out.dest, fmt::format("-{}: {}", given.flag->name, problem));
    out.own_filter |= option.flag == "filter";
    out.own_sample |= option.flag == "sample";
  }
  return {};
}

Result<> CheckFilter(const DestinationConfig& entry) {
  if (!entry.own_filter) return {};
  const auto filter = filter::Filter::Parse(entry.config.filter);
  if (filter && filter->NeedsDevices())
    return Wrong(entry.dest, "-filter of one destination cannot name devices (dev): give it to all");
  return {};
}

}  // namespace

std::string RedactDestinations(std::string_view entries) {
  std::string out;
  for (const std::string& line : SplitList(entries, '\n')) {
    const size_t end = EndOfDestination(line);
    out +=
        (out.empty() ? "" : "\n") + RedactUrl(line.substr(0, end)) + RedactedFlags(std::string_view(line).substr(end));
  }
  return out;
}

std::vector<std::string> DestinationsOf(std::string_view entries) {
  std::vector<std::string> out = SplitList(entries, '\n');
  for (std::string& line : out) line.resize(EndOfDestination(line));
  return out;
}

bool IsPerDestination(const Option& option) {
  if (option.IsAction() || option.flag.empty() || option.flag == "dest") return false;
  switch (option.group) {
    case Group::kPolling:
    case Group::kNetlink:
    case Group::kUring:
    case Group::kBpf:
    case Group::kCapture:
    case Group::kServing:
    case Group::kProcess:
    case Group::kConfiguration:
    case Group::kLater:
      return false;
    case Group::kSelection:
      return option.flag == "filter" || option.flag == "sample";
    case Group::kRecord:
      return option.flag == "recordEpoch";
    default:
      return true;  // output, and every kind of destination
  }
}

Result<std::vector<std::string>> SplitWords(std::string_view text) {
  std::vector<std::string> words;
  bool in_word = false;
  char quote = 0;
  for (const char c : text) {
    if (quote != 0) {
      if (c == quote)
        quote = 0;
      else
        words.back() += c;
      continue;
    }
    const bool blank = c == ' ' || c == '\t';
    if (!blank && !in_word) words.emplace_back();
    in_word = !blank;
    if (c == '"' || c == '\'')
      quote = c;
    else if (!blank)
      words.back() += c;
  }
  if (quote != 0) return Fail(fmt::format("a {} is not closed", quote));
  return words;
}

Result<std::vector<DestinationConfig>> SplitDestinations(const Config& config) {
  std::vector<DestinationConfig> out;
  for (const std::string& line : SplitList(config.dest, '\n')) {
    const size_t end = EndOfDestination(line);
    DestinationConfig entry{line.substr(0, end), config};
    entry.config.dest = entry.dest;
    if (const Result<> applied = Apply(entry, std::string_view(line).substr(end)); !applied)
      return tl::unexpected(applied.error());
    if (const Result<> checked = CheckFilter(entry); !checked) return tl::unexpected(checked.error());
    out.push_back(std::move(entry));
  }
  if (out.empty()) return Fail("-dest is empty; \"null\" sends nothing");
  return out;
}

}  // namespace xtcp2::config
